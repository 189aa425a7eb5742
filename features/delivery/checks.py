"""The contract as SQL: for each column its stored value, and what is wrong with what was handed over."""

from __future__ import annotations

from dataclasses import dataclass

from features.columns import Column, Kind, Table

_SEEN = "left(CAST({c} AS VARCHAR), 40)"
_WHOLE_NUMBER = "^[+-]?[0-9]{1,18}$"
_AMOUNT = "^[+-]?[0-9]{1,16}([.][0-9]{1,2}0*)?$"
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_WHAT = {
    Kind.TEXT: "no text",
    Kind.MONEY: "no amount with at most two decimals, written 1234.56",
    Kind.INSTANT: "no instant (a TIMESTAMP in UTC, as utc(...) makes it)",
    Kind.DAY: "no day",
    Kind.INTEGER: "no whole number",
    Kind.NUMBER: "no number",
    Kind.FLAG: "neither true nor false",
}


@dataclass(frozen=True)
class Checked:
    """SQL of one column: `value` as the warehouse stores it, `fault` in words or NULL."""

    name: str
    value: str
    fault: str


def check_column(column: Column, given: str | None) -> Checked:
    """How a column whose SQL type in the SELECT is `given` (None: not handed over) is stored and checked."""
    c = f'"{column.name}"'
    if given is None:
        return Checked(column.name, f"CAST(NULL AS {column.kind.value})", "NULL")
    value = _value(column.kind, c, given)
    seen = _SEEN.format(c=c)
    said = f"{c} IS NOT NULL AND CAST({c} AS VARCHAR) <> ''" if column.kind != Kind.TEXT else "false"
    faults = [f"WHEN {said} AND {value} IS NULL THEN '''' || {seen} || ''' is {_WHAT[column.kind]}'"]
    if column.needed:
        faults.append(f"WHEN {value} IS NULL THEN 'is missing'")
    if column.choices:
        listed = ", ".join(f"'{choice}'" for choice in column.choices)
        known = ", ".join(column.choices)
        faults.append(f"WHEN {value} NOT IN ({listed}) THEN '''' || {seen} || ''' is none of {known}'")
    for sign, bound in (("<", column.low), (">", column.high)):
        if bound is not None:
            side = "below" if sign == "<" else "above"
            shown = f"{bound / 100 if column.kind == Kind.MONEY else bound:,.0f}"
            faults.append(f"WHEN {value} {sign} {bound!r} THEN {seen} || ' is {side} {shown}'")
    return Checked(column.name, value, f"CASE {' '.join(faults)} END")


def _value(kind: Kind, c: str, given: str) -> str:
    text = f"trim(CAST({c} AS VARCHAR))"
    if kind == Kind.TEXT:
        return f"nullif({text}, '')"
    if kind == Kind.MONEY:
        return _money(c, given, text)
    if kind == Kind.INSTANT:
        if given in ("DATE", "VARCHAR"):  # whose midnight, whose clock? utc(...) in the SELECT says it
            return "CAST(NULL AS TIMESTAMP)"
        instant = f"timezone('UTC', {c})" if given == "TIMESTAMP WITH TIME ZONE" else f"TRY_CAST({c} AS TIMESTAMP)"
        return f"CASE WHEN isfinite({instant}) THEN {instant} END"
    if kind == Kind.DAY:
        return f"CASE WHEN isfinite(TRY_CAST({c} AS DATE)) THEN TRY_CAST({c} AS DATE) END"
    if kind == Kind.INTEGER:
        if given in _INTEGERS:
            return f"TRY_CAST({c} AS INTEGER)"
        return f"CASE WHEN regexp_matches({text}, '{_WHOLE_NUMBER}') THEN TRY_CAST({text} AS INTEGER) END"
    if kind == Kind.NUMBER:
        return f"CASE WHEN isfinite(TRY_CAST({c} AS DOUBLE)) THEN TRY_CAST({c} AS DOUBLE) END"
    if given in _INTEGERS:  # 2 is neither true nor false
        return f"CASE {c} WHEN 0 THEN false WHEN 1 THEN true END"
    return f"TRY_CAST({c} AS BOOLEAN)"


def _money(c: str, given: str, text: str) -> str:
    """Exact minor units; binary fractions and text go by their shortest written form, so 0.1 + 0.2 is refused."""
    # 18 digits before the point: more than any amount, and times 100 it still fits (an overflow ends the run).
    if given in _INTEGERS or (given.startswith("DECIMAL") and given.endswith((",0)", ",1)", ",2)"))):
        return f"TRY_CAST(TRY_CAST({c} AS DECIMAL(20,2)) * 100 AS BIGINT)"
    # A whole number of a binary fraction is written 5000.0, which the form allows.
    minor = f"TRY_CAST(TRY_CAST({text} AS DECIMAL(20,2)) * 100 AS BIGINT)"
    return f"CASE WHEN regexp_matches({text}, '{_AMOUNT}') THEN {minor} END"


def checked_sql(table: Table, given: dict[str, str], *, delivered: str, refers: dict[str, str]) -> str:
    """SELECT over `handed`: stored columns, event_at, known_at, _file, _line, and `broken` ('column|fault' or NULL).

    `given`: SQL type of each handed column; `delivered`: SQL of the delivery's instant; `refers`: for each referring
    column a relation whose only column lists the keys that exist.
    """
    columns = [check_column(column, given.get(column.name)) for column in table.columns]
    known = "TRY_CAST(known_at AS TIMESTAMP)" if "known_at" in given else "NULL"
    # What stands at the end of a day (a balance) happened in its last microsecond: nobody knew it at noon.
    event = {None: "CAST(NULL AS TIMESTAMP)", "day": "utc(CAST(v_day + 1 AS TIMESTAMP)) - INTERVAL 1 MICROSECOND"}.get(
        table.event, f"v_{table.event}"
    )
    values = ", ".join(f"{one.value} AS v_{one.name}, {one.fault} AS f_{one.name}" for one in columns)
    faults = [f"WHEN f_{one.name} IS NOT NULL THEN '{one.name}|' || f_{one.name}" for one in columns]
    if table.event:
        begun = "utc(CAST(v_day AS TIMESTAMP))" if table.event == "day" else event
        faults.append(f"WHEN {begun} > {delivered} THEN '{table.event}|' || v_{table.event} || ' is in the future'")
    faults.append(f"WHEN known > {delivered} THEN 'known_at|' || known || ' is in the future'")
    for name, keys in refers.items():
        faults.append(f"WHEN v_{name} NOT IN (FROM {keys}) THEN '{name}|''' || v_{name} || ''' is not known'")
    stored = ", ".join(f"v_{one.name} AS {one.name}" for one in columns)
    return f"""
        WITH v AS (
            SELECT {values}, coalesce({known}, {delivered}) AS known, CAST(_file AS VARCHAR) AS _file,
                   CAST(_line AS BIGINT) AS _line
            FROM handed
        )
        SELECT {stored}, {event} AS event_at, known AS known_at, _file, _line, CASE {" ".join(faults)} END AS broken
        FROM v"""
