"""Where a day begins: the only place that turns days of the bank into instants."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from features.errors import Refusal


@lru_cache(maxsize=100_000)
def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which `day` begins in `zone`, as the warehouse stores instants: UTC without a zone attached."""
    return datetime.combine(day, time(), zone).astimezone(UTC).replace(tzinfo=None)


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The bank's day in which a stored instant (UTC, no zone attached) lies."""
    return instant.replace(tzinfo=UTC).astimezone(zone).date()


def read_day(text: str, *, place: str) -> date:
    """A day written as 2014-03-01; Refusal names `place` otherwise."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(f"'{text}' is not a day", place=place, remedy="write it as 2014-03-01") from None
