"""The rows behind one customer's signal: which of them count, and of the others why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from features.audit.events import inside
from features.audit.held import level_rows
from features.audit.measure import measure_of
from features.audit.question import Question
from features.audit.rows import rows_of
from features.audit.script import Script
from features.audit.text import readable
from features.catalogue import Catalogue
from features.rows import ROWS
from features.signal import Signal

COUNTS, OUTSIDE, FALSE, UNKNOWN, UNMEASURED = "counts", "outside", "false", "unknown", "unmeasured"
PERSONAL = frozenset({"text", "detail"})
"""Columns that may hold what a person wrote: never shown."""
EARLIER = 31
"""Days before the window whose rows are listed too, as not counted."""


@dataclass(frozen=True)
class Evidence:
    """A signal over rows: `rows` (at most as many as asked for, those that count first), how many of each status."""

    signal: Signal
    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    counts: dict[str, int]


def evidence(
    catalogue: Catalogue, name: str, question: Question, connection: duckdb.DuckDBPyConnection, *, most: int
) -> list[Evidence]:
    """What every signal over rows that `name` is computed from has counted of `question.customer`'s rows.

    Instants come in the bank's zone. Columns that may hold personal text are left out, also as a measure.
    """
    leaves = [signal for signal in catalogue.needed([name]) if signal.table and question.answers(signal)]
    return [_of_signal(signal, question, connection, most) for signal in leaves]


def _of_signal(signal: Signal, question: Question, connection: duckdb.DuckDBPyConnection, most: int) -> Evidence:
    script = Script()
    table = str(signal.table)
    source = level_rows(script, question) if signal.carry else rows_of(script, question, table, [signal], EARLIER)
    columns = _columns(signal)
    time = "event_at" if ROWS[table].event and table not in ("balances", "statements") else ""
    listed = ", ".join([question.dialect.name_of(name) for name in columns])
    measure = "NULL" if _personal(measure_of(signal).names) else readable(measure_of(signal), question.dialect)
    script.step(
        "_judged",
        "",
        f"""
        SELECT {f"{time}, " if time else ""}{listed}, {measure} AS measure_,
            {_status(signal, question)} AS status_ FROM {source}""",
    )
    order = f"{time or ('day' if 'day' in columns else columns[0])} DESC, {listed}"
    rows = f"SELECT * FROM _judged ORDER BY status_ <> '{COUNTS}', {order} LIMIT {most}"
    found = connection.execute(script.statement([], rows)).to_arrow_table().to_pylist()
    counts = "SELECT status_, count(*) FROM _judged GROUP BY status_ ORDER BY status_"
    told = dict(connection.execute(script.statement([], counts)).fetchall())
    return Evidence(signal, columns, [_shown(row, time, question) for row in found], told)


def _columns(signal: Signal) -> tuple[str, ...]:
    """What is shown of a row: its key, and what conditions read of it; the day last where rows have days only."""
    parts = (*signal.others, signal.by, signal.where)
    read = {name for part in parts if part for name in part.names} - PERSONAL - {"as_of", "customer_id"}
    key = ROWS[str(signal.table)].key
    return (*key, *sorted(read - set(key)))


def _personal(names: frozenset[str]) -> bool:
    return bool(names & PERSONAL)


def _status(signal: Signal, question: Question) -> str:
    """SQL of a row's status: the first thing that keeps it from counting, or that it counts."""
    whens = [f"WHEN NOT ({_within(signal, question)}) THEN '{OUTSIDE}'"] if signal.days is not None else []
    if signal.where:
        where = readable(signal.where, question.dialect)
        whens += [f"WHEN NOT ({where}) THEN '{FALSE}'", f"WHEN ({where}) IS NULL THEN '{UNKNOWN}'"]
    known = [readable(part, question.dialect) for part in (measure_of(signal), *signal.others, signal.by) if part]
    nulls = " OR ".join(f"({sql}) IS NULL" for sql in known)
    return f"CASE {' '.join(whens)} WHEN {nulls} THEN '{UNMEASURED}' ELSE '{COUNTS}' END"


def _within(signal: Signal, question: Question) -> str:
    if not signal.carry:
        return " AND ".join(inside(question, signal))
    # A level counts from its day on until the account's next one: that from before the window is held into it.
    first, end = (question.dialect.day(day) for day in question.window(signal))
    held = f"coalesce(lead(day) OVER (PARTITION BY account_id ORDER BY day), {question.today})"
    return f"day < {end} AND {held} > {first}"


def _shown(row: dict[str, Any], time: str, question: Question) -> dict[str, Any]:
    at = row.pop(time, None) if time else None
    shown = {name: local(value, question) for name, value in row.items() if not name.endswith("_")}
    when = {"at": local(at, question)} if at else {}
    return {**when, **shown, "measure": local(row["measure_"], question), "status": row["status_"]}


def local(value: Any, question: Question) -> Any:
    """A stored instant in the bank's zone; a number without the noise of binary fractions; anything else as it is."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).astimezone(question.zone)
    return round(value, 6) if isinstance(value, float) else value
