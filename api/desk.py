"""What the ways in ask of tasks beyond the store: states in groups, the first of a day, candidates behind a task."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from care.decisions.ledger import candidates, candidates_of
from care.nouns import TaskState
from care.preanswers.serve import pre_answers
from care.tasks.store import days_of_managers, tasks_of_day

GROUPS: dict[str, tuple[str, ...]] = {
    "open": (TaskState.QUEUED, TaskState.ASSIGNED, TaskState.SEEN, TaskState.IN_PROGRESS),
    "snoozed": (TaskState.SNOOZED,),
    "closed": (TaskState.DONE, TaskState.DECLINED, TaskState.EXPIRED, TaskState.WITHDRAWN),
}
"""States as a manager sees them."""

Row = dict[str, Any]


def group_of(state: str) -> str:
    """open, snoozed or closed."""
    return next(name for name, states in GROUPS.items() if state in states)


def managers_on(connection: sa.Connection, day: date) -> list[Row]:
    """The managers of a day; those who have tasks come first."""
    return sorted(days_of_managers(connection, day), key=lambda row: row["tasks"] == 0)


def first_tasks(connection: sa.Connection, day: date, limit: int) -> list[Row]:
    """The day's tasks that are worth most a minute, whoever has them."""
    ranked = sorted(tasks_of_day(connection, day), key=lambda row: (-row["per_minute"], row["task_id"]))
    return ranked[:limit]


def candidates_of_task(connection: sa.Connection, task: Mapping[str, Any]) -> list[Row]:
    """The candidates that became this task, as the newest night that listed it weighed them; the strongest first."""
    mine = candidates.c.task_id == task["task_id"]
    newest = sa.select(sa.func.max(candidates.c.as_of)).where(mine).scalar_subquery()
    query = sa.select(candidates).where(mine, candidates.c.as_of == newest)
    query = query.order_by(candidates.c.expected_minor.desc(), candidates.c.rule_id, candidates.c.key)
    return [dict(row) for row in connection.execute(query).mappings()]


def other_candidates(connection: sa.Connection, task: Mapping[str, Any]) -> list[Row]:
    """The customer's candidates of the task's day that did not become this task."""
    found = candidates_of(connection, task["customer_id"], task["day"])
    return [row for row in found if row["task_id"] != task["task_id"]]


def customers_with_answers(connection: sa.Connection, day: date, limit: int = 6) -> list[str]:
    """Customers whose first pre-answer of that night is surest, as examples."""
    query = sa.select(pre_answers.c.customer_id).where(pre_answers.c.as_of == day, pre_answers.c.rank == 1)
    query = query.order_by(pre_answers.c.confidence.desc(), pre_answers.c.customer_id).limit(limit)
    return list(connection.execute(query).scalars())
