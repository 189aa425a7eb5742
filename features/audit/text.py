"""Expressions as a person would write them: no needless brackets, casts or quotes."""

from __future__ import annotations

from datetime import date

from features.audit.dialect import Dialect
from features.expression import Call, Expression, Literal, Name
from features.expression.tree import Node, walk

_LEVELS = {"or": 1, "and": 2, "not": 3, "+": 5, "-": 5, "*": 6, "/": 6, "minus": 7}
_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=", "between", "in", "is null")
_ATOM = 9
AND = 1
"""What stands between the parts of a conjunction needs brackets from this level down."""
_EXACT_DIGITS = 15  # a decimal literal of so many digits turns into the same double as the text itself


def readable(expression: Expression, dialect: Dialect, *, level: int = 0) -> str:
    """The expression in the dialect, over columns that are called like its names and hold numbers as doubles.

    `level`: AND where it stands beside others of a conjunction.
    """
    return _write(expression.tree, dialect, level)


def _write(node: Node, dialect: Dialect, above: int = 0) -> str:
    if isinstance(node, Name):
        return dialect.name_of(node.name)
    if isinstance(node, Literal):
        return _literal(node.value, dialect)
    level = 4 if node.of in _COMPARISONS else _LEVELS.get(node.of, _ATOM)
    sql = _call(node, dialect, level)
    return f"({sql})" if level <= above else sql


def _literal(value: float | str | bool | date, dialect: Dialect, *, alone: bool = False) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, date):
        return dialect.day(value)
    if isinstance(value, str):
        return dialect.text(value)
    if not alone and value == int(value) and abs(value) < 2**31:
        return str(int(value))
    written = repr(value)
    short = len(written.replace(".", "").lstrip("-0")) <= _EXACT_DIGITS
    return written if "e" in written or (short and not alone) else f"{written}e0"


def _parts(node: Call, dialect: Dialect, level: int) -> list[str]:
    # Between literals alone the engine would count in decimals: an exponent makes them doubles.
    if node.of in ("+", "-", "*", "/") and not any(isinstance(one, Name) for one in walk(node)):
        return [
            _literal(one.value, dialect, alone=True) if isinstance(one, Literal) else _write(one, dialect, level)
            for one in node.arguments
        ]
    # Operators of one level are read from left to right: the first operand needs no brackets.
    first = level - 1 if node.of in ("+", "-", "*", "/") else level
    return [_write(one, dialect, level if at else first) for at, one in enumerate(node.arguments)]


def _call(node: Call, dialect: Dialect, level: int) -> str:
    of, parts = node.of, _parts(node, dialect, 0 if level == _ATOM else level)
    if of in ("and", "or"):
        return f" {of.upper()} ".join(parts)
    if of == "/":
        below = node.arguments[1]
        sure = isinstance(below, Literal) and below.value != 0
        return f"{parts[0]} / {parts[1] if sure else f'NULLIF({_write(below, dialect)}, 0)'}"
    if of == "between":
        return f"{parts[0]} BETWEEN {parts[1]} AND {parts[2]}"
    if of == "in":
        return f"{parts[0]} IN ({', '.join(parts[1:])})"
    if of in ("not", "minus", "is null"):
        return {"not": f"NOT {parts[0]}", "minus": f"-{parts[0]}", "is null": f"{parts[0]} IS NULL"}[of]
    if of in _LEVELS or of in _COMPARISONS:
        return f"{parts[0]} {of} {parts[1]}"
    return _case(parts) if of == "case" else _function(node, parts, dialect)


def _case(parts: list[str]) -> str:
    whens = "".join(f" WHEN {parts[at]} THEN {parts[at + 1]}" for at in range(0, len(parts) - 1, 2))
    return f"CASE{whens}{f' ELSE {parts[-1]}' if len(parts) % 2 else ''} END"


def _function(node: Call, parts: list[str], dialect: Dialect) -> str:
    if node.of == "days_between":
        if node.arguments[0].type == "day":
            return dialect.days_from(parts[0], parts[1])
        return f"((CAST({dialect.micros(parts[1])} AS DOUBLE) - {dialect.micros(parts[0])}) / 86400000000)"
    if node.of == "plus_days":
        days = f"TRY_CAST(floor({parts[1]}) AS SMALLINT)"
        return dialect.plus_days(parts[0], days)
    if node.of == "day_of_month":
        return f"CAST(day({parts[0]}) AS DOUBLE)"
    if node.of in ("floor", "ceil"):
        return dialect.floor(parts[0], up=node.of == "ceil")
    return f"{node.of}({', '.join(parts)})"
