"""Why a rule matched or did not, in words: its condition leaf by leaf over one row, and its sentences filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from string import Template
from typing import Any

from care.rules.book import Book
from care.rules.check import AS_OF
from care.rules.evidence import read_evidence
from care.rules.phrases import Phrases
from care.words import say_value
from features.expression import Call, Literal, Node
from features.expression.row import evaluate_node

_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
_COMPUTED = ("case", "greatest", "least", "*")


@dataclass(frozen=True)
class Finding:
    """One part of a condition over one row.

    answer: True, False, or None for not enough data. sentence: in words, with values and threshold. parts: of what it
    is made (and, or, not); none for a leaf. value and threshold: of a comparison, as numbers, text or days.
    """

    sentence: str
    answer: bool | None
    parts: tuple[Finding, ...] = ()
    value: object = None
    threshold: object = None

    def as_json(self) -> dict[str, Any]:
        """The finding for machines: the same fields, days as text."""
        plain = {"value": self.value, "threshold": self.threshold}
        said = {name: value.isoformat() if isinstance(value, date) else value for name, value in plain.items()}
        return {
            "sentence": self.sentence,
            "answer": self.answer,
            **said,
            "parts": [part.as_json() for part in self.parts],
        }


def explain(
    book: Book, rule_id: str, evidence: str | Mapping[str, object], as_of: date, language: str, currency: str
) -> Finding:
    """The condition of a rule over stored evidence (or any row of signals), leaf by leaf, in `language` (zh or en)."""
    book.rule(rule_id)
    row = {**read_evidence(evidence, book.types), AS_OF: as_of}
    phrases = Phrases(book.catalogue, language, currency)
    return _Reader(phrases, row).finding(book.compiled[rule_id].when.tree)


def say(book: Book, rule_id: str, evidence: str | Mapping[str, object], language: str, currency: str) -> str:
    """The rule's reason as managers read it, with the evidence in its slots."""
    return _filled(book, book.rule(rule_id).reason.of(language), evidence, language, currency)


def say_talk_track(book: Book, rule_id: str, evidence: str | Mapping[str, object], language: str, currency: str) -> str:
    """What the manager may say and must not, with the evidence in its slots."""
    return _filled(book, book.rule(rule_id).talk_track.of(language), evidence, language, currency)


def _filled(book: Book, text: str, evidence: str | Mapping[str, object], language: str, currency: str) -> str:
    row, template = read_evidence(evidence, book.types), Template(" ".join(text.split()))
    say_slot = partial(say_value, language=language, currency=currency)
    slots = {name: say_slot(row.get(name), book.catalogue.signals[name].unit) for name in template.get_identifiers()}
    return template.substitute(slots)


class _Reader:
    """Reads a condition out over one row."""

    def __init__(self, phrases: Phrases, row: Mapping[str, object]) -> None:
        self.phrases = phrases
        self.row = row

    def finding(self, node: Node, whole: Node | None = None) -> Finding:
        """The finding of a flag and of everything below it; `whole` is the fallback around it that gives the answer."""
        whole = whole or node
        if isinstance(node, Call):
            if node.of in ("and", "or", "not"):
                return self._group(node.of, node.arguments, whole)
            if node.of == "case":
                return self._group("and", self._taken(node), whole)
            if node.of == "coalesce":
                return self.finding(node.arguments[0], whole)
            if node.of in _COMPARISONS:
                return self._comparison(node, whole)
            if node.of in ("between", "in", "is null"):
                return self._listed(node, whole)
        return Finding(self._sentence("other", whole, left=self.phrases.phrase(node)), self._answer(whole))

    def _group(self, of: str, arguments: tuple[Node, ...], whole: Node) -> Finding:
        parts = tuple(self.finding(argument) for argument in arguments)
        return Finding(self._sentence(of, whole), self._answer(whole), parts)

    def _taken(self, node: Call) -> tuple[Node, ...]:
        """Of a choice: the condition that holds and its branch, or all conditions and the last branch."""
        whens, branches = node.arguments[: len(node.arguments) // 2 * 2 : 2], node.arguments[1::2]
        for when, branch in zip(whens, branches, strict=True):
            if self._answer(when):
                return when, branch
        return (*whens, node.arguments[-1]) if len(node.arguments) % 2 else whens

    def _comparison(self, node: Call, whole: Node) -> Finding:
        left, right = node.arguments
        unit = self.phrases.unit(left) or self.phrases.unit(right) or "number"
        computed = isinstance(right, Literal) or (isinstance(right, Call) and right.of in _COMPUTED)
        sentence = self._sentence(
            "threshold" if computed else "compare",
            whole,
            left=self.phrases.phrase(left),
            left_value=self._value(left, unit),
            sign=self.phrases.words["signs"][node.of],
            right="" if computed else self.phrases.phrase(right),
            right_value=self._value(right, unit),
        )
        value, threshold = evaluate_node(left, self.row), evaluate_node(right, self.row)
        return Finding(sentence, self._answer(whole), (), value, threshold)

    def _listed(self, node: Call, whole: Node) -> Finding:
        left, *others = node.arguments
        unit = self.phrases.unit(left) or "number"
        said = [self._value(other, unit) for other in others]
        slots = {
            "left": self.phrases.phrase(left),
            "left_value": self._value(left, unit),
            "items": self.phrases.listed(said),
        }
        if node.of == "between":
            slots |= {"low": said[0], "high": said[1]}
        sentence = self._sentence(node.of.replace(" ", "_"), whole, **slots)
        return Finding(sentence, self._answer(whole), (), evaluate_node(left, self.row))

    def _answer(self, node: Node) -> bool | None:
        value = evaluate_node(node, self.row)
        return None if value is None else bool(value)

    def _sentence(self, form: str, node: Node, **slots: str) -> str:
        answer = {True: "met", False: "not_met", None: "unknown"}[self._answer(node)]
        words = self.phrases.words
        return Template(words["sentences"][form]).substitute(slots, answer=words["answers"][answer])

    def _value(self, node: Node, unit: str) -> str:
        return self.phrases.value(evaluate_node(node, self.row), unit)
