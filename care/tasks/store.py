"""Tasks as they are stored: read in the order of the day, one with its reasons and events, a customer's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from care.tasks.lifecycle import OPEN, OVER
from care.tasks.outcomes import outcomes
from care.tasks.tables import manager_days, task_events, task_reasons, tasks
from features.errors import Refusal

Row = dict[str, Any]


def newest_day(connection: sa.Connection) -> date | None:
    """The newest day that has a list of tasks."""
    found: date | None = connection.execute(sa.select(sa.func.max(manager_days.c.as_of))).scalar()
    return found


def tasks_of_day(connection: sa.Connection, day: date, manager_id: str | None = None) -> list[Row]:
    """The tasks on the lists of a day, by manager and position, each with its `reasons`; of one manager if given.

    A task stands on the newest day that listed it: one that was carried over is no longer on yesterday's list.
    """
    query = sa.select(tasks).where(tasks.c.day == day)
    if manager_id is not None:
        query = query.where(tasks.c.manager_id == manager_id)
    last = sa.func.coalesce(tasks.c.position, 1_000_000)
    return _with_reasons(connection, query.order_by(tasks.c.manager_id, last, tasks.c.task_id))


def tasks_of_customer(connection: sa.Connection, customer_id: str) -> list[Row]:
    """All tasks of a customer with their reasons, the newest first."""
    query = sa.select(tasks).where(tasks.c.customer_id == customer_id)
    return _with_reasons(connection, query.order_by(tasks.c.as_of.desc(), tasks.c.task_id))


def find_task(connection: sa.Connection, task_id: str) -> Row | None:
    """One task with its reasons; None if there is none."""
    found = _with_reasons(connection, sa.select(tasks).where(tasks.c.task_id == task_id))
    return found[0] if found else None


def read_task(connection: sa.Connection, task_id: str) -> Row:
    """One task with its reasons; Refusal if there is none."""
    found = find_task(connection, task_id)
    if found is None:
        raise Refusal(f"no task '{task_id}'", place="task", remedy="take an id from the list of tasks")
    return found


def events_of(connection: sa.Connection, task_id: str) -> list[Row]:
    """Everything that happened to a task, the first first."""
    query = sa.select(task_events).where(task_events.c.task_id == task_id).order_by(task_events.c.number)
    return [dict(row) for row in connection.execute(query).mappings()]


def days_of_managers(connection: sa.Connection, day: date) -> list[Row]:
    """Each manager's day as the night planned it (columns of manager_days), by manager."""
    query = sa.select(manager_days).where(manager_days.c.as_of == day).order_by(manager_days.c.manager_id)
    return [dict(row) for row in connection.execute(query).mappings()]


def open_tasks(connection: sa.Connection, customer_ids: Sequence[str] | None = None) -> list[Row]:
    """Every task that is not over (of these few customers, if given), held until the transaction ends."""
    query = _about(sa.select(tasks).where(tasks.c.state.in_([str(state) for state in OPEN])), customer_ids)
    return [dict(row) for row in connection.execute(query.order_by(tasks.c.task_id).with_for_update()).mappings()]


def open_reasons(connection: sa.Connection, customer_ids: Sequence[str] | None = None) -> list[Row]:
    """The reasons of tasks that are not over: task_id, customer_id, rule_id, key, as_of (first night), last_as_of, and
    the match as it stood last: rule_version, value_minor, evidence."""
    return _reasons_in(connection, [str(state) for state in OPEN], customer_ids=customer_ids)


def past_reasons(
    connection: sa.Connection, since: date | None = None, customer_ids: Sequence[str] | None = None
) -> list[Row]:
    """The reasons of tasks that are over: customer_id, rule_id, key, as_of (newest night of each), state, refused.

    Only those that were true on `since` or later, if it is given.
    """
    no = {code for code, outcome in outcomes().items() if outcome.refused}
    found = _reasons_in(connection, [str(state) for state in OVER], since, customer_ids)
    return [{**row, "as_of": row["last_as_of"], "refused": row["outcome"] in no} for row in found]


def append_event(connection: sa.Connection, task_id: str, event: Row) -> None:
    """Write one change of a task down under its next number; `event`: the other columns of task_events."""
    newest = sa.select(sa.func.max(task_events.c.number)).where(task_events.c.task_id == task_id)
    number = (connection.execute(newest).scalar() or 0) + 1
    connection.execute(task_events.insert(), {"task_id": task_id, "number": number, **event})


def newest_numbers(connection: sa.Connection, task_ids: Sequence[str]) -> dict[str, int]:
    """The newest event's number of each task that has one."""
    numbers: dict[str, int] = {}
    for part in _parts(task_ids):
        query = sa.select(task_events.c.task_id, sa.func.max(task_events.c.number)).group_by(task_events.c.task_id)
        numbers |= {row[0]: row[1] for row in connection.execute(query.where(task_events.c.task_id.in_(part)))}
    return numbers


def _about(query: sa.Select[Any], customer_ids: Sequence[str] | None) -> sa.Select[Any]:
    return query if customer_ids is None else query.where(tasks.c.customer_id.in_(customer_ids))


def _reasons_in(
    connection: sa.Connection,
    states: Sequence[str],
    since: date | None = None,
    customer_ids: Sequence[str] | None = None,
) -> list[Row]:
    said = ("task_id", "rule_id", "key", "as_of", "last_as_of", "rule_version", "value_minor", "evidence")
    of_reason = [task_reasons.c[name] for name in said]
    query: sa.Select[Any] = sa.select(*of_reason, tasks.c.customer_id, tasks.c.state, tasks.c.outcome)
    query = query.join(tasks, tasks.c.task_id == task_reasons.c.task_id)
    query = _about(query.where(tasks.c.state.in_(states)), customer_ids)
    if since is not None:
        query = query.where(task_reasons.c.last_as_of >= since)
    query = query.order_by(task_reasons.c.task_id, task_reasons.c.rule_id, task_reasons.c.key)
    return [dict(row) for row in connection.execute(query).mappings()]


def _with_reasons(connection: sa.Connection, query: sa.Select[Any]) -> list[Row]:
    found = [dict(row) for row in connection.execute(query).mappings()]
    reasons: dict[str, list[Row]] = {row["task_id"]: [] for row in found}
    # Reasons that are no longer true come after those that are.
    order = (task_reasons.c.task_id, task_reasons.c.last_as_of.desc(), task_reasons.c.rank, task_reasons.c.rule_id)
    for part in _parts(list(reasons)):
        chosen = sa.select(task_reasons).where(task_reasons.c.task_id.in_(part))
        for row in connection.execute(chosen.order_by(*order)).mappings():
            reasons[row["task_id"]].append(dict(row))
    return [{**row, "reasons": reasons[row["task_id"]]} for row in found]


def _parts(ids: Sequence[str], size: int = 1_000) -> Iterable[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
