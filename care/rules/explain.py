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
from care.rules.flip import Flip
from care.rules.phrases import Phrases, units_of
from care.rules.tree import COMPARISONS, Part, part_of
from care.words import say_value
from features.expression import Call, Literal, Name, Node

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
    return _Teller(phrases).finding(part_of(book.compiled[rule_id].when.tree, row, book.catalogue))


def say_flip(book: Book, flip: Flip | None, language: str, currency: str) -> str:
    """What would have changed the answer, as one sentence; where no single change would, that."""
    phrases = Phrases(book.catalogue, language, currency)
    if flip is None:
        return str(phrases.words["flip"]["none_"])
    unit = units_of(book.catalogue)[flip.signal]
    form = "other" if flip.to is None else "met" if flip.answer else "not_met"
    slots = {
        "signal": phrases.phrase(Name(flip.signal, "number")),
        "value": phrases.value(flip.value, unit),
        "to": phrases.value(flip.to, unit),
        "size": phrases.value(flip.size, "ratio"),
    }
    return Template(phrases.words["flip"][form]).substitute(slots)


def say(book: Book, rule_id: str, evidence: str | Mapping[str, object], language: str, currency: str) -> str:
    """The rule's reason as managers read it, with the evidence in its slots."""
    return _filled(book, book.rule(rule_id).reason.of(language), evidence, language, currency)


def say_talk_track(book: Book, rule_id: str, evidence: str | Mapping[str, object], language: str, currency: str) -> str:
    """What the manager may say and must not, with the evidence in its slots."""
    return _filled(book, book.rule(rule_id).talk_track.of(language), evidence, language, currency)


def _filled(book: Book, text: str, evidence: str | Mapping[str, object], language: str, currency: str) -> str:
    row, template = read_evidence(evidence, book.types), Template(" ".join(text.split()))
    say_slot = partial(say_value, language=language, currency=currency)
    units = units_of(book.catalogue)
    slots = {name: say_slot(row.get(name), units[name]) for name in template.get_identifiers()}
    return template.substitute(slots)


class _Teller:
    """Reads a condition's parts out."""

    def __init__(self, phrases: Phrases) -> None:
        self.phrases = phrases

    def finding(self, part: Part) -> Finding:
        """The part and everything below it, each with its sentence."""
        said = tuple(self.finding(one) for one in part.parts)
        return Finding(self._say(part), part.answer, said, part.value, part.threshold)

    def _say(self, part: Part) -> str:
        if part.of in COMPARISONS:
            return self._comparison(part, part.node)
        if part.of in ("between", "in", "is null"):
            return self._listed(part, part.node)
        left = self.phrases.phrase(part.node) if part.of == "other" else ""
        return self._sentence(part.of, part, left=left)

    def _comparison(self, part: Part, node: Node) -> str:
        left, right = node.arguments if isinstance(node, Call) else (node, node)
        unit = self.phrases.unit(left) or self.phrases.unit(right) or "number"
        computed = isinstance(right, Literal) or (isinstance(right, Call) and right.of in _COMPUTED)
        return self._sentence(
            "threshold" if computed else "compare",
            part,
            left=self.phrases.phrase(left),
            left_value=self.phrases.value(part.value, unit),
            sign=self.phrases.words["signs"][part.of],
            right="" if computed else self.phrases.phrase(right),
            right_value=self.phrases.value(part.threshold, unit),
        )

    def _listed(self, part: Part, node: Node) -> str:
        left = node.arguments[0] if isinstance(node, Call) else node
        unit = self.phrases.unit(left) or "number"
        said = [self.phrases.value(other, unit) for other in part.others]
        slots = {
            "left": self.phrases.phrase(left),
            "left_value": self.phrases.value(part.value, unit),
            "items": self.phrases.listed(said),
        }
        if part.of == "between":
            slots |= {"low": said[0], "high": said[1]}
        return self._sentence(part.of.replace(" ", "_"), part, **slots)

    def _sentence(self, form: str, part: Part, **slots: str) -> str:
        answer = {True: "met", False: "not_met", None: "unknown"}[part.answer]
        words = self.phrases.words
        return Template(words["sentences"][form]).substitute(slots, answer=words["answers"][answer])
