"""What people do with tasks: look, begin, record what came of it, put off, hand back, undo. Each is one event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from care.nouns import TaskState
from care.tasks.lifecycle import OPEN, Change, after
from care.tasks.outcomes import check_code, declines, outcomes
from care.tasks.store import Row, append_event, events_of, read_task
from care.tasks.tables import task_events, tasks
from features.errors import Refusal

_PERSONAL = (Change.SEEN, Change.BEGUN, Change.SNOOZED, Change.OUTCOME, Change.DECLINED)
_KEPT = ("state", "outcome", "snoozed_until", "due_on")


Key = str | None
"""Of the request that asks for a change: the same key again changes nothing more."""


@dataclass(frozen=True)
class _Act:
    """Who does something, when, with which words, asked for by which request."""

    who: str
    at: datetime
    note: str
    request_key: Key


def see(connection: sa.Connection, task_id: str, *, who: str, at: datetime, request_key: Key = None) -> Row:
    """A manager looked at the task; nothing happens if somebody has looked or begun already."""
    task = _held(connection, task_id)
    if task["state"] not in (TaskState.QUEUED, TaskState.ASSIGNED):
        return task
    return _change(connection, task, Change.SEEN, {}, _Act(who, at, "", request_key))


def begin(connection: sa.Connection, task_id: str, *, who: str, at: datetime, request_key: Key = None) -> Row:
    """A manager works on the task: it does not expire any more."""
    values = {"snoozed_until": None}
    return _change(connection, _held(connection, task_id), Change.BEGUN, values, _Act(who, at, "", request_key))


def record_outcome(
    connection: sa.Connection,
    task_id: str,
    outcome: str,
    *,
    who: str,
    at: datetime,
    note: str = "",
    request_key: Key = None,
) -> Row:
    """What came of it: a code of outcomes.yaml; the task is done. Refusal for an unknown code or an ended task."""
    check_code(outcome, outcomes(), "outcome")
    values = {"outcome": outcome, "snoozed_until": None}
    return _change(connection, _held(connection, task_id), Change.OUTCOME, values, _Act(who, at, note, request_key))


def decline(
    connection: sa.Connection,
    task_id: str,
    reason: str,
    *,
    who: str,
    at: datetime,
    note: str = "",
    request_key: Key = None,
) -> Row:
    """Hand the task back, with a code of declines.yaml, kept as its outcome."""
    check_code(reason, declines(), "reason")
    values = {"outcome": reason, "snoozed_until": None}
    return _change(connection, _held(connection, task_id), Change.DECLINED, values, _Act(who, at, note, request_key))


def snooze(
    connection: sa.Connection,
    task_id: str,
    until: date,
    *,
    who: str,
    at: datetime,
    most_days: int,
    request_key: Key = None,
) -> Row:
    """Let the task rest until a day, at most `most_days` after the day of its list; its last day moves with it."""
    task = _held(connection, task_id)
    last = task["day"] + timedelta(days=most_days)
    if not task["day"] < until <= last:
        remedy = f"give a day after {task['day']}, at the latest {last}"
        raise Refusal(f"cannot rest until {until}", place="until", remedy=remedy)
    values = {"snoozed_until": until, "due_on": max(until, task["due_on"])}
    return _change(connection, task, Change.SNOOZED, values, _Act(who, at, "", request_key))


def undo(connection: sa.Connection, task_id: str, *, who: str, at: datetime, request_key: Key = None) -> Row:
    """Take the last change back, as a new event.

    Refusal if the last change was none of a person's, or if the customer has another open task by now.
    """
    task, act = _held(connection, task_id), _Act(who, at, "", request_key)
    if _is_known(connection, task_id, act):
        return task
    last = events_of(connection, task_id)[-1]
    if last["event"] not in _PERSONAL or last["before"] is None:
        raise Refusal("nothing to undo", place="task", remedy="only the last change that a person made can be undone")
    other = sa.select(tasks.c.task_id).where(tasks.c.customer_id == task["customer_id"], tasks.c.task_id != task_id)
    if newer := connection.execute(other.where(tasks.c.state.in_([str(state) for state in OPEN]))).scalar():
        raise Refusal("the customer has a newer task", place="task", remedy=f"work on {newer}")
    return _write(connection, task, Change.UNDONE, _from_json(last["before"]), act)


def _held(connection: sa.Connection, task_id: str) -> Row:
    """The task, held until the transaction ends: two changes of one task come one after the other."""
    connection.execute(sa.select(tasks.c.task_id).where(tasks.c.task_id == task_id).with_for_update())
    return read_task(connection, task_id)


def _change(connection: sa.Connection, task: Row, change: Change, values: Row, act: _Act) -> Row:
    if _is_known(connection, task["task_id"], act):
        return task
    state = str(after(TaskState(task["state"]), change))
    return _write(connection, task, change, {**values, "state": state}, act)


def _is_known(connection: sa.Connection, task_id: str, act: _Act) -> bool:
    """Whether the request was fulfilled before; Refusal if its key was used for another task."""
    if act.request_key is None:
        return False
    query = sa.select(task_events.c.task_id).where(task_events.c.request_key == act.request_key)
    found = connection.execute(query).scalar()
    if found not in (None, task_id):
        raise Refusal("this request key was used for another task", place="request_key", remedy="use a new key")
    return found is not None


def _write(connection: sa.Connection, task: Row, change: Change, values: Row, act: _Act) -> Row:
    connection.execute(tasks.update().where(tasks.c.task_id == task["task_id"]).values(**values))
    before = {name: task[name] for name in _KEPT}
    event = {"at": act.at, "who": act.who, "event": str(change), "note": act.note, "request_key": act.request_key}
    told = {"before": _as_json(before), "after": _as_json({**before, **values})}
    append_event(connection, task["task_id"], {**event, **told})
    return {**task, **values}


def _as_json(values: Row) -> Row:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _from_json(values: dict[str, Any]) -> Row:
    days = {name: date.fromisoformat(values[name]) for name in ("snoozed_until", "due_on") if values.get(name)}
    return {**values, **days}
