"""What a rule's document may get wrong beyond the types of its fields: names, expressions, sentences, examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from string import Template

from care.rules.event_columns import event_types
from care.rules.rule import Moment, Rule, Words
from features.catalogue import Catalogue
from features.documents import Document
from features.errors import Refusal, nearest
from features.expression import Expression, Literal, Type, parse_expression


class Problem(Refusal):
    """Something that is wrong with a rule, and the field of its document in which it is."""

    def __init__(self, reason: str, *, place: str, field: str, remedy: str) -> None:
        super().__init__(reason, place=place, remedy=remedy)
        self.field = field

    @classmethod
    def of(cls, refusal: Refusal, field: str) -> Problem:
        """A refusal that another room made, with the field in which it found its reason."""
        return cls(refusal.reason, place=refusal.place, field=field, remedy=refusal.remedy)


AS_OF = "as_of"
"""A name that every expression may use beside the signals: the day of the run."""


@dataclass(frozen=True)
class Compiled:
    """A rule's expressions, checked."""

    when: Expression
    value: Expression
    probability: Expression
    until: Expression

    @property
    def names(self) -> frozenset[str]:
        """Everything that a match needs: what condition, stake and likelihood read."""
        return self.when.names | self.value.names | self.probability.names


def names_of(catalogue: Catalogue, on: Iterable[Moment] = ("day",)) -> dict[str, Type]:
    """The names that a rule may use, with their types: signals, the day of the run, and its event's columns."""
    return {**catalogue.types, **event_types(on), AS_OF: "day"}


class RuleCheck:
    """What one document may get wrong beyond the types of its fields."""

    def __init__(self, rule: Rule, document: Document, catalogue: Catalogue) -> None:
        self.rule = rule
        self.document = document
        self.names = names_of(catalogue, rule.on)
        self.compiled: Compiled | None = None

    def problems(self, known: Iterable[str]) -> list[Problem]:
        """Every problem of the rule; afterwards `compiled` is set if its expressions stand."""
        return [
            *self._identity(set(known)),
            *self._evidence(),
            *self._expressions(),
            *self._sentences(),
            *self._examples(),
        ]

    def _refuse(self, reason: str, remedy: str, *location: str | int) -> Problem:
        field = ".".join(str(part) for part in location)
        return Problem(reason, place=self.document.place(location), field=field, remedy=remedy)

    def _identity(self, known: set[str]) -> Iterator[Problem]:
        stem = self.document.path.stem
        if self.rule.id != stem:
            yield self._refuse(f"id '{self.rule.id}' in a file called '{stem}'", "give both the same name", "id")
        for field, others in (("supersedes", self.rule.supersedes), ("suppressed_by", self.rule.suppressed_by)):
            for position, other in enumerate(others):
                if other not in known:
                    yield self._refuse(f"unknown rule '{other}'", nearest(other, known), field, position)
                elif other == stem:
                    yield self._refuse(f"the rule names itself in '{field}'", "remove it", field, position)

    def _evidence(self) -> Iterator[Problem]:
        for field, names in (("evidence", self.rule.evidence), ("key", self.rule.key)):
            for position, name in enumerate(names):
                if name not in self.names:
                    yield self._refuse(f"unknown signal '{name}'", nearest(name, self.names), field, position)
                elif name in names[:position]:
                    yield self._refuse(f"signal '{name}' stands twice", "remove one", field, position)
                elif name not in self.rule.evidence:
                    yield self._refuse(f"key '{name}' is not in evidence", "add it to evidence", field, position)

    def _expressions(self) -> Iterator[Problem]:
        wanted: dict[str, Type] = {"when": "flag", "value": "number", "probability": "number", "until": "flag"}
        found: dict[str, Expression] = {}
        for field, wants in wanted.items():
            place = self.document.place((field,))
            try:
                found[field] = parse_expression(str(getattr(self.rule, field)), self.names, place=place, wants=wants)
            except Refusal as refusal:
                yield Problem.of(refusal, field)
                continue
            unseen = found[field].names - {AS_OF, *self.rule.evidence} if field != "until" else ()
            for name in sorted(unseen):
                yield self._refuse(f"'{name}' is used but not in evidence", "add it to evidence", field)
        if len(found) == len(wanted):
            self.compiled = Compiled(**found)
            tree = found["probability"].tree
            if isinstance(tree, Literal) and not 0 <= float(str(tree.value)) <= 1:
                yield self._refuse(f"probability {tree.value} is not between 0 and 1", "write a share", "probability")

    def _sentences(self) -> Iterator[Problem]:
        sentences: dict[str, Words] = {"reason": self.rule.reason, "talk_track": self.rule.talk_track}
        for field, words in sentences.items():
            for language in ("zh", "en"):
                template = Template(words.of(language))
                if not template.is_valid():
                    yield self._refuse("a '$' without a signal's name", "write '$$' for a dollar sign", field, language)
                for slot in template.get_identifiers():
                    if slot not in self.rule.evidence:
                        yield self._refuse(
                            f"slot '${slot}' is not in evidence", nearest(slot, self.rule.evidence), field, language
                        )

    def _examples(self) -> Iterator[Problem]:
        for position, example in enumerate(self.rule.examples):
            for name, value in example.given.items():
                at = ("examples", position, "given", name)
                if name not in self.names:
                    yield self._refuse(f"unknown signal '{name}'", nearest(name, self.names), *at)
                elif value is not None and not _fits(value, self.names[name]):
                    yield self._refuse(f"'{value}' is not a {self.names[name]}", "check the signal's type", *at)


def _fits(value: object, wanted: Type) -> bool:
    if wanted == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    kinds: dict[str, type] = {"text": str, "flag": bool, "day": date, "instant": date}
    return isinstance(value, kinds[wanted])
