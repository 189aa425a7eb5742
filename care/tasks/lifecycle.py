"""The life of a task: which change is possible in which state. Pure: no database, no clock."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from care.nouns import TaskState as State
from features.errors import Refusal


class Change(StrEnum):
    """What may happen to a task; by the night (the first six) or by a person."""

    CREATED = "created"
    ASSIGNED = "assigned"
    UPDATED = "updated"
    PUT_BACK = "put_back"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SEEN = "seen"
    BEGUN = "begun"
    SNOOZED = "snoozed"
    OUTCOME = "outcome"
    DECLINED = "declined"
    UNDONE = "undone"


OPEN = (State.QUEUED, State.ASSIGNED, State.SEEN, State.IN_PROGRESS, State.SNOOZED)
"""States of a task that is not over."""
OVER = tuple(state for state in State if state not in OPEN)
_LISTED = (State.ASSIGNED, State.SEEN, State.IN_PROGRESS)

TRANSITIONS: MappingProxyType[Change, tuple[tuple[State, ...], State | None]] = MappingProxyType(
    {
        Change.ASSIGNED: ((State.QUEUED, State.SNOOZED, State.ASSIGNED), State.ASSIGNED),
        Change.UPDATED: (OPEN, None),
        Change.PUT_BACK: ((*_LISTED, State.SNOOZED), State.QUEUED),
        Change.EXPIRED: ((State.QUEUED, State.ASSIGNED, State.SEEN), State.EXPIRED),
        Change.WITHDRAWN: ((State.QUEUED, State.ASSIGNED), State.WITHDRAWN),
        Change.SEEN: ((State.QUEUED, State.ASSIGNED), State.SEEN),
        Change.BEGUN: ((State.QUEUED, State.ASSIGNED, State.SEEN, State.SNOOZED), State.IN_PROGRESS),
        Change.SNOOZED: (OPEN, State.SNOOZED),
        Change.OUTCOME: (OPEN, State.DONE),
        Change.DECLINED: (OPEN, State.DECLINED),
    }
)
"""Per change: the states it starts from, and the state it leads to (None: stays)."""


def after(state: State, change: Change) -> State:
    """The state after a change; Refusal where the task's state does not allow it."""
    starts, leads = TRANSITIONS[change]
    if state not in starts:
        known = ", ".join(str(one) for one in starts)
        raise Refusal(f"a task that is {state} takes no '{change}'", place="task", remedy=f"possible while {known}")
    return leads or state
