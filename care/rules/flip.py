"""How far a condition is from saying something else: the smallest change of one signal that would turn it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from features.expression import Call, Expression, Literal, Name, Node, Type, evaluate
from features.expression.row import evaluate_node
from features.expression.tree import walk

_ORDERED = ("=", "<>", "<", "<=", ">", ">=")
_WHOLE_UNITS = ("count", "days", "hours", "years")
_MONTH = 30.0
"""Days against which a move of a day is measured."""
_OTHER = "\x00"
"""Stands for any other text: no expression can hold it."""
_ROUNDS = 8
"""Steps of the secant rule: one is enough where a signal stands alone, a few where it divides."""


@dataclass(frozen=True)
class Flip:
    """signal: which; value: as it stands; to: where the answer turns (None: any other text); answer: what it becomes.

    size: the change against the larger of both values, of a day in months, 1 for a text or a flag: 0.01 is 'by a hair'.
    """

    signal: str
    value: object
    to: object
    answer: bool
    size: float

    def as_json(self) -> dict[str, Any]:
        """The flip for machines; days as text."""
        plain = {
            name: one.isoformat() if isinstance(one, date) else one
            for name, one in (("value", self.value), ("to", self.to))
        }
        return {"signal": self.signal, **plain, "answer": self.answer, "size": self.size}


def smallest_flip(when: Expression, row: Mapping[str, object], units: Mapping[str, str]) -> Flip | None:
    """The smallest change of a single signal that turns the condition from true to false or back.

    Only changes of what the signals' unit allows are tried (whole counts and days, whole fen), and each is checked by
    asking the condition again. None where the answer is unknown or no single change turns it.
    """
    said = evaluate(when, row)
    if said is None:
        return None
    found = [
        Flip(name.name, row.get(name.name), None if to == _OTHER else to, not said, _size(row.get(name.name), to))
        for name in _names(when.tree)
        if row.get(name.name) is not None
        for to in _turns(name, when.tree, row, units.get(name.name, ""))
        if evaluate(when, {**row, name.name: to}) is (not said)
    ]
    return min(found, key=lambda flip: (flip.size, flip.signal), default=None)


def _names(tree: Node) -> list[Name]:
    found = {node.name: node for node in walk(tree) if isinstance(node, Name) and node.name != "as_of"}
    return [found[name] for name in sorted(found)]


def _turns(name: Name, tree: Node, row: Mapping[str, object], unit: str) -> Iterator[object]:
    """Values of one signal at which some leaf of the condition may turn."""
    if name.type == "flag":
        yield not row[name.name]
    if name.type == "text":
        yield from _texts(name, tree)
    if name.type in ("number", "day"):
        for left, right in _pairs(name, tree):
            yield from _crossings(name, left, right, row, unit)


def _texts(name: Name, tree: Node) -> Iterator[object]:
    for node in walk(tree):
        if isinstance(node, Call) and name in node.arguments:
            yield from (one.value for one in node.arguments if isinstance(one, Literal) and one.type == "text")
    yield _OTHER


def _pairs(name: Name, tree: Node) -> Iterator[tuple[Node, Node]]:
    """Both sides of every comparison in which the signal stands."""
    for node in walk(tree):
        if isinstance(node, Call) and (node.of in _ORDERED or node.of in ("between", "in")):
            value, *others = node.arguments
            yield from ((value, other) for other in others if name in {*walk(value), *walk(other)})


def _crossings(name: Name, left: Node, right: Node, row: Mapping[str, object], unit: str) -> Iterator[object]:
    start = _number(row[name.name], name.type)

    def gap(at: float) -> float | None:
        there = {**row, name.name: _value(at, name.type)}
        return _difference(evaluate_node(left, there), evaluate_node(right, there))

    at = _root(gap, start)
    if at is None:
        return
    step = 1.0 if name.type == "day" or unit in _WHOLE_UNITS else 0.01 if unit == "money" else 1e-6
    for rounded in (math.floor(at / step), math.ceil(at / step)):
        for beside in (-1, 0, 1):
            yield _value(_tidy((rounded + beside) * step), name.type)


def _root(gap: Callable[[float], float | None], start: float) -> float | None:
    """Where the two sides are equal, by the secant rule; exact in one step where the signal counts linearly."""
    before, at = start, start + max(abs(start) / 2, 1.0)
    far, near = gap(before), gap(at)
    for _ in range(_ROUNDS):
        if far is None or near is None or near == far:
            return at if near == 0 else None
        before, at, far = at, at - near * (at - before) / (near - far), near
        if not math.isfinite(at) or abs(at) > 1e15:
            return None
        near = gap(at)
        if near is not None and abs(near) <= 1e-9 * max(abs(at), 1.0):
            return at
    return None


def _difference(left: Any, right: Any) -> float | None:
    if left is None or right is None or isinstance(left, str | bool):
        return None
    return float((left - right) / timedelta(days=1)) if isinstance(left, date) else float(left - right)


def _number(value: Any, type_: Type) -> float:
    return float(value.toordinal()) if type_ == "day" else float(value)


def _value(at: float, type_: Type) -> object:
    if type_ != "day":
        return at
    return date.fromordinal(min(max(round(at), 1), date.max.toordinal()))


def _tidy(value: float) -> float:
    return round(value, 6)


def _size(value: Any, to: Any) -> float:
    if isinstance(value, date):
        return float(abs((to - value).days)) / _MONTH
    if isinstance(value, str | bool):
        return 1.0
    largest = max(abs(float(value)), abs(float(to)))
    return abs(float(to) - float(value)) / largest if largest else 0.0
