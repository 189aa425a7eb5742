"""Whether a rule's examples hold its thresholds: every number that decides is moved a little, and must be missed.

A number in `when` that could be another without any example saying something else is not tested, whatever the examples
look like. So each is moved up and down by the smallest step that a reader would call 'just': one, of what is counted in
whole numbers (days, scores); two in a hundred of money and shares, two fen beside zero. An example in between notices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import TypeAlias

from care.rules.book import Book
from care.rules.event_columns import event_units
from care.rules.examples import verdict
from features.expression import Call, Literal, Name, Node

Put: TypeAlias = Callable[[Node], Node]
_SHARE = 0.02
_BESIDE_ZERO = 0.02
_WHOLE_UNITS = ("count", "days", "hours", "years")
_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=", "between", "in")
_FALLBACKS = ("coalesce", "round")
_BOUNDS = ("least", "greatest")


@dataclass(frozen=True)
class Uncovered:
    """A number of the condition, and the neighbour that would do as well for all examples."""

    threshold: float | date
    neighbour: float | date


def uncovered(book: Book, rule_id: str) -> list[Uncovered]:
    """The thresholds of a rule's condition that no example holds in place, each with the neighbour that shows it."""
    rule, compiled = book.rules[rule_id], book.compiled[rule_id]
    rows = [example.given for example in rule.examples]
    said = [verdict(compiled, rule.key, row) for row in rows]
    found = []
    units = {**event_units(), **{name: signal.unit for name, signal in book.catalogue.signals.items()}}
    for literal, step, put in _thresholds(compiled.when.tree, units, ""):
        for neighbour in (_neighbour(literal.value, step), _neighbour(literal.value, -step)):
            moved = replace(compiled, when=replace(compiled.when, tree=put(replace(literal, value=neighbour))))
            if all(verdict(moved, rule.key, row) == before for row, before in zip(rows, said, strict=True)):
                found.append(Uncovered(_neighbour(literal.value, 0), neighbour))
    return found


def _thresholds(node: Node, units: Mapping[str, str], unit: str) -> Iterator[tuple[Literal, float, Put]]:
    """Every threshold below `node` with its step, and what puts another in its place."""
    if not isinstance(node, Call):
        return
    unit = _unit(node, units) or "" if node.of in _COMPARISONS else unit
    for at, argument in enumerate(node.arguments):
        put = partial(_put, node, at)
        if isinstance(argument, Literal) and _decides(node, at, argument):
            yield argument, _step(argument.value, "" if node.of in ("*", "/") else unit), put
        for literal, step, inner in _thresholds(argument, units, unit):
            yield literal, step, partial(_within, put, inner)


def _decides(node: Call, at: int, argument: Literal) -> bool:
    if argument.type not in ("number", "day") or (node.of in _FALLBACKS and at):
        return False
    branch = node.of == "case" and (at % 2 == 1 or at == len(node.arguments) - 1)
    return not ((branch or node.of in _BOUNDS) and argument.value == 0)


def _put(node: Call, at: int, argument: Node) -> Call:
    return replace(node, arguments=(*node.arguments[:at], argument, *node.arguments[at + 1 :]))


def _within(outer: Put, inner: Put, argument: Node) -> Node:
    return outer(inner(argument))


def _step(value: object, unit: str) -> float:
    if isinstance(value, date) or unit in _WHOLE_UNITS or (unit == "number" and float(str(value)).is_integer()):
        return 1.0
    return abs(float(str(value))) * _SHARE or _BESIDE_ZERO


def _neighbour(value: object, by: float) -> float | date:
    return value + timedelta(days=by) if isinstance(value, date) else float(str(value)) + by


def _unit(node: Node, units: Mapping[str, str]) -> str | None:
    """The unit in which a comparison's numbers stand: that of the first signal it names."""
    if isinstance(node, Name):
        return units.get(node.name)
    if not isinstance(node, Call):
        return None
    if node.of == "days_between":
        return "days"
    found = [_unit(argument, units) for argument in node.arguments]
    if node.of == "/" and len(found) == 2 and found[0] == found[1]:
        return "ratio"
    return next((unit for unit in found if unit), None)
