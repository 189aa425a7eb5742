"""The numbers of the closed loop, read from loop.yaml: how people and channels behave, what is counted."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from care.tasks.outcomes import check_code, outcomes
from features.documents import read_documents, validate

Share = Annotated[float, Field(gt=0, lt=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Named(_Strict):
    """Something with a name for programs and words for people."""

    name: str
    zh: str
    en: str


class Counted(Named):
    """An outcome of a customer: a count, or money in currency units."""

    unit: Literal["count", "money"]


class Work(_Strict):
    """When managers begin, and how often which outcome is noted."""

    first_hour: int = Field(ge=0, le=20)
    outcomes: dict[str, Annotated[float, Field(ge=0, le=1)]]
    owner: str

    @field_validator("outcomes")
    @classmethod
    def _whole(cls, shares: dict[str, float]) -> dict[str, float]:
        for code in shares:
            check_code(code, outcomes(), "outcome")
        if not math.isclose(sum(shares.values()), 1, abs_tol=1e-9):
            raise ValueError(f"the shares add up to {sum(shares.values()):g}, not to 1")
        return shares


class Shown(_Strict):
    """Which pre-answers a channel shows, how often, and to whom none."""

    confidence: float = Field(ge=0, le=1)
    most: int = Field(ge=1, le=3)
    rest_days: int = Field(ge=1, le=90)
    experiment: str
    holdout: Share
    owner: str


class Left(_Strict):
    """The signal at the end that tells who left."""

    after: str


class Before(_Strict):
    """Signals at the beginning that an effect is adjusted by, as they are or as logarithms."""

    signals: list[str]
    logarithms: list[str]


class LoopSettings(_Strict):
    """loop.yaml; the meaning of each number stands beside it."""

    work: Work
    pre_answers: Shown
    outcomes: list[Counted]
    left: Left
    before: Before
    experiments: list[Named]


@cache
def read_loop_settings() -> LoopSettings:
    """The loop's numbers; Refusal names file, line and field."""
    return validate(read_documents(Path(__file__).with_name("loop.yaml"))[0], LoopSettings)
