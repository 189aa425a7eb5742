"""The things care speaks of, and the columns of the tables that carry them from step to step."""

from __future__ import annotations

from enum import StrEnum


class CareClass(StrEnum):
    """What a contact may be: service tells a needed fact, care asks or helps, marketing offers."""

    SERVICE = "service"
    CARE = "care"
    MARKETING = "marketing"


class Deadline(StrEnum):
    """Same day, next working day, within a week."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


class Stage(StrEnum):
    """The funnel, in its order; a candidate's fate names the stage that decided it."""

    ELIGIBLE = "eligible"
    APPLICABLE = "applicable"
    SUITABLE = "suitable"
    CONTACT_POLICY = "contact_policy"
    HOLDOUT = "holdout"
    ARBITRATION = "arbitration"
    CAPACITY = "capacity"
    TASK = "task"


class Fate(StrEnum):
    """What became of a candidate: a task, stopped for good, or waiting for a free minute."""

    TASK = "task"
    STOPPED = "stopped"
    WAITING = "waiting"


class TaskState(StrEnum):
    """The life of a task; the last five end it."""

    QUEUED = "queued"
    ASSIGNED = "assigned"
    SEEN = "seen"
    IN_PROGRESS = "in_progress"
    SNOOZED = "snoozed"
    DONE = "done"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


MATCH_COLUMNS = ("customer_id", "rule_id", "rule_version", "key", "value_minor", "evidence")
"""One row a match: value_minor is the money at stake (minor units), evidence the signals as they stood (JSON)."""

CANDIDATE_COLUMNS = (
    *MATCH_COLUMNS, "candidate_id", "care_class", "deadline", "minutes", "expected_minor", "per_minute",
    "stage", "fate", "reason", "detail", "manager_id", "task_id",
)  # fmt: skip
"""One row a candidate with its fate: reason is a code whose words stand in care/decisions/words.yaml."""
