"""What was handed over, as the warehouse stores it: one SQL expression a column, NULL where it cannot be that."""

from __future__ import annotations

from features.columns import Column, Kind

INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_WHOLE_NUMBER = "^[+-]?[0-9]{1,18}$"
_AMOUNT = "^[+-]?[0-9]{1,16}([.][0-9]{1,2}0*)?$"
# Below this many units an amount times 100 stays whole in a double and fits DECIMAL(18,2): the quick ways are exact.
_QUICK = "1e12"
_QUICK_TEXT = 15


def stored_value(column: Column, given: str | None) -> str:
    """SQL of a column's stored value, NULL where the handed value is none; `given`: its SQL type (None: not handed)."""
    if given is None:
        return f"CAST(NULL AS {stored_type(column)})"
    c = f'h."{column.name}"'
    text = _text(c, given)
    if column.choices:
        word = f"TRY_CAST({{}} AS {stored_type(column)})"
        return f"coalesce({word.format(f'CAST({c} AS VARCHAR)')}, {word.format(text)})"
    return {
        Kind.TEXT: lambda: _trimmed(c, given, text),
        Kind.MONEY: lambda: _money(c, given, text),
        Kind.INSTANT: lambda: _instant(c, given),
        Kind.DAY: lambda: f"CASE WHEN isfinite(TRY_CAST({c} AS DATE)) THEN TRY_CAST({c} AS DATE) END",
        Kind.INTEGER: lambda: _integer(c, given, text),
        Kind.NUMBER: lambda: f"CASE WHEN isfinite(TRY_CAST({c} AS DOUBLE)) THEN TRY_CAST({c} AS DOUBLE) END",
        Kind.FLAG: lambda: _flag(c, given),
    }[column.kind]()


def stored_type(column: Column) -> str:
    """The SQL type of a column on its way to the file: choices as an enumeration, which Parquet writes as text."""
    if column.choices:
        return f"ENUM({', '.join(repr(choice) for choice in column.choices)})"
    return column.kind.value


def _text(c: str, given: str) -> str:
    return f"CAST({c} AS VARCHAR)" if given in INTEGERS else f"trim(CAST({c} AS VARCHAR))"


def _trimmed(c: str, given: str, text: str) -> str:
    if given != "VARCHAR":
        return f"nullif({text}, '')"
    # Trimming takes every space of Unicode off and is slow; most texts are ASCII without a space.
    plain = f"{c} <> '' AND strlen({c}) = length({c}) AND NOT contains({c}, ' ')"
    return f"CASE WHEN {plain} THEN {c} ELSE nullif({text}, '') END"


def _instant(c: str, given: str) -> str:
    if given in ("DATE", "VARCHAR"):  # whose midnight, whose clock? utc(...) in the SELECT says it
        return "CAST(NULL AS TIMESTAMP)"
    instant = f"timezone('UTC', {c})" if given == "TIMESTAMP WITH TIME ZONE" else f"TRY_CAST({c} AS TIMESTAMP)"
    return f"CASE WHEN isfinite({instant}) THEN {instant} END"


def _integer(c: str, given: str, text: str) -> str:
    if given in INTEGERS:
        return f"TRY_CAST({c} AS INTEGER)"
    return f"CASE WHEN regexp_matches({text}, '{_WHOLE_NUMBER}') THEN TRY_CAST({text} AS INTEGER) END"


def _flag(c: str, given: str) -> str:
    if given in INTEGERS:  # 2 is neither true nor false
        return f"CASE {c} WHEN 0 THEN false WHEN 1 THEN true END"
    return f"TRY_CAST({c} AS BOOLEAN)"


def _money(c: str, given: str, text: str) -> str:
    """Exact minor units; binary fractions and text go by their shortest written form, so 0.1 + 0.2 is refused."""
    # DECIMAL(20,2) has 18 digits before the point: more than any amount, and times 100 it still fits. It is slow, so
    # what is short enough goes a quicker way to the same number.
    wide = "TRY_CAST(TRY_CAST({0} AS DECIMAL(20,2)) * 100 AS BIGINT)"
    # A whole number of a binary fraction is written 5000.0, which the form allows.
    written = f"CASE WHEN regexp_matches({text}, '{_AMOUNT}') THEN {wide.format(text)} END"
    short = "CAST(TRY_CAST({0} AS DECIMAL(18,2)) * 100 AS BIGINT)"
    if given in INTEGERS:
        return f"CASE WHEN {c} BETWEEN -{_QUICK} AND {_QUICK} THEN CAST({c} AS BIGINT) * 100 ELSE {wide.format(c)} END"
    if given.startswith("DECIMAL"):
        exact = given.endswith((",0)", ",1)", ",2)"))
        same = "" if exact else f" AND TRY_CAST({c} AS DECIMAL(18,2)) = {c}"
        quick = f"{c} BETWEEN -{_QUICK}::DECIMAL(18,2) AND {_QUICK}::DECIMAL(18,2){same}"
        return f"CASE WHEN {quick} THEN {short.format(c)} ELSE {wide.format(c) if exact else written} END"
    if given == "DOUBLE":
        # round(100 c) / 100 is the double next to that many cents: c is it, or c has more than two decimals.
        same = f"{c} BETWEEN -{_QUICK} AND {_QUICK} AND round({c} * 100) / 100 = {c}"
        return f"CASE WHEN {same} THEN CAST(round({c} * 100) AS BIGINT) ELSE {written} END"
    quick = f"length({text}) <= {_QUICK_TEXT} AND regexp_matches({text}, '{_AMOUNT}')"
    return f"CASE WHEN {quick} THEN {short.format(text)} ELSE {written} END"
