"""A night's decisions written into the stored tasks: what is new, what goes on, what ends; each change one event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from care.decisions.inputs import Decisions
from care.nouns import TaskState
from care.tasks.lifecycle import Change, after
from care.tasks.store import Row, newest_numbers
from care.tasks.tables import manager_days, task_events, task_reasons, tasks
from features.database import upsert
from features.errors import Refusal

NIGHT = "night"
"""Who changes a task when no person does."""
EVENT = "event"
_UNTOLD = ("kept", "resting", "waiting")  # what the night may say of a task to which nothing happened
_TOLD = ("state", "manager_id", "day", "position", "deadline", "due_on", "minutes", "snoozed_until")
_CONTENT = ("manager_id", "deadline", "due_on", "minutes")

Known = Mapping[tuple[str, str, str], date]


def write_plan(
    connection: sa.Connection,
    decisions: Decisions,
    before: Sequence[Row],
    known_reasons: Sequence[Row],
    *,
    as_of: date,
    at: datetime,
) -> None:
    """Store a night's plan in the caller's transaction.

    before and known_reasons: the open tasks and their reasons as the night read them. `at`: the instant of its events.
    """
    write_tasks(connection, decisions, before, known_reasons, as_of=as_of, at=at)
    connection.execute(manager_days.delete().where(manager_days.c.as_of == as_of))
    if len(decisions.managers):
        connection.execute(manager_days.insert(), [{"as_of": as_of, **row} for row in _rows(decisions.managers)])


def write_tasks(
    connection: sa.Connection,
    decisions: Decisions,
    before: Sequence[Row],
    known_reasons: Sequence[Row],
    *,
    as_of: date,
    at: datetime,
    who: str = NIGHT,
) -> None:
    """Store tasks, reasons and events of a decision; the managers' days stay as the night planned them."""
    old = {row["task_id"]: row for row in before}
    since = {(row["task_id"], row["rule_id"], row["key"]): row["as_of"] for row in known_reasons}
    new = _rows(decisions.tasks)
    columns = [column.name for column in tasks.columns]
    upsert(connection, tasks, [{name: row[name] for name in columns} for row in new])
    fresh = _write_reasons(connection, decisions.reasons, since, as_of)
    numbers = newest_numbers(connection, list(old))
    events = [_event(row, old.get(row["task_id"]), row["task_id"] in fresh) for row in new]
    told = [
        {"at": at, "who": who, "number": numbers.get(event["task_id"], 0) + 1, "note": "", **event}
        for event in events
        if event is not None
    ]
    if told:
        connection.execute(task_events.insert(), told)


def _write_reasons(connection: sa.Connection, reasons: pd.DataFrame, since: Known, as_of: date) -> set[str]:
    """Store the reasons that are true tonight; the ids of tasks that have one they did not have before."""
    columns = ["task_id", "rule_id", "key", "rank", "rule_version", "candidate_id", "value_minor", "expected_minor"]
    rows = [
        {**row, "as_of": since.get((row["task_id"], row["rule_id"], row["key"]), as_of), "last_as_of": as_of}
        for row in _rows(reasons[[*columns, "evidence"]])
    ]
    upsert(connection, task_reasons, rows)
    return {row["task_id"] for row in rows if (row["task_id"], row["rule_id"], row["key"]) not in since}


def _event(row: Row, old: Row | None, fresh: bool) -> Row | None:
    """What happened to a task tonight; None for nothing. Refusal where its state did not allow it: a defect."""
    code = row["event"]
    if code in _UNTOLD:
        if old is None or not (fresh or any(row[name] != old[name] for name in _CONTENT)):
            return None
        code = str(Change.UPDATED)
    if old is not None and after(TaskState(old["state"]), Change(code)) != row["state"]:
        raise Refusal(f"task {row['task_id']} cannot become {row['state']} by {code}", place="night")
    before = None if old is None else _plain(old)
    return {"task_id": row["task_id"], "event": code, "before": before, "after": _plain(row)}


def _plain(row: Row) -> Row:
    told = {name: row[name] for name in _TOLD}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in told.items()}


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as the database takes them: plain Python values, None for what is missing."""
    plain = frame.astype(object)
    found: list[dict[str, Any]] = plain.where(plain.notna(), None).to_dict("records")  # type: ignore[assignment]
    return found
