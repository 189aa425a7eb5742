"""What people change: outcome, rest, hand back, undo; each request once, however often it is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import sqlalchemy as sa
from fastapi import HTTPException

from api.bank import now
from api.security import User
from api.service import Service
from care.decisions.policy import read_policy
from care.tasks import service as work
from care.tasks.store import find_task
from care.tasks.tables import task_events

Row = dict[str, Any]
Step = Callable[[sa.Connection, str], Row]


def record_outcome(service: Service, user: User, task_id: str, key: str, outcome: str, note: str) -> Row:
    """What came of a task."""

    def step(connection: sa.Connection, request: str) -> Row:
        return work.record_outcome(
            connection, task_id, outcome, who=user.name, at=now(), note=note, request_key=request
        )

    return _once(service, user, task_id, key, {"outcome": outcome}, step)


def snooze(service: Service, user: User, task_id: str, key: str, until: date) -> Row:
    """Let a task rest until a day."""
    most = read_policy().snooze.value.most_days

    def step(connection: sa.Connection, request: str) -> Row:
        return work.snooze(connection, task_id, until, who=user.name, at=now(), most_days=most, request_key=request)

    return _once(service, user, task_id, key, {"snoozed_until": until.isoformat()}, step)


def decline(service: Service, user: User, task_id: str, key: str, reason: str, note: str) -> Row:
    """Hand a task back."""

    def step(connection: sa.Connection, request: str) -> Row:
        return work.decline(connection, task_id, reason, who=user.name, at=now(), note=note, request_key=request)

    return _once(service, user, task_id, key, {"outcome": reason}, step)


def undo(service: Service, user: User, task_id: str, key: str) -> Row:
    """Take the last change back."""

    def step(connection: sa.Connection, request: str) -> Row:
        return work.undo(connection, task_id, who=user.name, at=now(), request_key=request)

    return _once(service, user, task_id, key, {}, step)


def see(connection: sa.Connection, user: User, task_id: str) -> None:
    """A manager looks at a task that nobody has looked at yet; one that is over stays as it is."""
    work.see(connection, task_id, who=user.name, at=now())


def _once(service: Service, user: User, task_id: str, key: str, asked: Row, step: Step) -> Row:
    """One transaction; 404 for an unknown task, 409 where this user's key was used to ask for something else."""
    request = f"{user.name}|{key}"
    with service.bank.engine.begin() as connection:
        if find_task(connection, task_id) is None:
            raise HTTPException(404, "no such task")
        known = connection.execute(sa.select(task_events).where(task_events.c.request_key == request)).first()
        if known is not None and (known.task_id, {name: known.after.get(name) for name in asked}) != (task_id, asked):
            raise HTTPException(409, "this Idempotency-Key was used for another request")
        return step(connection, request)
