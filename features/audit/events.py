"""Aggregates over rows, as SQL: which rows count, then one value a customer."""

from __future__ import annotations

from collections.abc import Callable

from features.audit.measure import measure_of, measured
from features.audit.ordered import burst, gap_std, most, picked, quantile, repeats, slope, std, streak
from features.audit.question import Question
from features.audit.script import Script
from features.audit.text import AND, readable
from features.rows import ROWS
from features.signal import Signal

HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
_IN_ORDER = frozenset({"first", "last", "streak", "repeats"})
_IN_TIME = _IN_ORDER | {"burst"}


def counted(script: Script, question: Question, signal: Signal, rows: str) -> str:
    """The step with the rows that count: customer_id, at_us and the key (their order), measure, other0 ..., by_."""
    dialect, row = question.dialect, ROWS[str(signal.table)]
    columns = [f"{measured(signal, dialect)} AS measure"]
    columns += [f"{readable(other, dialect)} AS other{n}" for n, other in enumerate(signal.others)]
    columns += [f"{readable(signal.by, dialect)} AS by_"] if signal.by else []
    if signal.aggregate in _IN_TIME or (signal.aggregate == "slope" and signal.over == "ts"):
        columns += [f"{dialect.micros(_moment(signal))} AS at_us"] if row.event else []
    if signal.aggregate in _IN_ORDER:
        columns += [f"{dialect.name_of(name)} AS key{n}" for n, name in enumerate(row.key)]
    if signal.over == "day" and signal.aggregate == "slope":
        columns.append(f"{_day(question, signal)} AS day_")
    listed = ",\n            ".join(columns)
    where = "\n          AND ".join(conditions(question, signal)) or "TRUE"
    return script.step(
        f"_rows_of_{signal.name}",
        _said(question, signal),
        f"""
        SELECT customer_id,
            {listed}
        FROM {rows}
        WHERE {where}""",
    )


def _said(question: Question, signal: Signal) -> str:
    if signal.days is None:
        return question.say("counted_register", name=signal.name)
    first, end = question.window(signal)
    return question.say("counted", name=signal.name, first=first, end=end)


def conditions(question: Question, signal: Signal) -> list[str]:
    """What a row must fulfil to count: inside of the window, the signal's own condition, an order that is known."""
    found = [readable(signal.where, question.dialect, level=AND)] if signal.where else []
    found += [f"({readable(signal.by, question.dialect)}) IS NOT NULL"] if signal.by else []
    if signal.days is None or signal.aggregate == "repeats":
        return found
    return [*inside(question, signal), *found]


def inside(question: Question, signal: Signal) -> list[str]:
    """True for rows in the window: from the first midnight on, before the last."""
    first, end = question.window(signal)
    if signal.table == "statements":
        return [f"day >= {question.dialect.day(first)}", f"day < {question.dialect.day(end)}"]
    return [f"event_at >= {question.begins(first)}", f"event_at < {question.begins(end)}"]


def _moment(signal: Signal) -> str:
    return "day" if signal.table == "statements" else "event_at"


def _day(question: Question, signal: Signal) -> str:
    return "day" if signal.table == "statements" else question.dialect.local_day("event_at", question.zone.key)


def over_rows(script: Script, question: Question, signal: Signal, rows: str) -> str:
    """A SELECT of customer_id and value, for the customers with rows that count; `rows`: the step of the table's."""
    part = counted(script, question, signal, rows)
    if signal.aggregate in _ORDERED:
        return _ORDERED[signal.aggregate](question, signal, part)
    value = _plain(question, signal)
    return f"SELECT customer_id, {value} AS value\nFROM {part} GROUP BY customer_id"


def _plain(question: Question, signal: Signal) -> str:
    """The value of an aggregate for which the order of rows does not matter."""
    does, scale = signal.aggregate, signal.scale
    number = measure_of(signal).type == "number"
    unit = HOUR_US if signal.unit == "hours" else DAY_US
    micros = question.dialect.micros
    last = micros(f"{'min' if does == 'min' else 'max'}(measure)")
    values = {
        "count": "CAST(count(measure) AS DOUBLE)",
        "distinct": "CAST(count(DISTINCT measure) AS DOUBLE)",
        "sum": f"CAST(sum(measure) AS DOUBLE) / {scale}",
        "mean": f"CAST(sum(measure) AS DOUBLE) / (NULLIF(count(measure), 0) * {scale})",
        "min": f"CAST(min(measure) AS DOUBLE) / {scale}" if number else "min(measure)",
        "max": f"CAST(max(measure) AS DOUBLE) / {scale}" if number else "max(measure)",
        "share": "CAST(count(CASE WHEN measure THEN 1 END) AS DOUBLE) / NULLIF(count(measure), 0)",
        "days_since": f"CAST({question.dialect.days_from(_last_day(question, signal), question.today)} AS DOUBLE)",
        "time_since": f"CAST({micros(question.begins(question.as_of))} - {last} AS DOUBLE) / {unit}",
        "gap_mean": f"CAST({last} - {micros('min(measure)')} AS DOUBLE) / (NULLIF(count(measure) - 1, 0) * {unit})",
    }
    return values[does]


def _last_day(question: Question, signal: Signal) -> str:
    if measure_of(signal).type == "day":
        return "max(measure)"
    return question.dialect.local_day("max(measure)", question.zone.key)


_ORDERED: dict[str, Callable[[Question, Signal, str], str]] = {
    "first": picked, "last": picked, "most": most, "std": std, "gap_std": gap_std, "quantile": quantile,
    "slope": slope, "streak": streak, "repeats": repeats, "burst": burst,
}  # fmt: skip
