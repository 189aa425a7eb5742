"""The closed lists of outcomes and of reasons to hand a task back, with their words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from care.words import read_words
from features.errors import Refusal, nearest

_FOLDER = Path(__file__).parent


class Outcome(BaseModel):
    """What may come of a task: words, whether somebody spoke with the customer, whether the customer said no more."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str
    reached: bool
    refused: bool


@cache
def outcomes() -> Mapping[str, Outcome]:
    """Every outcome by its code, in the order in which it is offered."""
    said = read_words(_FOLDER / "outcomes.yaml")
    return {code: Outcome.model_validate(words) for code, words in said.items()}


def declines() -> Mapping[str, Mapping[str, str]]:
    """Every reason to hand a task back: {code: {zh, en}}."""
    return read_words(_FOLDER / "declines.yaml")


def task_words() -> Mapping[str, Mapping[str, Any]]:
    """Words of states and events: {states: {code: {zh, en}}, events: ...}."""
    return read_words(_FOLDER / "words.yaml")


def check_code(code: str, known: Mapping[str, Any], place: str) -> str:
    """The code itself; Refusal with the nearest one if it is not on the list."""
    if code not in known:
        raise Refusal(f"unknown {place} '{code}'", place=place, remedy=nearest(code, known))
    return code
