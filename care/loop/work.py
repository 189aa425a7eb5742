"""A managers' day: the tasks on their lists, in order, as far as their minutes go, each with its outcome noted."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from care.decisions.holdout import place
from care.loop.settings import Work
from care.nouns import TaskState
from care.tasks.service import record_outcome
from care.tasks.store import days_of_managers, tasks_of_day
from care.tasks.tables import task_events
from features.moments import midnight

REQUEST = "loop/"
"""How the request keys of a loop begin: an outcome noted twice is one."""
_LISTED = (TaskState.ASSIGNED, TaskState.SEEN, TaskState.IN_PROGRESS)


def work(connection: sa.Connection, day: date, *, seed: int, zone: ZoneInfo, settings: Work) -> None:
    """Do the day's tasks in the caller's transaction. What comes of one depends on seed, task and day.

    A manager works down the list until the minutes that the night found are used up; what is left waits for the next
    night. The same call again changes nothing.
    """
    left = {row["manager_id"]: 0 if row["away"] else int(row["minutes"]) for row in days_of_managers(connection, day)}
    spent: dict[str, int] = defaultdict(int)
    morning = midnight(day, zone).replace(tzinfo=UTC) + timedelta(hours=settings.first_hour)
    for task in tasks_of_day(connection, day):
        manager = task["manager_id"]
        if task["state"] not in _LISTED or spent[manager] + task["minutes"] > left.get(manager, 0):
            continue
        spent[manager] += task["minutes"]
        at = morning + timedelta(minutes=spent[manager])
        _call(connection, task["task_id"], manager, day, at, seed, settings)


def done_on(connection: sa.Connection, day: date) -> int:
    """How many tasks of a day managers have done."""
    query = sa.select(sa.func.count()).where(task_events.c.request_key.like(f"{REQUEST}{day}/%"))
    found: int = connection.execute(query).scalar_one()
    return found


def _call(
    connection: sa.Connection, task_id: str, manager: str, day: date, at: datetime, seed: int, settings: Work
) -> None:
    drawn, passed = place(task_id, f"loop outcome {seed} {day}"), 0.0
    outcome = next(iter(settings.outcomes))
    for code, share in settings.outcomes.items():
        passed += share
        if drawn < passed:
            outcome = code
            break
    record_outcome(connection, task_id, outcome, who=manager, at=at, request_key=f"{REQUEST}{day}/{task_id}")
