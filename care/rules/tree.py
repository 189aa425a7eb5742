"""Why a rule says what it says to one row: its condition part by part, with the values that decided it. No words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from care.rules.book import Book
from care.rules.check import AS_OF
from care.rules.event_columns import event_units
from care.rules.flip import Flip, smallest_flip
from care.rules.matches import Truth
from features.catalogue import Catalogue
from features.expression import Call, Node
from features.expression.row import evaluate_node
from features.expression.tree import Name, walk

COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
_LISTED = ("between", "in", "is null")


@dataclass(frozen=True)
class Part:
    """One part of a condition over one row.

    of: and, or, not, a comparison, between, in, is null, or other. answer: True, False, None for not enough data.
    parts: of what it is made; none for a leaf. value, threshold: of a leaf, as numbers, text or days; others: the list
    of `in`, the ends of `between`. signals: what a leaf reads, each with the version of its definition. node: itself.
    """

    of: str
    answer: Truth
    parts: tuple[Part, ...]
    value: object
    threshold: object
    others: tuple[object, ...]
    signals: Mapping[str, str]
    node: Node

    def as_json(self) -> dict[str, Any]:
        """The part for machines; days as text."""
        return {
            "of": self.of,
            "answer": self.answer,
            "value": _plain(self.value),
            "threshold": _plain(self.threshold),
            "others": [_plain(one) for one in self.others],
            "signals": dict(self.signals),
            "parts": [part.as_json() for part in self.parts],
        }


@dataclass(frozen=True)
class EvidenceTree:
    """A rule's condition over one row, and the smallest single change that would have turned its answer.

    flip: None where the answer is unknown, or no change of one signal alone turns it.
    """

    rule_id: str
    rule_version: int
    condition: Part
    flip: Flip | None

    @property
    def answer(self) -> Truth:
        """What the condition says: True, False, None for not enough data."""
        return self.condition.answer

    def as_json(self) -> dict[str, Any]:
        """The tree for machines; days as text."""
        return {
            "rule": self.rule_id,
            "version": self.rule_version,
            "answer": self.answer,
            "condition": self.condition.as_json(),
            "flip": self.flip and self.flip.as_json(),
        }


def explain_match(book: Book, rule_id: str, row: Mapping[str, object]) -> EvidenceTree:
    """The evidence tree of a rule over one row of signals (and as_of, and an event's columns). Pure.

    `row`: name to value, None or absent for unknown, as read_evidence gives it. Raises Refusal for an unknown rule.
    """
    rule, when = book.rule(rule_id), book.compiled[rule_id].when
    units = {**event_units(), **{name: signal.unit for name, signal in book.catalogue.signals.items()}}
    return EvidenceTree(rule_id, rule.version, part_of(when.tree, row, book.catalogue), smallest_flip(when, row, units))


def part_of(node: Node, row: Mapping[str, object], catalogue: Catalogue, whole: Node | None = None) -> Part:
    """A flag and everything below it over one row; `whole`: the fallback around it that gives the answer."""
    return _Reader(row, catalogue).part(node, whole or node)


def signal_version(name: str, catalogue: Catalogue) -> str:
    """A hash of a signal's definition and of all that it is computed from: the same number means the same thing."""
    said = [signal.said for signal in catalogue.needed([name])]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:12]


class _Reader:
    def __init__(self, row: Mapping[str, object], catalogue: Catalogue) -> None:
        self.row = row
        self.catalogue = catalogue

    def part(self, node: Node, whole: Node) -> Part:
        if isinstance(node, Call):
            if node.of in ("and", "or", "not"):
                return self._group(node.of, node.arguments, whole)
            if node.of == "case":
                return self._group("and", self._taken(node), whole)
            if node.of == "coalesce":
                return self.part(node.arguments[0], whole)
            if node.of in COMPARISONS or node.of in _LISTED:
                return self._leaf(node, whole)
        return Part("other", self._answer(whole), (), None, None, (), self._signals(node), node)

    def _group(self, of: str, arguments: tuple[Node, ...], whole: Node) -> Part:
        parts = tuple(self.part(argument, argument) for argument in arguments)
        return Part(of, self._answer(whole), parts, None, None, (), {}, whole)

    def _taken(self, node: Call) -> tuple[Node, ...]:
        """Of a choice: the condition that holds and its branch, or all conditions and the last branch."""
        whens, branches = node.arguments[: len(node.arguments) // 2 * 2 : 2], node.arguments[1::2]
        for when, branch in zip(whens, branches, strict=True):
            if self._answer(when):
                return when, branch
        return (*whens, node.arguments[-1]) if len(node.arguments) % 2 else whens

    def _leaf(self, node: Call, whole: Node) -> Part:
        value, *others = (evaluate_node(argument, self.row) for argument in node.arguments)
        threshold = others[0] if node.of in COMPARISONS else None
        listed = () if node.of in COMPARISONS else tuple(others)
        return Part(node.of, self._answer(whole), (), value, threshold, listed, self._signals(node), node)

    def _signals(self, node: Node) -> dict[str, str]:
        names = sorted({one.name for one in walk(node) if isinstance(one, Name)} - {AS_OF})
        return {name: signal_version(name, self.catalogue) for name in names if name in self.catalogue.signals}

    def _answer(self, node: Node) -> Truth:
        value = evaluate_node(node, self.row)
        return None if value is None else bool(value)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
