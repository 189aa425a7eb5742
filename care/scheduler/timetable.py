"""Which nights are due: arithmetic over business dates. The time is an argument."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from features.documents import read_documents, validate


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Night(_Strict):
    """When a night may begin, and how many missed ones are caught up."""

    at: time
    most_missed_days: int = Field(ge=1, le=366)

    @field_validator("at")
    @classmethod
    def _local(cls, at: time) -> time:
        if at.tzinfo is not None:
            raise ValueError("is the bank's local time and takes no zone")
        return at


class LeaseTimes(_Strict):
    """How long a lease lasts, and how often it is renewed."""

    seconds: int = Field(ge=2, le=3600)
    renew_seconds: int = Field(ge=1, le=1800)


class Timetable(_Strict):
    """timetable.yaml."""

    night: Night
    tick_seconds: int = Field(ge=1, le=3600)
    lease: LeaseTimes


@cache
def read_timetable(path: Path | None = None) -> Timetable:
    """The timetable in `path` (None: the one that comes with the service); Refusal with file, line and field."""
    return validate(read_documents(path or Path(__file__).with_name("timetable.yaml"))[0], Timetable)


def due_nights(
    timetable: Timetable, *, newest_done: date | None, last_data: date | None, at: datetime, zone: ZoneInfo
) -> list[date]:
    """The business dates whose night is due at the instant `at` (aware), the oldest first, each once.

    A night of day D is due from D's hour in the timetable on, once the delivery of the day before is there (last_data,
    the day of the newest transaction, is D - 1 or later), and if no night of D or a later day is done. The first night
    ever is that of the newest possible day alone. By local dates, so that a clock change doubles or drops none.
    """
    if last_data is None:
        return []
    local = at.astimezone(zone)
    today = local.date() if local.time() >= timetable.night.at else local.date() - timedelta(days=1)
    last = min(today, last_data + timedelta(days=1))
    if newest_done is None:
        return [last]
    first = max(newest_done + timedelta(days=1), last - timedelta(days=timetable.night.most_missed_days - 1))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
