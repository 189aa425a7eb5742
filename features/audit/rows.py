"""The rows that measures and conditions read, as SQL: as known at a moment, with the columns that are derived."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from features.audit.held import account_balances
from features.audit.question import Question
from features.audit.recurring import series_rows
from features.audit.script import Script
from features.audit.statements import statement_rows
from features.audit.tables import known
from features.columns import Kind
from features.contract import TABLES
from features.rows import ROWS
from features.signal import Signal


def rows_of(script: Script, question: Question, table: str, signals: Iterable[Signal], earlier: int = 0) -> str:
    """The step whose rows hold customer_id, the table's key, event_at (events) and every column the signals read.

    earlier: days before their windows from which rows are wanted too.
    """
    those = list(signals)
    if table == "series":
        return series_rows(script, question)
    if table == "statements":
        return statement_rows(script, question, _earliest(question, those, earlier))
    names = {name for signal in those for name in _read(signal)} - {"customer_id"}
    back = _earliest(question, those, earlier) if ROWS[table].event else None
    source = known(script, question, table, back)
    columns = "".join(f",\n            {one}" for one in _columns(question, table, names))
    joins = _joins(script, question, table, names)
    where = f"\n        WHERE t.opened_on < {question.today}" if table in ("customers", "accounts") else ""
    at = ", t.event_at" if TABLES[table].event else ""
    return script.step(
        f"_{table}_rows",
        question.say("rows", table=table),
        f"""
        SELECT t.customer_id{at}{columns}
        FROM {source} AS t{joins}{where}""",
    )


def _read(signal: Signal) -> set[str]:
    parts = (signal.measure, *signal.others, signal.by, signal.where)
    names = {name for part in parts if part for name in part.names}
    return names | set(ROWS[str(signal.table)].key)


def _earliest(question: Question, signals: list[Signal], earlier: int) -> date:
    """The first day from which rows are needed: a repeat may be of a row before the window."""
    before = [int((signal.within or 0) // 24 + 1) if signal.aggregate == "repeats" else 0 for signal in signals]
    backs = [(one.days or 0) + one.until + more for one, more in zip(signals, before, strict=True)]
    return question.back(max(backs) + earlier)


def _columns(question: Question, table: str, names: set[str]) -> list[str]:
    kinds = {column.name: column.kind for column in TABLES[table].columns}
    return [_column(question, table, name, kinds.get(name)) for name in sorted(names)]


def _column(question: Question, table: str, name: str, kind: Kind | None) -> str:
    """One column: money in currency units and in minor ones, numbers as doubles, what lies ahead of as_of hidden."""
    written = question.dialect.name_of(name)
    if table == "accounts" and name == "balance":
        return "b.balance / 100 AS balance, b.balance AS balance_minor"
    if kind is None:
        return f"{_derived(question, table, name)} AS {written}"
    if kind is Kind.MONEY:
        return f"t.{written} / 100 AS {written}, t.{written} AS {name}_minor"
    if kind is Kind.INSTANT and name != TABLES[table].event:
        return f"CASE WHEN t.{written} < {question.begins(question.as_of)} THEN t.{written} END AS {written}"
    if name == "closed_on":
        return f"CASE WHEN t.closed_on < {question.today} THEN t.closed_on END AS closed_on"
    return f"CAST(t.{written} AS DOUBLE) AS {written}" if kind in (Kind.INTEGER, Kind.NUMBER) else f"t.{written}"


def _derived(question: Question, table: str, name: str) -> str:
    day = question.dialect.local_day("t.event_at", question.zone.key)
    if name == "next_due_on":
        return next_due(question, "t.due_day")
    return {
        "day": day,
        "month": f"CAST(date_trunc('month', {day}) AS DATE)",
        "product": "a.product",
        "internal": "coalesce(t.own_account, FALSE) AND t.counterparty_bank IS NULL",
        "as_of": question.today,
        "age": f"CAST({question.as_of.year} - t.birth_year AS DOUBLE)",
    }[name]


def next_due(question: Question, due_day: str) -> str:
    """The next day, as_of included, on which `due_day` falls; the last of the month where that is shorter."""
    first, say = question.as_of.replace(day=1), question.dialect
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    days = [
        f"least({say.plus_days(say.day(month), f'({due_day} - 1)')}, last_day({say.day(month)}))"
        for month in (first, after)
    ]
    # `least` skips NULL: without the first branch an account without a due day would be due at the month's end.
    return f"CASE WHEN {due_day} IS NULL THEN NULL WHEN {days[0]} >= {question.today} THEN {days[0]} ELSE {days[1]} END"


def _joins(script: Script, question: Question, table: str, names: set[str]) -> str:
    if table == "transactions" and "product" in names:
        accounts = known(script, question, "accounts", None)
        return f"\n        LEFT JOIN {accounts} AS a ON a.account_id = t.account_id"
    if table == "accounts" and "balance" in names:
        balances = account_balances(script, question)
        return f"\n        LEFT JOIN {balances} AS b ON b.account_id = t.account_id"
    return ""
