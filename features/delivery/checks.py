"""The contract as SQL: what is wrong with what was handed over, in words, column by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from features.columns import Column, Kind, Table
from features.delivery.values import stored_value

_WHAT = {
    Kind.TEXT: "no text",
    Kind.MONEY: "no amount with at most two decimals, written 1234.56",
    Kind.INSTANT: "no instant (a TIMESTAMP in UTC, as utc(...) makes it)",
    Kind.DAY: "no day",
    Kind.INTEGER: "no whole number",
    Kind.NUMBER: "no number",
    Kind.FLAG: "neither true nor false",
}
EARLIEST = "1000-01-01"  # what happened before was no event of a bank
_WIDE, _NARROW = "０１２３４５６７８９．－＋，／：", "0123456789.-+,/:"


def checked_sql(
    table: Table,
    rows: str,
    given: Mapping[str, str],
    *,
    delivered: str,
    refers: Mapping[str, str],
    more: Sequence[str] = (),
    where: str = "true",
) -> str:
    """SELECT over the handed `rows`: stored columns, event_at, known_at, _file, _line, ranks and `complaint`.

    `complaint` is NULL, or JSON with file, line, broken ('column|fault') and row (what it said). `given`: SQL type of
    each handed column; `delivered`: SQL of the delivery's instant; `refers`: for each referring column a relation of
    the keys that exist (columns key, rank), its rank comes out as rank_<column>; `more`: further faults, WHEN ... THEN
    'column|fault'; both these and the condition `where` are over event_at and stored columns, named v_<column>.
    """
    stored = ", ".join(f"v_{column.name} AS {column.name}" for column in table.columns)
    # Names and numbers of people lie encrypted or nowhere: of an identity the quarantine keeps whose it is.
    shown = [name for name in given if name == "customer_id" or table.name != "identities"]
    said = ", ".join(f"'{name}': CAST(\"{name}\" AS VARCHAR)" for name in shown if name not in ("_file", "_line"))
    place = "'file': coalesce(_file, ''), 'line': coalesce(_line, 0)"
    ranks = "".join(f", k_{name}.rank AS rank_{name}" for name in refers)
    joins = " ".join(f"LEFT JOIN {keys} AS k_{name} ON v_{name} = k_{name}.key" for name, keys in refers.items())
    return f"""
        SELECT {stored}, event_at, known_at, _file, _line{"".join(f", rank_{name}" for name in refers)},
               CASE WHEN broken IS NOT NULL
                    THEN CAST(to_json({{{place}, 'broken': broken, 'row': {{{said}}}}}) AS VARCHAR) END AS complaint
        FROM (
            SELECT v.*{ranks}, {_faults(table, given, delivered, refers, more)} AS broken
            FROM (SELECT * FROM ({values_sql(table, rows, given, delivered)}) WHERE {where}) AS v {joins}
        )"""


def values_sql(table: Table, rows: str, given: Mapping[str, str], delivered: str) -> str:
    """SELECT over the handed `rows`: what was handed, v_<column> as stored, event_at, known_at, _file, _line."""
    values = [f"{stored_value(one, given.get(one.name))} AS v_{one.name}" for one in table.columns]
    raw = [f'h."{name}"' for name in given if name not in ("_file", "_line", "known_at")]
    known = f"coalesce(TRY_CAST(h.known_at AS TIMESTAMP), {delivered})" if "known_at" in given else delivered
    told = "h.known_at AS told_at" if "known_at" in given else "NULL AS told_at"
    place = "CAST(h._file AS VARCHAR) AS _file, CAST(h._line AS BIGINT) AS _line"
    inner = f"SELECT {', '.join([*raw, *values])}, {known} AS known_at, {told}, {place} FROM {rows} AS h"
    # What stands at the end of a day (a balance) happened in its last microsecond: nobody knew it at noon.
    event = {None: "CAST(NULL AS TIMESTAMP)", "day": "utc(CAST(v_day + 1 AS TIMESTAMP)) - INTERVAL 1 MICROSECOND"}
    return f"SELECT *, {event.get(table.event, f'v_{table.event}')} AS event_at FROM ({inner})"


def _faults(
    table: Table, given: Mapping[str, str], delivered: str, refers: Mapping[str, str], more: Sequence[str]
) -> str:
    """The first thing that is wrong with a row, 'column|fault'. Conditions come cheap first: most rows pass them."""
    faults = [fault for one in table.columns for fault in _column_faults(one, given.get(one.name))]
    if table.event:
        begun = "utc(CAST(v_day AS TIMESTAMP))" if table.event == "day" else "event_at"
        faults.append(f"WHEN {begun} > {delivered} THEN '{table.event}|' || v_{table.event} || ' is in the future'")
        early = f"event_at < TIMESTAMP '{EARLIEST}'"
        faults.append(f"WHEN {early} THEN '{table.event}|' || v_{table.event} || ' is before {EARLIEST}'")
    faults.append(f"WHEN known_at > {delivered} THEN 'known_at|' || known_at || ' is in the future'")
    if given.get("known_at") == "VARCHAR":
        unread = "told_at <> '' AND TRY_CAST(told_at AS TIMESTAMP) IS NULL"
        faults.append(f"WHEN {unread} THEN 'known_at|' || {_seen('told_at')} || ' is {_WHAT[Kind.INSTANT]}'")
    faults.append("WHEN NOT isfinite(known_at) THEN 'known_at|' || known_at || ' is no instant'")
    for name in refers:
        faults.append(f"WHEN k_{name}.rank IS NULL THEN '{name}|' || {_seen(f'v_{name}')} || ' is not known'")
    return f"CASE {' '.join([*faults, *more])} END"


def _seen(c: str) -> str:
    """What a value said, quoted; written in full-width signs, with the half-width form that would have been read."""
    text = f"CAST({c} AS VARCHAR)"
    narrow = f"translate({text}, '{_WIDE}', '{_NARROW}')"
    hint = f"CASE WHEN {narrow} <> {text} THEN ' (full-width signs: write ' || left({narrow}, 40) || ')' ELSE '' END"
    return f"'''' || left({text}, 40) || '''' || {hint}"


def _column_faults(column: Column, given: str | None) -> list[str]:
    v, c, name = f"v_{column.name}", f'v."{column.name}"', column.name
    if given is None:
        return [f"WHEN true THEN '{name}|is missing'"] if column.needed else []
    what = f"none of {', '.join(column.choices)}" if column.choices else _WHAT[column.kind]
    wrong = f"'{name}|' || {_seen(c)} || ' is {what}'"
    said = f"{c} IS NOT NULL AND trim(CAST({c} AS VARCHAR)) <> ''"
    if column.kind == Kind.TEXT and not column.choices:
        faults = [f"WHEN {v} IS NULL THEN '{name}|is missing'"] if column.needed else []
    elif column.needed:
        faults = [f"WHEN {v} IS NULL THEN CASE WHEN {said} THEN {wrong} ELSE '{name}|is missing' END"]
    else:
        faults = [f"WHEN {v} IS NULL AND {said} THEN {wrong}"]
    for sign, bound in (("<", column.low), (">", column.high)):
        if bound is not None:
            side = "below" if sign == "<" else "above"
            shown = f"{bound / 100 if column.kind == Kind.MONEY else bound:,.0f}"
            seen = f"left(CAST({c} AS VARCHAR), 40)"
            faults.append(f"WHEN {v} {sign} {bound!r} THEN '{name}|' || {seen} || ' is {side} {shown}'")
    return faults
