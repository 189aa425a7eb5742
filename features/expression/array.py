"""A checked expression over arrays of rows: the answers of the row form, for all customers at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import numpy as np

from features.expression.tree import Call, Expression, Literal, Name, Node

Array = Any
"""float64 with NaN for NULL (days as days since 1970, flags as 1 and 0), or an object array of texts with None."""
EPOCH = date(1970, 1, 1)
FARTHEST = 32_767  # days: what plus_days adds at most
FIRST, LAST = (date.min - EPOCH).days, (date.max - EPOCH).days


def evaluate_arrays(expression: Expression, columns: Mapping[str, Array], length: int) -> Array:
    """The values over `length` rows; `columns` holds the names that the expression reads."""
    with np.errstate(all="ignore"):
        return _value(expression.tree, columns, length)


def _value(node: Node, columns: Mapping[str, Array], length: int) -> Array:
    if isinstance(node, Name):
        return columns[node.name]
    if isinstance(node, Literal):
        return _literal(node, length)
    arguments = [_value(argument, columns, length) for argument in node.arguments]
    return _CALLS[node.of](node, arguments)


def _literal(node: Literal, length: int) -> Array:
    value = node.value
    if isinstance(value, str):
        return np.full(length, value, object)
    return np.full(length, (value - EPOCH).days if isinstance(value, date) else float(value))


def _null(array: Array) -> Array:
    if array.dtype == object:
        return np.array([one is None for one in array], np.bool_)
    return np.isnan(array)


def _flag(answer: Array, *read: Array) -> Array:
    """The answers as 1 and 0, NULL where something that was read is."""
    found = np.asarray(answer, np.float64)
    for array in read:
        found[_null(array)] = np.nan
    return found


def _and(_: Call, parts: list[Array]) -> Array:
    found = np.ones(len(parts[0]))
    for part in parts:
        found = np.where((found == 0) | (part == 0), 0.0, np.where(np.isnan(found) | np.isnan(part), np.nan, 1.0))
    return found


def _or(node: Call, parts: list[Array]) -> Array:
    return 1 - _and(node, [1 - part for part in parts])


def _compare(of: Callable[[Array, Array], Array]) -> Callable[[Call, list[Array]], Array]:
    def call(_: Call, parts: list[Array]) -> Array:
        left, right = parts
        if left.dtype == object and of not in (np.equal, np.not_equal):
            known = ~(_null(left) | _null(right))
            answer = np.zeros(len(left), np.bool_)
            answer[known] = of(left[known], right[known])
            return _flag(answer, left, right)
        return _flag(of(left, right), left, right)

    return call


def _in(_: Call, parts: list[Array]) -> Array:
    value, *listed = parts
    return _or(_, [_flag(value == one, value, one) for one in listed])


def _between(_: Call, parts: list[Array]) -> Array:
    value, low, high = parts
    return _and(_, [_flag(value >= low, value, low), _flag(value <= high, value, high)])


def _case(_: Call, parts: list[Array]) -> Array:
    text = parts[1].dtype == object
    other = np.full(len(parts[0]), None, object) if text else np.full(len(parts[0]), np.nan)
    found = parts[-1] if len(parts) % 2 else other
    for at in range(len(parts) // 2 * 2 - 2, -1, -2):
        found = np.where(parts[at] == 1, parts[at + 1], found)
    return found


def _coalesce(_: Call, parts: list[Array]) -> Array:
    found = parts[-1]
    for part in parts[-2::-1]:
        found = np.where(_null(part), found, part)
    return found


def _fold(of: Callable[..., Array]) -> Callable[[Call, list[Array]], Array]:
    def call(_: Call, parts: list[Array]) -> Array:
        found = parts[0]
        for part in parts[1:]:
            found = of(found, part)
        return found

    return call


def _divide(_: Call, parts: list[Array]) -> Array:
    return np.where(parts[1] == 0, np.nan, parts[0] / parts[1])


def _round(_: Call, parts: list[Array]) -> Array:
    scale = 10.0 ** parts[1] if len(parts) == 2 else 1.0
    scaled = parts[0] * scale
    whole = np.trunc(scaled)
    away = np.where(np.abs(scaled - whole) >= 0.5, np.copysign(1.0, scaled), 0.0)
    return (whole + away) / scale


def _plus_days(_: Call, parts: list[Array]) -> Array:
    day, number = parts[0], np.floor(parts[1])
    found = day + number
    return np.where((number > FARTHEST) | (number < ~FARTHEST) | (found < FIRST) | (found > LAST), np.nan, found)


def _day_of_month(_: Call, parts: list[Array]) -> Array:
    known = ~np.isnan(parts[0])
    days = np.where(known, parts[0], 0).astype("datetime64[D]")
    return np.where(known, (days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.float64) + 1, np.nan)


_CALLS: dict[str, Callable[[Call, list[Array]], Array]] = {
    "and": _and, "or": _or, "not": lambda _, p: 1 - p[0], "is null": lambda _, p: _null(p[0]).astype(np.float64),
    "=": _compare(np.equal), "<>": _compare(np.not_equal), "<": _compare(np.less), "<=": _compare(np.less_equal),
    ">": _compare(np.greater), ">=": _compare(np.greater_equal), "in": _in, "between": _between, "case": _case,
    "coalesce": _coalesce, "least": _fold(np.fmin), "greatest": _fold(np.fmax), "+": _fold(np.add),
    "-": _fold(np.subtract), "*": _fold(np.multiply), "/": _divide, "minus": lambda _, p: -p[0],
    "abs": lambda _, p: np.abs(p[0]), "floor": lambda _, p: np.floor(p[0]), "ceil": lambda _, p: np.ceil(p[0]),
    "round": _round, "plus_days": _plus_days, "day_of_month": _day_of_month,
    "days_between": lambda _, p: p[1] - p[0],
}  # fmt: skip
