"""The numbers that people decide, read from policy.yaml: each with its owner and its date."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from care.nouns import CareClass, Deadline, TaskState
from features.documents import read_documents, validate
from features.errors import Refusal

Value = TypeVar("Value")
Money = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=2)]
Share = Annotated[float, Field(ge=0, lt=1)]
Consent = Literal["none", "not_withdrawn", "granted"]
Step = Annotated[str, Field(pattern="^((service|care|marketing) P[123]|other)$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Owned(_Strict, Generic[Value]):
    """A decided number: what it is, who answers for it, since when it holds."""

    value: Value
    owner: str = Field(min_length=1)
    since: date


class CoolDown(_Strict):
    """Days of rest by class at least, the factor after a refusal, and the states of tasks that start a rest."""

    least_days: dict[CareClass, Annotated[int, Field(ge=0, le=3660)]]
    refusal_factor: int = Field(ge=1, le=10)
    counts: tuple[TaskState, ...]


class Holdout(_Strict):
    """The experiment's name, the share of a rule that names none, and the largest share by class."""

    experiment: str = Field(min_length=1)
    default: Share
    most: dict[CareClass, Share]


class Due(_Strict):
    """How long a task may take, in working days or in days; one of the two."""

    working_days: int | None = Field(None, ge=0, le=30)
    days: int | None = Field(None, ge=0, le=90)

    @model_validator(mode="after")
    def _one(self) -> Due:
        if (self.working_days is None) == (self.days is None):
            raise ValueError("give working_days or days")
        return self


class Snooze(_Strict):
    """How many days away a task may be put."""

    most_days: int = Field(ge=1, le=365)


class Flood(_Strict):
    """When a rule that names no cap fires too often in one day: over `share` of the customers and over `least`."""

    share: float = Field(gt=0, le=1)
    least: int = Field(ge=1)

    def cap(self, customers: int) -> int:
        """The number of matches a day that is still allowed."""
        return max(self.least, int(self.share * customers))


class Policy(_Strict):
    """The whole policy; the meaning of each number stands beside it in policy.yaml."""

    minute_cost: Owned[Money]
    disturbance_cost: Owned[dict[CareClass, Money]]
    daily_minutes: Owned[Annotated[int, Field(ge=0, le=1440)]]
    reserve: Owned[Share]
    further_reason_minutes: Owned[Annotated[int, Field(ge=0, le=60)]]
    opt_in: Owned[dict[CareClass, Consent]]
    cool_down: Owned[CoolDown]
    holdout: Owned[Holdout]
    order: Owned[tuple[Step, ...]]
    anyway: Owned[tuple[Step, ...]]
    deadlines: Owned[dict[Deadline, Due]]
    snooze: Owned[Snooze]
    flood: Owned[Flood]
    by_day: Owned[tuple[Step, ...]]

    @property
    def version(self) -> str:
        """A hash of every number."""
        return hashlib.sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()[:16]

    @property
    def minute_cost_minor(self) -> int:
        """Cost of a manager's minute in minor units."""
        return int(self.minute_cost.value * 100)

    @model_validator(mode="after")
    def _whole(self) -> Policy:
        holdout, rest = self.holdout.value.most, self.cool_down.value.least_days
        told_by: dict[str, Mapping[CareClass, object]] = {
            "disturbance_cost": self.disturbance_cost.value, "opt_in": self.opt_in.value, "holdout": holdout,
            "cool_down": rest,
        }  # fmt: skip
        for name, told in told_by.items():
            if missing := set(CareClass) - set(told):
                raise ValueError(f"{name} does not say anything for class {min(missing)}")
        if missing_deadlines := set(Deadline) - set(self.deadlines.value):
            raise ValueError(f"deadlines do not say anything for {min(missing_deadlines)}")
        return self


@cache
def read_policy(path: Path | None = None) -> Policy:
    """The policy in `path` (None: the one that comes with the service); Refusal with file, line and field."""
    path = path or Path(__file__).with_name("policy.yaml")
    documents = read_documents(path)
    if len(documents) != 1:
        raise Refusal("is not one document", place=str(path), remedy="write one mapping")
    return validate(documents[0], Policy)
