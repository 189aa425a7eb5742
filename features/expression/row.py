"""A checked expression over one row: the same answers as the engine's, without an engine."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from features.expression.tree import Call, Expression, Literal, Name, Node

Value = float | str | bool | date | datetime | None


def evaluate(expression: Expression, row: Mapping[str, object]) -> Value:
    """The value over `row` (name -> value, None for unknown; an absent name is unknown), None where SQL says NULL.

    Numbers come back as floats, days as dates, instants as datetimes. A number that is not finite is unknown, wherever
    it comes from.
    """
    return evaluate_node(expression.tree, row)


def evaluate_node(node: Node, row: Mapping[str, object]) -> Value:
    """The value of one part of an expression over `row`, as `evaluate` gives it."""
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Name):
        return _read(node, row.get(node.name))
    if node.of in _LAZY:
        return _LAZY[node.of](node, row)
    values = [evaluate_node(argument, row) for argument in node.arguments]
    if None in values:
        return None
    return _finite(_STRICT[node.of](*values))


def _finite(value: Any) -> Value:
    found: Value = None if isinstance(value, float) and not math.isfinite(value) else value
    return found


def _read(name: Name, value: Any) -> Value:
    if name.type != "number" or value is None:
        return _finite(value)
    try:
        return _finite(float(value))
    except OverflowError:  # a whole number beyond any double
        return None


def _chain(node: Call, row: Mapping[str, object]) -> bool | None:
    decisive = node.of == "or"
    values = [evaluate_node(argument, row) for argument in node.arguments]
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def _between(node: Call, row: Mapping[str, object]) -> bool | None:
    value, low, high = (evaluate_node(argument, row) for argument in node.arguments)
    above, below = _compare(">=", value, low), _compare("<=", value, high)
    if above is False or below is False:
        return False
    return None if above is None or below is None else True


def _in(node: Call, row: Mapping[str, object]) -> bool | None:
    value, *listed = (evaluate_node(argument, row) for argument in node.arguments)
    answers = [_compare("=", value, item) for item in listed]
    if True in answers:
        return True
    return None if None in answers else False


def _case(node: Call, row: Mapping[str, object]) -> Value:
    parts = node.arguments
    for at in range(0, len(parts) - 1, 2):
        if evaluate_node(parts[at], row) is True:
            return evaluate_node(parts[at + 1], row)
    return evaluate_node(parts[-1], row) if len(parts) % 2 else None


def _is_null(node: Call, row: Mapping[str, object]) -> bool:
    return evaluate_node(node.arguments[0], row) is None


def _known(node: Call, row: Mapping[str, object]) -> list[Any]:
    values = (evaluate_node(argument, row) for argument in node.arguments)
    return [value for value in values if value is not None]


def _first(node: Call, row: Mapping[str, object]) -> Value:
    return next(iter(_known(node, row)), None)


def _least(node: Call, row: Mapping[str, object]) -> Value:
    return min(_known(node, row), default=None)


def _greatest(node: Call, row: Mapping[str, object]) -> Value:
    return max(_known(node, row), default=None)


def _compare(of: str, left: Value, right: Value) -> bool | None:
    return None if left is None or right is None else _STRICT[of](left, right)


def _divide(left: float, right: float) -> float | None:
    return left / right if right else None


def _half_away(value: float) -> float:
    whole = float(math.trunc(value))
    return whole + math.copysign(1.0, value) if abs(value - whole) >= 0.5 else whole


def _round(value: float, digits: float = 0.0) -> float:
    scale = 10.0**digits
    scaled = value * scale
    return _half_away(scaled) / scale if math.isfinite(scaled) else value


def _days_between(left: Any, right: Any) -> float:
    return float((right - left) // timedelta(microseconds=1)) / 86_400_000_000.0


def _plus_days(day: date, number: float) -> date | None:
    """As in the engine, whose SMALLINT holds the whole days and whose days end with the year 9999."""
    if not -(2**15) <= math.floor(number) < 2**15:
        return None
    try:
        return day + timedelta(days=math.floor(number))
    except OverflowError:
        return None


_LAZY: dict[str, Callable[[Call, Mapping[str, object]], Value]] = {
    "and": _chain, "or": _chain, "between": _between, "in": _in, "case": _case, "is null": _is_null,
    "coalesce": _first, "least": _least, "greatest": _greatest,
}  # fmt: skip
_STRICT: dict[str, Callable[..., Any]] = {
    "=": lambda a, b: a == b, "<>": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": _divide,
    "minus": lambda a: -a, "not": lambda a: not a, "abs": abs, "round": _round,
    "floor": lambda a: float(math.floor(a)), "ceil": lambda a: float(math.ceil(a)),
    "days_between": _days_between, "plus_days": _plus_days, "day_of_month": lambda a: float(a.day),
}  # fmt: skip
