"""Tasks: the list in its order, one with its reasons, what came of it, and rest until a day."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query

from api import audit, changes
from api.bank import now
from api.desk import group_of
from api.doors import Caller, TheService
from api.schemas import (
    Changed,
    Choice,
    DeclineIn,
    IdempotencyKey,
    Language,
    OutcomeIn,
    SnoozeIn,
    State,
    TaskDetail,
    TaskId,
    Tasks,
    Text,
)
from api.views.tasks import item_json, teller_for
from api.views.why import detail_json
from care.tasks.outcomes import outcomes
from care.tasks.store import find_task, newest_day, tasks_of_day

router = APIRouter(tags=["tasks"])


@router.get("/tasks", response_model=Tasks)
def list_tasks(
    service: TheService,
    user: Caller,
    manager: Annotated[Text | None, Query(max_length=100)] = None,
    day: date | None = None,
    state: State | None = None,
    language: Language = "zh",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Any:
    """A day's tasks (default: the newest night's), first things first."""
    teller = teller_for(service, language)
    with service.bank.engine.begin() as connection:
        as_of = day or newest_day(connection)
        found = tasks_of_day(connection, as_of, manager) if as_of else []
        rows = [row for row in found if state in (None, group_of(row["state"]))][:limit]
        shown = [item_json(connection, row, teller) for row in rows]
        seen = [row["customer_id"] for row in rows]
        audit.note(connection, at=now(), who=user.name, action="list tasks", customer_ids=seen, path="/v1/tasks")
    return {"as_of": as_of, "tasks": shown}


@router.post("/tasks/{task_id}/outcome", response_model=Changed)
def record_outcome(service: TheService, user: Caller, task_id: TaskId, given: OutcomeIn, key: IdempotencyKey) -> Any:
    """Record what came of a task; sent twice with one Idempotency-Key, it is recorded once."""
    return _changed(changes.record_outcome(service, user, task_id, key, given.outcome, given.note))


@router.post("/tasks/{task_id}/snooze", response_model=Changed)
def snooze(service: TheService, user: Caller, task_id: TaskId, given: SnoozeIn, key: IdempotencyKey) -> Any:
    """Let a task rest until a day; sent twice with one Idempotency-Key, it is done once."""
    return _changed(changes.snooze(service, user, task_id, key, given.until))


@router.post("/tasks/{task_id}/decline", response_model=Changed)
def decline(service: TheService, user: Caller, task_id: TaskId, given: DeclineIn, key: IdempotencyKey) -> Any:
    """Hand a task back; sent twice with one Idempotency-Key, it is done once."""
    return _changed(changes.decline(service, user, task_id, key, given.reason, given.note))


@router.get("/tasks/{task_id}", response_model=TaskDetail)
def show_task(service: TheService, user: Caller, task_id: TaskId, language: Language = "zh") -> Any:
    """One task: reasons with evidence, the customer's other candidates and why they are none, what happened to it."""
    teller = teller_for(service, language)
    with service.bank.engine.begin() as connection:
        row = find_task(connection, task_id)
        if row is None:
            raise HTTPException(404, "no such task")
        shown = detail_json(connection, row, teller)
        seen = [row["customer_id"]]
        audit.note(
            connection, at=now(), who=user.name, action="show task", customer_ids=seen, path=f"/v1/tasks/{task_id}"
        )
    return shown


@router.get("/outcomes", response_model=list[Choice])
def list_outcomes(user: Caller) -> Any:
    """What may come of a task, in both languages, in the order in which it is offered."""
    return [{"code": code, "zh": one.zh, "en": one.en} for code, one in outcomes().items()]


def _changed(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("task_id", "state", "outcome", "snoozed_until")}
