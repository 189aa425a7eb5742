"""What an expression is once it was checked: a small tree of names, literals and calls, each with its type."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

Type = typing.Literal["number", "text", "flag", "day", "instant"]


@dataclass(frozen=True)
class Name:
    """A named value of the row."""

    name: str
    type: Type


@dataclass(frozen=True)
class Literal:
    """A value written in the text; numbers are always floats, as the engine sees them."""

    value: float | str | bool | date
    type: Type


@dataclass(frozen=True)
class Call:
    """An operator or function over its arguments.

    `of` is one of: and, or (two arguments or more), not, =, <>, <, <=, >, >=, between (value, low, high), in
    (value, then the list), is null, +, -, *, /, minus, case (when, then, when, then ... and perhaps an else),
    or a function's name.
    """

    of: str
    arguments: tuple[Node, ...]
    type: Type


Node: typing.TypeAlias = "Name | Literal | Call"


@dataclass(frozen=True)
class Expression:
    """A checked expression: `text` as written, `tree`, the `type` of its value, and the `names` it reads."""

    text: str
    tree: Node
    type: Type
    names: frozenset[str]


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, parents first, left to right."""
    yield node
    if isinstance(node, Call):
        for argument in node.arguments:
            yield from walk(argument)
