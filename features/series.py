"""What makes payments a recurring series: the numbers of series.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from features.documents import read_documents, validate

SERIES = Path(__file__).with_name("series.yaml")


class SeriesForm(BaseModel):
    """When payments of one customer, counterparty and direction are a series; days are days of the bank's calendar.

    A series has payments on at least `min_days` different days of the `look_back_days` before as_of; its rhythm (lower
    median of the gaps) lies between `min_rhythm_days` and `max_rhythm_days`; at least `min_confidence` of the gaps are
    within `tolerance_days` of it; and the next payment is overdue by at most `grace_days`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    owner: str = Field(min_length=2)
    zh: str = Field(min_length=2)
    en: str = Field(min_length=2)
    look_back_days: int = Field(ge=1, le=3660)
    min_days: int = Field(ge=2)
    tolerance_days: int = Field(ge=0)
    min_rhythm_days: int = Field(ge=1)
    max_rhythm_days: int = Field(ge=1)
    min_confidence: float = Field(ge=0, le=1)
    grace_days: int = Field(ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> SeriesForm:
        if self.min_rhythm_days > self.max_rhythm_days:
            raise ValueError("min_rhythm_days is above max_rhythm_days")
        return self

    @property
    def said(self) -> list[int | float]:
        """The numbers, in order: what a signal from `series` says besides its own entry."""
        return [
            self.look_back_days, self.min_days, self.tolerance_days, self.min_rhythm_days, self.max_rhythm_days,
            self.min_confidence, self.grace_days,
        ]  # fmt: skip


@cache
def read_series_form(path: Path = SERIES) -> SeriesForm:
    """The numbers in force; Refusal names file, line and field of one that does not hold."""
    return validate(read_documents(path)[0], SeriesForm)
