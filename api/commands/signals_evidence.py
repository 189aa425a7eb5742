"""One customer's value of a signal: what it was, the rows behind it, the SQL; and a note of who looked."""

from __future__ import annotations

import getpass
import math
from datetime import date
from typing import TYPE_CHECKING, Any

from api import bank
from api.words import Words

if TYPE_CHECKING:
    from features.audit.evidence import Evidence
    from features.audit.question import Question
    from features.catalogue import Catalogue
    from features.settings import Settings
    from features.signal import Signal

CLOSE = 1e-9  # relative: quotients may end in another last digit


def customer_report(
    catalogue: Catalogue, signal: Signal, customer: str, as_of: str, known_by: str, most: int, words: Words
) -> tuple[dict[str, Any], list[str]]:
    """The report and its lines; the read is in the audit before anything is shown."""
    from features.audit.dialect import read_dialect
    from features.audit.evidence import evidence
    from features.audit.one import signals_of
    from features.audit.question import Question, Stored, speak
    from features.audit.statement import signal_sql
    from features.engine import open_engine

    settings, day = bank.settings_and_day(as_of)
    known = bank.day_given(known_by, settings.zone, place="--known-by") if known_by else day
    warehouse = bank.history_of(settings)
    needed = [one.name for one in catalogue.needed([signal.name])]
    values = signals_of(warehouse, catalogue, needed, customer, day, settings, known_by=known)
    speaker, tables = speak(words.language), Stored(warehouse)
    question = Question(day, known, settings.zone, tables, read_dialect("duckdb"), speaker, customer)
    sql = signal_sql(catalogue, [signal.name], question)
    with open_engine(settings) as connection:
        parts = evidence(catalogue, signal.name, question, connection, most=most)
        by_sql = connection.execute(sql).fetchall()[0][-1]
    _note(settings, customer, signal.name)
    report = {
        "name": signal.name, "customer_id": customer, "as_of": day, "known_by": known, "value": values[signal.name],
        "value_by_sql": by_sql, "agrees": agrees(values[signal.name], by_sql), "read": values,
        "signals": [_form(part) for part in parts], "sql": sql,
    }  # fmt: skip
    return report, _lines(report, signal, parts, question, words)


def agrees(one: Any, other: Any) -> bool:
    """True for the same value; numbers may differ in the last digit of a quotient."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)
    return bool(one == other)


def _note(settings: Settings, customer: str, name: str) -> None:
    from api import audit

    opened = bank.open_bank(settings)
    with opened.engine.begin() as connection:
        who, path = f"command line: {getpass.getuser()}", f"forecare signals show {name}"
        audit.note(connection, at=bank.now(), who=who, action="show signal", customer_ids=[customer], path=path)
    opened.engine.dispose()


def _form(part: Evidence) -> dict[str, Any]:
    return {"name": part.signal.name, "table": part.signal.table, "rows": part.rows, "counts": part.counts}


def _lines(
    report: dict[str, Any], signal: Signal, parts: list[Evidence], question: Question, words: Words
) -> list[str]:
    said = getattr(signal, words.language)
    value = shown(report["value"], words)
    lines = [words("evidence.value", name=signal.name, said=said, customer=report["customer_id"], value=value,
                   as_of=report["as_of"], known_by=report["known_by"], unit=signal.unit)]  # fmt: skip
    others = {name: value for name, value in report["read"].items() if name != signal.name}
    lines += [f"  {name} = {shown(value, words)}" for name, value in others.items()]
    for part in parts:
        lines += ["", *_table(part, question, words)]
    agreement = "evidence.agrees" if report["agrees"] else "evidence.disagrees"
    lines += ["", words(agreement, value=shown(report["value_by_sql"], words)), ""]
    return [*lines, *report["sql"].rstrip("\n").splitlines()]


def _table(part: Evidence, question: Question, words: Words) -> list[str]:
    """The rows of one signal as a table of text."""
    signal = part.signal
    window = {"first": "-", "end": question.as_of}
    if signal.days is not None:
        first, end = question.window(signal)
        window = {"first": first, "end": end}
    key = "evidence.rows_register" if signal.days is None else "evidence.rows"
    counts = ", ".join(f"{n} {words(f'evidence.{status}')}" for status, n in part.counts.items())
    lines = [words(key, name=signal.name, table=signal.table, counts=counts or words("evidence.none"), **window)]
    names = list(part.rows[0]) if part.rows else []
    cells = [names, *([_cell(row[name], name, words) for name in names] for row in part.rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(names))]
    lines += ["  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
              for line in cells if line]  # fmt: skip
    left = sum(part.counts.values()) - len(part.rows)
    return [*lines, words("evidence.more", n=left)] if left else lines


def _cell(value: Any, name: str, words: Words) -> str:
    return words(f"evidence.{value}") if name == "status" else shown(value, words)


def shown(value: Any, words: Words) -> str:
    """A value as text: instants to the second with their offset, numbers without idle digits."""
    if value is None:
        return words("signal.unknown")
    if isinstance(value, bool):
        return words("signal.yes_" if value else "signal.no_")
    if isinstance(value, float):
        return f"{value:,.6f}".rstrip("0").rstrip(".")
    if hasattr(value, "utcoffset"):
        return str(value.isoformat(sep=" ", timespec="seconds"))
    return value.isoformat() if isinstance(value, date) else str(value)
