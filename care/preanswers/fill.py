"""A topic's text with a customer's values in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from string import Template
from typing import Any

from care.preanswers.knowledge import Topic
from care.words import say_value
from features.errors import Refusal, nearest

WHOLE = ("days", "count")
"""Units of which only whole ones are said, begun ones left out."""

Filled = Mapping[str, Mapping[str, Any]]
"""Slot name -> {value, unit, currency where the unit is money}, as `predict` stores it; days as 2014-03-01."""


def fill(topic: Topic, section: str, language: str, slots: Filled) -> str | None:
    """The text of `section` (question, phone, desktop, script, app, wechat) in `language`.

    The first variant whose slots all have a value; None where there is none. Values are said in the language's own
    form and stay plain text: a `$` or a tag inside a value is shown as it is written (pages escape it as any text).
    Refusal for an unknown language or section.
    """
    variants = topic.texts.get((language, section))
    if variants is None:
        known = [f"{section} in {language}" for language, section in topic.texts]
        raise Refusal(
            f"topic {topic.id} has no {section} in {language}", remedy=nearest(f"{section} in {language}", known)
        )
    said = {name: say_slot(slot, language) for name, slot in slots.items()}
    for text in variants:
        if all(said.get(name) for name in text.slots):
            return Template(text.words).substitute(said)
    return None


def say_slot(slot: Mapping[str, Any], language: str) -> str:
    """One slot's value in words; empty where it has none."""
    value, unit = slot.get("value"), str(slot.get("unit", "text"))
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if unit in WHOLE:
        value = math.floor(value)  # "38.4 days ago" is nothing that a person says
    # A value from a bank's system may hold line ends; a sentence on the phone may not.
    return " ".join(say_value(value, unit, language, str(slot.get("currency", ""))).split())
