"""What the ways in read of tasks: a day, a task, a customer's tasks, the managers and their load."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from care.decisions.ledger import candidates, candidates_of
from care.nouns import TaskState
from care.preanswers.serve import pre_answers
from care.scheduler.runs import newest_done
from care.tasks.tables import manager_days, task_events, task_reasons, tasks

GROUPS: dict[str, tuple[str, ...]] = {
    "open": (TaskState.QUEUED, TaskState.ASSIGNED, TaskState.SEEN, TaskState.IN_PROGRESS),
    "snoozed": (TaskState.SNOOZED,),
    "closed": (TaskState.DONE, TaskState.DECLINED, TaskState.EXPIRED, TaskState.WITHDRAWN),
}
"""States as a manager sees them."""

NIGHT = "night"
Row = dict[str, Any]


def group_of(state: str) -> str:
    """open, snoozed or closed."""
    return next(name for name, states in GROUPS.items() if state in states)


def newest_day(connection: sa.Connection) -> date | None:
    """The day of the newest finished night; None before the first."""
    return newest_done(connection, NIGHT)


def managers_on(connection: sa.Connection, day: date) -> list[Row]:
    """The managers of a night with minutes, minutes given, tasks and waiting; who has tasks comes first."""
    query = sa.select(manager_days).where(manager_days.c.as_of == day)
    found = connection.execute(query.order_by(manager_days.c.manager_id)).mappings()
    return sorted((dict(row) for row in found), key=lambda row: row["tasks"] == 0)


def tasks_on(
    connection: sa.Connection, day: date, *, manager: str | None = None, state: str | None = None, limit: int = 1000
) -> list[Row]:
    """The tasks on a day's lists with their reasons, by manager and position; `state` is one of GROUPS."""
    query = sa.select(tasks).where(tasks.c.day == day)
    if manager is not None:
        query = query.where(tasks.c.manager_id == manager)
    if state is not None:
        query = query.where(tasks.c.state.in_(GROUPS[state]))
    order = (tasks.c.manager_id, sa.func.coalesce(tasks.c.position, 1_000_000), tasks.c.task_id)
    return _with_reasons(connection, query.order_by(*order).limit(limit))


def first_tasks(connection: sa.Connection, day: date, limit: int) -> list[Row]:
    """The day's tasks that are worth most a minute, whoever has them."""
    query = sa.select(tasks).where(tasks.c.day == day)
    return _with_reasons(connection, query.order_by(tasks.c.per_minute.desc(), tasks.c.task_id).limit(limit))


def task_of(connection: sa.Connection, task_id: str) -> Row | None:
    """One task with its reasons; None where there is none."""
    found = _with_reasons(connection, sa.select(tasks).where(tasks.c.task_id == task_id))
    return found[0] if found else None


def tasks_of_customer(connection: sa.Connection, customer_id: str) -> list[Row]:
    """All tasks of a customer, the newest first."""
    query = sa.select(tasks).where(tasks.c.customer_id == customer_id)
    return _with_reasons(connection, query.order_by(tasks.c.as_of.desc(), tasks.c.task_id))


def events_of(connection: sa.Connection, task_id: str) -> list[Row]:
    """Everything that happened to a task, in its order."""
    query = sa.select(task_events).where(task_events.c.task_id == task_id).order_by(task_events.c.number)
    return [dict(row) for row in connection.execute(query).mappings()]


def candidates_of_task(connection: sa.Connection, task: Row) -> list[Row]:
    """The candidates that became this task, as the newest night that listed it weighed them."""
    query = sa.select(candidates).where(candidates.c.task_id == task["task_id"])
    newest = sa.select(sa.func.max(candidates.c.as_of)).where(candidates.c.task_id == task["task_id"])
    query = query.where(candidates.c.as_of == newest.scalar_subquery())
    found = connection.execute(query.order_by(candidates.c.expected_minor.desc(), candidates.c.rule_id)).mappings()
    return [dict(row) for row in found]


def other_candidates(connection: sa.Connection, task: Row) -> list[Row]:
    """The customer's candidates of the task's day that did not become this task."""
    found = candidates_of(connection, task["customer_id"], task["day"])
    return [row for row in found if row["task_id"] != task["task_id"]]


def customers_with_answers(connection: sa.Connection, day: date, limit: int = 6) -> list[str]:
    """Customers whose first pre-answer of that night is surest, as examples."""
    query = sa.select(pre_answers.c.customer_id).where(pre_answers.c.as_of == day, pre_answers.c.rank == 1)
    query = query.order_by(pre_answers.c.confidence.desc(), pre_answers.c.customer_id).limit(limit)
    return list(connection.execute(query).scalars())


def _with_reasons(connection: sa.Connection, query: sa.Select[Any]) -> list[Row]:
    found = [{**row, "reasons": []} for row in connection.execute(query).mappings()]
    by_id = {row["task_id"]: row["reasons"] for row in found}
    for start in range(0, len(found), 500):
        some = [row["task_id"] for row in found[start : start + 500]]
        reasons = sa.select(task_reasons).where(task_reasons.c.task_id.in_(some))
        order = (task_reasons.c.task_id, task_reasons.c.rank, task_reasons.c.rule_id)
        for reason in connection.execute(reasons.order_by(*order)).mappings():
            by_id[reason["task_id"]].append(dict(reason))
    return found
