"""Today's tasks of a manager, one task with its why, and the two forms that change a task."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from api import audit, changes
from api.bank import now
from api.doors import TheService, Visitor
from api.schemas import DeclineIn, OutcomeIn, SnoozeIn, State, Text
from api.views.tasks import choices, day_view, teller_for
from api.views.why import detail_view
from api.web.render import language_of, page
from api.web.session_pages import check_form
from care.tasks.store import find_task, read_task

router = APIRouter()


class TaskForm(BaseModel):
    """What every form on a task brings: whose page it was made for, which task, a key for doing it once."""

    token: str = Field(max_length=200)
    task_id: Text = Field(max_length=100)
    once: Text = Field(min_length=8, max_length=100)
    back: str = Field("", max_length=500)


class OutcomeForm(TaskForm, OutcomeIn):
    """With what came of it."""


class SnoozeForm(TaskForm, SnoozeIn):
    """With the day until which it rests."""


class DeclineForm(TaskForm, DeclineIn):
    """With the reason."""


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
    frame = {"here": "tasks", **choices(teller), "about": service.about(teller.language)}
    return page(request, "tasks.html", user, **frame, **shown)


@router.get("/task")
def task_page(
    request: Request, service: TheService, user: Visitor, task_id: Annotated[Text, Query(alias="id", max_length=300)]
) -> Response:
    """Why one task exists, what it was weighed against, and what happened to it."""
    teller = teller_for(service, language_of(request))
    with service.bank.engine.begin() as connection:
        if find_task(connection, task_id) is None:
            raise HTTPException(404)
        changes.see(connection, user, task_id)
        row = read_task(connection, task_id)
        shown = detail_view(connection, row, teller)
        audit.note(
            connection,
            at=now(),
            who=user.name,
            action="show task",
            customer_ids=[row["customer_id"]],
            path=f"/task {task_id}",
        )
    frame = {"here": "tasks", **choices(teller), "about": service.about(teller.language)}
    return page(request, "task.html", user, **frame, **shown)


@router.post("/task/outcome")
def outcome_form(service: TheService, user: Visitor, form: Annotated[OutcomeForm, Form()]) -> Response:
    """Record what came of a task; the same form sent twice records once."""
    check_form(service, user, form.token)
    changes.record_outcome(service, user, form.task_id, form.once, form.outcome, form.note)
    return _return(form.back, "outcome")


@router.post("/task/snooze")
def snooze_form(service: TheService, user: Visitor, form: Annotated[SnoozeForm, Form()]) -> Response:
    """Let a task rest until a day."""
    check_form(service, user, form.token)
    changes.snooze(service, user, form.task_id, form.once, form.until)
    return _return(form.back, "snooze")


@router.post("/task/decline")
def decline_form(service: TheService, user: Visitor, form: Annotated[DeclineForm, Form()]) -> Response:
    """Hand a task back."""
    check_form(service, user, form.token)
    changes.decline(service, user, form.task_id, form.once, form.reason, "")
    return _return(form.back, "decline")


@router.post("/task/undo")
def undo_form(service: TheService, user: Visitor, form: Annotated[TaskForm, Form()]) -> Response:
    """Take the last change back."""
    check_form(service, user, form.token)
    changes.undo(service, user, form.task_id, form.once)
    return _return(form.back, "undo")


def _return(back: str, notice: str) -> Response:
    """To the page the form came from; an address of another site is not followed."""
    ours = back.startswith(("/tasks", "/task?")) and "\\" not in back and not any(ord(letter) < 33 for letter in back)
    target = back if ours else "/tasks"
    return RedirectResponse(f"{target}{'&' if '?' in target else '?'}notice={notice}", 303)
