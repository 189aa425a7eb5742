"""What is stored of tasks: the task, its reasons, everything that ever happened to it, and each manager's day."""

from __future__ import annotations

import sqlalchemy as sa

from features.database import Instant, metadata

tasks = sa.Table(
    "tasks", metadata,
    sa.Column("task_id", sa.String(40), primary_key=True),
    sa.Column("customer_id", sa.Text, nullable=False, index=True),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("manager_id", sa.Text, nullable=False),
    sa.Column("state", sa.String(20), nullable=False, index=True),
    sa.Column("position", sa.Integer),
    sa.Column("care_class", sa.String(20), nullable=False),
    sa.Column("deadline", sa.String(2), nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("value_minor", sa.BigInteger, nullable=False),
    sa.Column("expected_minor", sa.BigInteger, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("per_minute", sa.Float(53), nullable=False),
    sa.Column("snoozed_until", sa.Date),
    sa.Column("outcome", sa.String(40)),
    sa.Index("ix_tasks_day_manager", "day", "manager_id"),
)  # fmt: skip
"""One row a task. as_of: the night that made it; day: the newest night that put it on a list, at `position` from 1 in
its manager's day (None: not on a list). due_on: the last day to do it. Money in minor units: value_minor at stake,
expected_minor what the call is believed to bring after its cost; per_minute in currency units. outcome: a code of
outcomes.yaml, None before."""

task_reasons = sa.Table(
    "task_reasons", metadata,
    sa.Column("task_id", sa.String(40), sa.ForeignKey("tasks.task_id"), primary_key=True),
    sa.Column("rule_id", sa.String(64), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("rule_version", sa.Integer, nullable=False),
    sa.Column("candidate_id", sa.Text, nullable=False),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("last_as_of", sa.Date, nullable=False),
    sa.Column("value_minor", sa.BigInteger, nullable=False),
    sa.Column("expected_minor", sa.BigInteger, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
)  # fmt: skip
"""Why a task is there: the match of each rule and key as it stood last. rank: 1 is the strongest; as_of and last_as_of:
the first and the newest night in which it was a reason."""

task_events = sa.Table(
    "task_events", metadata,
    sa.Column("task_id", sa.String(40), sa.ForeignKey("tasks.task_id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("who", sa.String(200), nullable=False),
    sa.Column("event", sa.String(20), nullable=False),
    sa.Column("before", sa.JSON(none_as_null=True)),
    sa.Column("after", sa.JSON, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("request_key", sa.String(200), unique=True),
)  # fmt: skip
"""Every change of a task, numbered from 1: who, when, the changed fields before and after. request_key: of the request
that asked for it, so that the same request twice is one event."""

manager_days = sa.Table(
    "manager_days", metadata,
    sa.Column("as_of", sa.Date, primary_key=True),
    sa.Column("manager_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("branch_id", sa.Text),
    sa.Column("team_id", sa.Text),
    sa.Column("away", sa.Boolean, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("minutes_given", sa.Integer, nullable=False),
    sa.Column("tasks", sa.Integer, nullable=False),
    sa.Column("waiting", sa.Integer, nullable=False),
)  # fmt: skip
"""Each manager's day as the night planned it: minutes there are for tasks, minutes and tasks given, tasks that wait."""
