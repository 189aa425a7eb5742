"""Tasks: the list in its order, one with its reasons, what came of it, and rest until a day."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query

from api import audit, desk
from api.bank import now
from api.doors import Caller, TheService
from api.once import once
from api.schemas import Changed, IdempotencyKey, Language, OutcomeIn, SnoozeIn, State, TaskDetail, TaskId, Tasks, Text
from api.views.tasks import detail_json, item_json, teller_for

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
        as_of = day or desk.newest_day(connection)
        rows = desk.tasks_on(connection, as_of, manager, state, limit) if as_of else []
        shown = [item_json(connection, row, teller) for row in rows]
        seen = [row["customer_id"] for row in rows]
        audit.note(connection, at=now(), who=user.name, action="list tasks", customer_ids=seen, path="/v1/tasks")
    return {"as_of": as_of, "tasks": shown}


@router.post("/tasks/{task_id:path}/outcome", response_model=Changed)
def record_outcome(service: TheService, user: Caller, task_id: TaskId, given: OutcomeIn, key: IdempotencyKey) -> Any:
    """Record what came of a task; sent twice with one Idempotency-Key, it is recorded once."""
    asked = ["outcome", task_id, given.outcome, given.note]

    def effect(connection: Any) -> dict[str, Any]:
        _known(connection, task_id)
        return desk.record_outcome(connection, task_id, given.outcome, given.note, who=user.name, at=now())

    return once(service.bank.engine, who=user.name, key=key, asked=asked, at=now(), effect=effect)


@router.post("/tasks/{task_id:path}/snooze", response_model=Changed)
def snooze(service: TheService, user: Caller, task_id: TaskId, given: SnoozeIn, key: IdempotencyKey) -> Any:
    """Let a task rest until a day; sent twice with one Idempotency-Key, it is done once."""

    def effect(connection: Any) -> dict[str, Any]:
        _known(connection, task_id)
        return desk.snooze(connection, task_id, given.until, who=user.name, at=now())

    return once(
        service.bank.engine, who=user.name, key=key, asked=["snooze", task_id, given.until], at=now(), effect=effect
    )


@router.get("/tasks/{task_id:path}", response_model=TaskDetail)
def show_task(service: TheService, user: Caller, task_id: TaskId, language: Language = "zh") -> Any:
    """One task: reasons with evidence, the customer's other candidates and why they are none, what happened to it."""
    teller = teller_for(service, language)
    with service.bank.engine.begin() as connection:
        row = _known(connection, task_id)
        shown = detail_json(connection, row, teller)
        seen = [row["customer_id"]]
        audit.note(
            connection, at=now(), who=user.name, action="show task", customer_ids=seen, path=f"/v1/tasks/{task_id}"
        )
    return shown


@router.get("/outcomes", response_model=list[str])
def list_outcomes(user: Caller) -> Any:
    """The codes that an outcome may have."""
    return list(desk.OUTCOMES)


def _known(connection: Any, task_id: str) -> dict[str, Any]:
    row = desk.task(connection, task_id)
    if row is None:
        raise HTTPException(404, "no such task")
    return row
