"""The whole statement of one signal: what it reads, step by step, then one row a customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from features.audit.events import over_rows
from features.audit.held import carried
from features.audit.question import Question
from features.audit.rows import rows_of
from features.audit.script import Script
from features.audit.tables import known
from features.audit.text import readable
from features.catalogue import Catalogue
from features.signal import Signal

SQL_TYPES = {"number": "DOUBLE", "text": "VARCHAR", "flag": "BOOLEAN", "day": "DATE"}


def signal_sql(catalogue: Catalogue, names: Sequence[str], question: Question) -> str:
    """One SQL statement that gives customer_id, as_of and the signals for every customer then known.

    It reads the contract's tables and nothing else: what a signal reads of other signals is computed in it too. A
    signal whose tables were not handed over is NULL. Raises Refusal for an unknown name.
    """
    needed, script = catalogue.needed(names), Script()
    customers = known(script, question, "customers", None)
    values = {signal.name: _value(script, question, signal, needed) for signal in needed if not signal.expression}
    source = _together(script, question, customers, values)
    for signal in needed:
        if signal.expression is not None:
            source = _expression(script, question, signal, source)
    columns = ", ".join(question.dialect.quoted(name) for name in names)
    final = f"SELECT customer_id, as_of, {columns}\nFROM {source}\nORDER BY customer_id"
    return script.statement(_header([catalogue.signals[name] for name in names], question), final)


def _header(signals: Sequence[Signal], question: Question) -> list[str]:
    say = question.say
    lines = [say("title", name=signal.name, zh=signal.zh, en=signal.en) for signal in signals]
    lines.append(say("moment", as_of=question.as_of, zone=question.zone.key, known_by=question.known_by))
    return [*lines, say("spark")] if question.dialect.name == "spark" else lines


def _value(script: Script, question: Question, signal: Signal, needed: Sequence[Signal]) -> str:
    """SQL of the signal's value for a customer c, over a step of its own where there is one."""
    column = question.dialect.quoted(signal.name)
    kind = SQL_TYPES[signal.type] if question.dialect.name == "duckdb" or signal.type != "text" else "STRING"
    if signal.given or not question.answers(signal):
        return f"CAST(NULL AS {kind})"
    step = script.step(column, question.say("value", name=signal.name), _select(script, question, signal, needed))
    value = f"{step}.value"
    if signal.empty is None:
        return f"CAST({value} AS {kind})"
    return f"CAST(CASE WHEN {step}.customer_id IS NULL THEN {signal.empty} ELSE {value} END AS {kind})"


def _select(script: Script, question: Question, signal: Signal, needed: Sequence[Signal]) -> str:
    if signal.carry:
        return carried(script, question, signal)
    alike = [one for one in needed if one.table == signal.table and not one.carry]
    rows = rows_of(script, question, str(signal.table), alike)
    return over_rows(script, question, signal, rows)


def _together(script: Script, question: Question, customers: str, values: Mapping[str, str]) -> str:
    """The step with a row a customer and what was computed from rows."""
    quoted = {name: question.dialect.quoted(name) for name in values}
    columns = "".join(f",\n            {sql} AS {quoted[name]}" for name, sql in values.items())
    joins = "".join(
        f"\n        LEFT JOIN {one} ON {one}.customer_id = c.customer_id" for one in quoted.values() if one in script
    )
    return script.step(
        "_signals",
        question.say("together"),
        f"""
        SELECT c.customer_id, {question.today} AS as_of{columns}
        FROM {customers} AS c{joins}
        WHERE c.opened_on < {question.today}""",
    )


def _expression(script: Script, question: Question, signal: Signal, source: str) -> str:
    assert signal.expression is not None  # noqa: S101 - the caller asks for expressions only
    sql = readable(signal.expression, question.dialect)
    return script.step(
        f"_with_{signal.name}",
        question.say("expression", name=signal.name),
        f"SELECT *, {sql} AS {question.dialect.quoted(signal.name)} FROM {source}",
    )
