"""What each operator does to whole columns: the answers of the row form, for all rows at once.

A column is float64 with NaN where it is unknown (numbers; days since 1970; instants as microseconds since 1970; texts
as their place in a sorted vocabulary), or uint8 for flags: 0 false, 1 unknown, 2 true. So that `and` is the least of
its parts, `or` the greatest, and `not x` is 2 - x: Kleene's strong logic of three values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any
FALSE, UNKNOWN, TRUE = np.uint8(0), np.uint8(1), np.uint8(2)
FARTHEST = 32_767
"""What plus_days adds at most, in days."""
DAY_US = 86_400_000_000.0
FIRST_DAY, LAST_DAY = -719_162, 2_932_896
"""The years 1 and 9999 in days since 1970: what a day can be."""


def unknown(array: Array) -> Array:
    """Where a column is unknown, as booleans."""
    return array == UNKNOWN if array.dtype == np.uint8 else np.isnan(array)


def as_flag(answers: Array, *read: Array) -> Array:
    """Booleans as a flag, unknown where something that was read is; a comparison with NaN has to be False already."""
    found = answers.view(np.uint8) << 1
    for array in read:
        if array.dtype == np.uint8:
            found = np.where(array == UNKNOWN, UNKNOWN, found)
        else:  # where it is NaN the answer is false, so that one bit makes it unknown
            found |= np.isnan(array).view(np.uint8)
    return found


def finite(array: Array) -> Array:
    """A number that is not finite is unknown."""
    lost = ~np.isfinite(array)
    return np.where(lost, np.nan, array) if lost.any() else array


def _compare(of: Callable[[Array, Array], Array]) -> Callable[..., Array]:
    return lambda left, right: as_flag(of(left, right), left, right)


def _all(*parts: Array) -> Array:
    return _fold(np.minimum, parts)


def _any(*parts: Array) -> Array:
    return _fold(np.maximum, parts)


def _fold(of: Callable[..., Array], parts: tuple[Array, ...]) -> Array:
    found = parts[0]
    for part in parts[1:]:
        found = of(found, part)
    return found


_equal = _compare(np.equal)


def _in(value: Array, *listed: Array) -> Array:
    return _any(*(_equal(value, one) for one in listed))


def _between(value: Array, low: Array, high: Array) -> Array:
    return np.minimum(_compare(np.greater_equal)(value, low), _compare(np.less_equal)(value, high))


def _case(*parts: Array) -> Array:
    flags = parts[1].dtype == np.uint8
    found = parts[-1] if len(parts) % 2 else (UNKNOWN if flags else np.float64(np.nan))
    for at in range(len(parts) // 2 * 2 - 2, -1, -2):
        found = np.where(parts[at] == TRUE, parts[at + 1], found)
    return found


def _coalesce(*parts: Array) -> Array:
    found = parts[-1]
    for part in parts[-2::-1]:
        found = np.where(unknown(part), found, part)
    return found


def _number(of: Callable[..., Array]) -> Callable[..., Array]:
    return lambda *parts: finite(of(*parts))


def _round(value: Array, digits: Array | None = None) -> Array:
    scale = 1.0 if digits is None else 10.0**digits
    scaled = value * scale
    whole = np.trunc(scaled)
    away = np.where(np.abs(scaled - whole) >= 0.5, np.copysign(1.0, scaled), 0.0)
    rounded = (whole + away) / scale
    return np.where(np.isfinite(rounded), rounded, value)


def _plus_days(day: Array, number: Array) -> Array:
    whole = np.floor(number)
    found = day + whole
    lost = (whole > FARTHEST) | (whole < ~FARTHEST) | (found < FIRST_DAY) | (found > LAST_DAY)
    return np.where(lost, np.nan, found)


def _day_of_month(day: Array) -> Array:
    known = ~np.isnan(day)
    days = np.where(known, day, 0).astype("datetime64[D]")
    first = days.astype("datetime64[M]").astype("datetime64[D]")
    return np.where(known, (days - first).astype(np.float64) + 1, np.nan)


OPERATIONS: dict[str, Callable[..., Array]] = {
    "and": _all, "or": _any, "not": lambda one: TRUE - one, "is null": lambda one: as_flag(unknown(one)),
    "=": _equal, "<>": lambda left, right: TRUE - _equal(left, right),
    "<": _compare(np.less), "<=": _compare(np.less_equal), ">": _compare(np.greater), ">=": _compare(np.greater_equal),
    "in": _in, "between": _between, "case": _case, "coalesce": _coalesce,
    "least": lambda *parts: _fold(np.fmin, parts), "greatest": lambda *parts: _fold(np.fmax, parts),
    "+": _number(np.add), "-": _number(np.subtract), "*": _number(np.multiply), "/": _number(np.divide),
    "minus": np.negative, "abs": np.abs, "floor": np.floor, "ceil": np.ceil, "round": _round,
    "plus_days": _plus_days, "day_of_month": _day_of_month, "days_between": lambda left, right: right - left,
    "days_between instants": lambda left, right: (right - left) / DAY_US,
}  # fmt: skip
"""By the operator's name in the tree; days_between of two instants, which count microseconds, stands apart."""
