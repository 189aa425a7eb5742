"""What the parts of a condition are called, and in which unit their values stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from care.rules.check import AS_OF
from care.rules.event_columns import event_units
from care.words import say_value, words_of
from features.catalogue import Catalogue
from features.expression import Call, Literal, Name, Node

_SUMS = ("+", "-")
_NUMBERS_ALIKE = ("+", "-", "minus", "abs", "least", "greatest", "coalesce", "floor", "ceil", "round")


def units_of(catalogue: Catalogue) -> dict[str, str]:
    """The unit of every name that a rule may use."""
    return {**event_units(), **{name: signal.unit for name, signal in catalogue.signals.items()}, AS_OF: "day"}


class Phrases:
    """Names and values in one language (zh or en) and currency; its words stand in words.yaml."""

    def __init__(self, catalogue: Catalogue, language: str, currency: str) -> None:
        self.signals = catalogue.signals
        self.units = units_of(catalogue)
        self.language = language
        self.currency = currency
        self.words: Mapping[str, Any] = words_of(language, Path(__file__).with_name("words.yaml"))

    def value(self, value: object, unit: str) -> str:
        """A value as a reader sees it."""
        return say_value(value, unit, self.language, self.currency)

    def listed(self, said: Sequence[str]) -> str:
        """Several phrases, one after the other."""
        return str(self.words["list"]).join(said)

    def phrase(self, node: Node) -> str:
        """What a value is called: the signal's name, or the names joined as they are computed."""
        if isinstance(node, Name):
            return self._name(node.name)
        if isinstance(node, Literal):
            return self.value(node.value, self.unit(node) or "number")
        phrases: Mapping[str, str] = self.words["phrases"]
        # A sum on the left of a sum needs no brackets: it is read from the left anyway.
        plain = node.of in _SUMS and isinstance(node.arguments[0], Call) and node.arguments[0].of in _SUMS
        parts = [self._nested(argument) for argument in node.arguments]
        parts[0] = self.phrase(node.arguments[0]) if plain else parts[0]
        template = phrases.get(node.of, phrases["condition"])
        return Template(template).substitute(a=parts[0], b=parts[-1], all=self.listed(parts))

    def _nested(self, node: Node) -> str:
        said = self.phrase(node)
        if isinstance(node, Call) and node.of in ("+", "-", "*", "/"):
            return Template(self.words["phrases"]["nested"]).substitute(a=said)
        return said

    def _name(self, name: str) -> str:
        if name == AS_OF:
            return str(self.words["as_of"])
        if name not in self.signals:
            return Template(self.words["event"]).substitute(column=name.removeprefix("event_"))
        signal = self.signals[name]
        return signal.zh if self.language == "zh" else signal.en

    def unit(self, node: Node) -> str | None:
        """The unit of a value; None for a bare number, which takes the unit of the other side."""
        if isinstance(node, Name):
            return self.units[node.name]
        if isinstance(node, Literal):
            return None if node.type == "number" else node.type
        units = [self.unit(argument) for argument in node.arguments]
        known = [unit for unit in units if unit]
        if node.of == "case":
            return next((unit for unit in units[1::2] if unit), None)
        if node.of in _NUMBERS_ALIKE:
            return known[0] if known else None
        if node.of == "*":
            return next((unit for unit in known if unit not in ("ratio", "probability")), known[0] if known else None)
        if node.of == "/":
            return "ratio" if len(known) == 2 and known[0] == known[1] else units[0] if not units[1] else "number"
        return {"days_between": "days", "day_of_month": "number"}.get(node.of)
