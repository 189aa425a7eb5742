"""Today's tasks of a manager, one task with its why, and the two forms that change a task."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Query, Request
from starlette.responses import RedirectResponse, Response

from api import audit, desk
from api.bank import now
from api.doors import TheService, Visitor
from api.once import once
from api.schemas import State, Text
from api.views.tasks import day_view, detail_view, teller_for
from api.web.render import language_of, page
from api.web.session_pages import check_form

router = APIRouter()
Token = Annotated[str, Form(max_length=200)]
Once = Annotated[Text, Form(min_length=8, max_length=100)]
Back = Annotated[str, Form(max_length=500)]
FormTask = Annotated[Text, Form(max_length=300)]


@router.get("/tasks")
def tasks_page(
    request: Request,
    service: TheService,
    user: Visitor,
    manager: Annotated[Text, Query(max_length=100)] = "",
    state: State = "open",
    day: date | None = None,
) -> Response:
    """The newest night's tasks of one manager, in the order in which they should be done."""
    teller = teller_for(service, language_of(request))
    with service.bank.engine.begin() as connection:
        shown = day_view(connection, teller, manager=manager, state=state, day=day)
        seen = [task["customer_id"] for task in shown["tasks"]]
        audit.note(connection, at=now(), who=user.name, action="list tasks", customer_ids=seen, path="/tasks")
    frame = {"here": "tasks", "outcomes": desk.OUTCOMES, "about": service.about(teller.language)}
    return page(request, "tasks.html", user, **frame, **shown)


@router.get("/task")
def task_page(
    request: Request, service: TheService, user: Visitor, task_id: Annotated[Text, Query(alias="id", max_length=300)]
) -> Response:
    """Why one task exists, what it was weighed against, and what happened to it."""
    teller = teller_for(service, language_of(request))
    with service.bank.engine.begin() as connection:
        row = desk.task(connection, task_id)
        if row is None:
            raise HTTPException(404)
        shown = detail_view(connection, row, teller)
        audit.note(
            connection,
            at=now(),
            who=user.name,
            action="show task",
            customer_ids=[row["customer_id"]],
            path=f"/task {task_id}",
        )
    frame = {"here": "tasks", "outcomes": desk.OUTCOMES, "about": service.about(teller.language)}
    return page(request, "task.html", user, **frame, **shown)


@router.post("/task/outcome")
def outcome_form(
    service: TheService,
    user: Visitor,
    token: Token,
    task_id: FormTask,
    once_key: Annotated[Text, Form(alias="once", min_length=8, max_length=100)],
    outcome: Annotated[Text, Form(max_length=40)],
    back: Back,
    note: Annotated[Text, Form(max_length=500)] = "",
) -> Response:
    """Record what came of a task; the same form sent twice records once."""
    check_form(service, user, token)

    def effect(connection: Any) -> dict[str, Any]:
        _known(connection, task_id)
        return desk.record_outcome(connection, task_id, outcome, note, who=user.name, at=now())

    once(service.bank.engine, who=user.name, key=once_key, asked=[task_id, outcome, note], at=now(), effect=effect)
    return _return(back, "outcome")


@router.post("/task/snooze")
def snooze_form(
    service: TheService,
    user: Visitor,
    token: Token,
    task_id: FormTask,
    once_key: Annotated[Text, Form(alias="once", min_length=8, max_length=100)],
    until: Annotated[date, Form()],
    back: Back,
) -> Response:
    """Let a task rest until a day."""
    check_form(service, user, token)

    def effect(connection: Any) -> dict[str, Any]:
        _known(connection, task_id)
        return desk.snooze(connection, task_id, until, who=user.name, at=now())

    once(service.bank.engine, who=user.name, key=once_key, asked=[task_id, until], at=now(), effect=effect)
    return _return(back, "snooze")


def _known(connection: Any, task_id: str) -> None:
    if desk.task(connection, task_id) is None:
        raise HTTPException(404)


def _return(back: str, notice: str) -> Response:
    """To the page the form came from; an address of another site is not followed."""
    ours = back.startswith(("/tasks", "/task?")) and "\\" not in back and not any(ord(letter) < 33 for letter in back)
    target = back if ours else "/tasks"
    return RedirectResponse(f"{target}{'&' if '?' in target else '?'}notice={notice}", 303)
