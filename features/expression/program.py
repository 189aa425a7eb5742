"""Several expressions as one list of steps: a part that stands in many of them is computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np

from features.expression.operations import FALSE, OPERATIONS, TRUE, Array
from features.expression.tree import Call, Expression, Literal, Name, Node, Type, walk

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Step:
    """One operation: what it does, where its arguments stand, and the places that nobody reads after it."""

    of: str
    arguments: tuple[int, ...]
    place: int
    over: tuple[int, ...]


@dataclass(frozen=True)
class Program:
    """The steps; where each expression's answer will stand; what is read, and which texts are compared with it."""

    places: int
    names: Mapping[str, int]
    types: Mapping[str, Type]
    literals: Mapping[int, Literal]
    steps: tuple[Step, ...]
    answers: tuple[int, ...]

    @property
    def texts(self) -> frozenset[str]:
        """The texts that stand in the expressions: the vocabulary has to hold them."""
        return frozenset(str(one.value) for one in self.literals.values() if one.type == "text")

    def run(self, columns: Mapping[str, Array], ranks: Mapping[str, float]) -> list[Array]:
        """The answers over columns as in features.expression.operations, one an expression, each as long as they are.

        `columns`: what the expressions read, by name. `ranks`: the place of every text in the sorted vocabulary. An
        expression that reads nothing answers with one value. Never raises over columns of the form; a number that
        is not finite is unknown.
        """
        found: list[Array | None] = [None] * self.places
        for name, place in self.names.items():
            found[place] = columns[name]
        for place, literal in self.literals.items():
            found[place] = _constant(literal, ranks)
        with np.errstate(all="ignore"):
            for step in self.steps:
                found[step.place] = OPERATIONS[step.of](*(found[at] for at in step.arguments))
                for at in step.over:
                    found[at] = None
        return [found[place] for place in self.answers]


def compile_program(expressions: Sequence[Expression]) -> Program:
    """The expressions as one program; its answers stand in their order."""
    nodes: dict[Node, int] = {}
    order: list[Node] = []
    answers = [_placed(expression.tree, nodes, order) for expression in expressions]
    calls = [node for node in order if isinstance(node, Call)]
    last: dict[int, int] = {}
    for at, node in enumerate(calls):
        last |= {nodes[argument]: at for argument in node.arguments}
    kept = set(answers)
    over: dict[int, list[int]] = {}
    for place, at in last.items():
        if place not in kept and isinstance(order[place], Call):
            over.setdefault(at, []).append(place)
    steps = tuple(
        Step(_operation(node), tuple(nodes[one] for one in node.arguments), nodes[node], tuple(over.get(at, ())))
        for at, node in enumerate(calls)
    )
    names = {node.name: place for node, place in nodes.items() if isinstance(node, Name)}
    types = {node.name: node.type for node in order if isinstance(node, Name)}
    literals = {place: node for node, place in nodes.items() if isinstance(node, Literal)}
    return Program(len(order), names, types, literals, steps, tuple(answers))


def _placed(tree: Node, nodes: dict[Node, int], order: list[Node]) -> int:
    """The place of a tree's answer; everything below it gets one first, what has one keeps it."""
    for node in reversed(list(walk(tree))):
        if node not in nodes:
            nodes[node] = len(order)
            order.append(node)
    return nodes[tree]


def _operation(node: Call) -> str:
    instants = node.of == "days_between" and node.arguments[0].type == "instant"
    return "days_between instants" if instants else node.of


def _constant(literal: Literal, ranks: Mapping[str, float]) -> Array:
    value = literal.value
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, str):
        return np.float64(ranks[value])
    return np.float64(days_of(value) if isinstance(value, date) else value)


def days_of(day: date) -> int:
    """A day as days since 1970."""
    return (day - EPOCH).days


def microseconds_of(instant: datetime) -> int:
    """An instant (UTC where it has no zone) as microseconds since 1970."""
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
