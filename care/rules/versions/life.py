"""The life of a rule's version: which step is possible after which, and for whom. Pure: no database, no clock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from features.errors import Refusal


class State(StrEnum):
    """Where a version stands."""

    DRAFT = "draft"
    CHECKED = "checked"
    REPLAYED = "replayed"
    APPROVED = "approved"
    SHADOW = "shadow"
    LIVE = "live"
    RETIRED = "retired"


STARTS: Mapping[State, tuple[State | None, ...]] = MappingProxyType(
    {
        State.DRAFT: (None,),
        State.CHECKED: (State.DRAFT,),
        State.REPLAYED: (State.CHECKED, State.REPLAYED),
        State.APPROVED: (State.REPLAYED,),
        State.SHADOW: (State.APPROVED,),
        State.LIVE: (State.SHADOW, State.LIVE),
        State.RETIRED: (State.DRAFT, State.CHECKED, State.REPLAYED, State.APPROVED, State.SHADOW, State.LIVE),
    }
)
"""Per state: the states from which a step leads to it (None: a version that nobody knows yet)."""


@dataclass(frozen=True)
class Step:
    """One step of a version: to which state, who, when (aware, as text), what was said, and of a live one the share."""

    state: State
    who: str
    at: str
    note: str = ""
    share: float | None = None


def check_step(before: Sequence[Step], step: Step) -> None:
    """Refusal where the step is not possible: out of turn, approved by its author, a share that takes customers off."""
    now = before[-1].state if before else None
    if now not in STARTS[step.state]:
        known = ", ".join(str(one) for one in STARTS[step.state] if one)
        raise Refusal(f"a version that is {now or 'new'} cannot become {step.state}", place="version",
                      remedy=f"possible from {known}")  # fmt: skip
    if step.state is State.APPROVED and step.who == before[0].who:
        raise Refusal(f"{step.who} wrote it", place="approve", remedy="a second person approves")
    if step.state is State.LIVE:
        old = before[-1].share or 0.0
        if step.share is None or not old <= step.share <= 1 or step.share <= 0:
            remedy = f"give a share of at least {old:g}" if old else "give a share above 0"
            raise Refusal("the share of customers only grows, up to 1", place="--share", remedy=remedy)


def hash_of(text: str) -> str:
    """The hash of a version's content."""
    return hashlib.sha256(text.encode()).hexdigest()


def link(previous: str, rule_id: str, version: int, step: Step) -> str:
    """The hash of a step over everything before it: a step that was changed, added or taken away later shows."""
    said: dict[str, Any] = {"rule_id": rule_id, "version": version, "state": str(step.state), "who": step.who,
                            "at": step.at, "note": step.note, "share": step.share}  # fmt: skip
    return hashlib.sha256(f"{previous}{json.dumps(said, sort_keys=True, ensure_ascii=False)}".encode()).hexdigest()
