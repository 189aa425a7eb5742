"""What a signal measures of a row, in SQL: whole numbers, so that sums are exact."""

from __future__ import annotations

from features.audit.dialect import Dialect
from features.audit.text import readable
from features.expression import Call, Expression, Name
from features.rows import ROWS
from features.signal import Signal


def measured(signal: Signal, dialect: Dialect) -> str:
    """The measure in its own type, numbers as the whole numbers that are summed (money: minor units)."""
    measure = measure_of(signal)
    return whole(signal, dialect) if measure.type == "number" else readable(measure, dialect)


def whole(signal: Signal, dialect: Dialect) -> str:
    """A number in units of 1 / scale; money that is a column, its negative or its size needs no rounding."""
    measure = measure_of(signal)
    exact = _minor(measure, ROWS[str(signal.table)].money) if signal.unit == "money" else None
    return exact or f"TRY_CAST(round(({readable(measure, dialect)}) * {signal.scale}) AS BIGINT)"


def measure_of(signal: Signal) -> Expression:
    """The measure of a signal that has one."""
    if signal.measure is None:
        raise ValueError(f"{signal.name} measures nothing")
    return signal.measure


def _minor(measure: Expression, money: frozenset[str]) -> str | None:
    tree = measure.tree
    sign = "{}"
    if isinstance(tree, Call) and tree.of in ("minus", "abs"):
        sign, tree = {"minus": "-{}", "abs": "abs({})"}[tree.of], tree.arguments[0]
    return sign.format(f"{tree.name}_minor") if isinstance(tree, Name) and tree.name in money else None
