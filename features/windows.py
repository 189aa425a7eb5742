"""The only place where time is cut: days of a build, edges of windows, the bank's day of an instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from features.moments import midnight

EPOCH_DAY, EPOCH = date(1970, 1, 1), datetime(1970, 1, 1)  # noqa: DTZ001 - stored instants are UTC without a zone
Ints = npt.NDArray[np.int64]
ALL = (-1, -1)
"""The window that holds every row: that of a register."""
Window = tuple[int, int]
"""(days, until): the days [as_of - until - days, as_of - until)."""


def microseconds(instant: datetime) -> int:
    """A stored instant (UTC, no zone attached) as whole microseconds since 1970."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def day_number(day: date) -> int:
    """A day as whole days since 1970."""
    return (day - EPOCH_DAY).days


@dataclass(frozen=True)
class Timeline:
    """The days that a build answers, each with the day by whose beginning its rows must be known."""

    days: tuple[date, ...]
    known: tuple[date, ...]
    zone: ZoneInfo

    @classmethod
    def of(cls, days: Sequence[date], zone: ZoneInfo, known_by: date | None = None) -> Timeline:
        """The days in ascending order, each once; without `known_by` each sees what was known at its own beginning."""
        once = tuple(sorted(set(days)))
        return cls(once, tuple(known_by or day for day in once), zone)

    def only(self, k: int) -> Timeline:
        """The same for its day k alone."""
        return replace(self, days=(self.days[k],), known=(self.known[k],))

    @property
    def shared(self) -> bool:
        """True if every day sees the same versions."""
        return len(set(self.known)) == 1

    def begins(self, day: date) -> int:
        """The instant at which a day of the bank begins, in microseconds."""
        return microseconds(midnight(day, self.zone))

    @cached_property
    def moments(self) -> Ints:
        """[k, 2]: where day k begins, and up to where it knows."""
        pairs = zip(self.days, self.known, strict=True)
        return np.array([(self.begins(day), self.begins(known)) for day, known in pairs], np.int64)

    @cached_property
    def numbers(self) -> Ints:
        """[k]: the days as days since 1970."""
        return np.array([day_number(day) for day in self.days], np.int64)

    def edge(self, k: int, back: int) -> int:
        """The instant at which the day `back` days before day k begins."""
        return self.begins(self.days[k] - timedelta(days=back))

    def midnights(self, first: date, last: date) -> Ints:
        """Where each of the days from `first` to `last` begins."""
        return _midnights(self.zone, first, last)


@lru_cache(maxsize=256)
def _midnights(zone: ZoneInfo, first: date, last: date) -> Ints:
    span = range((last - first).days + 1)
    found = np.array([microseconds(midnight(first + timedelta(days=n), zone)) for n in span], np.int64)
    found.flags.writeable = False  # shared by all who ask
    return found


class Edges:
    """The edges of all windows of a pass: each day's beginnings, numbered, and in order of time."""

    def __init__(self, timeline: Timeline, windows: Sequence[Window]) -> None:
        self.timeline = timeline
        backs = sorted({back for days, until in windows if (days, until) != ALL for back in (until, until + days)})
        self._column = {back: at for at, back in enumerate(backs)}
        count = len(timeline.days)
        instants = np.array([[timeline.edge(k, back) for back in backs] for k in range(count)], np.int64).ravel()
        if ALL in windows:  # rows of a register happen at 0
            instants = np.concatenate([instants, np.array([0, 1], np.int64)])
        self._backs, self._days = len(backs), count
        self.places: Ints = np.argsort(instants, kind="stable").astype(np.int64)
        self.instants: Ints = instants[self.places]

    def of(self, windows: Sequence[Window]) -> tuple[Ints, Ints]:
        """(low, high), int64 [w, k]: the numbers of the windows' edges."""
        low, high = np.empty((2, len(windows), self._days), np.int64)
        for w, (days, until) in enumerate(windows):
            for k in range(self._days):
                if (days, until) == ALL:
                    low[w, k], high[w, k] = self._days * self._backs, self._days * self._backs + 1
                else:
                    low[w, k] = k * self._backs + self._column[until + days]
                    high[w, k] = k * self._backs + self._column[until]
        return low, high


def local_time(instant: str, zone: ZoneInfo, low: datetime, high: datetime) -> str:
    """SQL of the bank's wall-clock time of an instant between `low` and `high` (stored instants).

    Only the zone's changes of offset between them are written out: an addition a row where the engine's own function
    would look every row up in a table of zones.
    """
    steps = offsets(zone, low, high)
    sql = f"{instant} + INTERVAL '{steps[-1][1]}' SECOND"
    for (_, offset), (until, _) in zip(steps[-2::-1], steps[:0:-1], strict=True):
        sql = f"CASE WHEN {instant} < TIMESTAMP '{until}' THEN {instant} + INTERVAL '{offset}' SECOND ELSE {sql} END"
    return sql


@lru_cache(maxsize=256)
def offsets(zone: ZoneInfo, low: datetime, high: datetime) -> tuple[tuple[datetime, int], ...]:
    """(instant from which, seconds ahead of UTC): the zone's offsets from `low` to `high`, in order."""
    found = [(low, _offset(zone, low))]
    day = low
    while day < high:
        after = min(day + timedelta(days=1), high)
        if _offset(zone, after) != found[-1][1]:
            found.append((_change(zone, day, after), _offset(zone, after)))
        day = after
    return tuple(found)


def _offset(zone: ZoneInfo, instant: datetime) -> int:
    shift = instant.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).utcoffset()
    return int((shift or timedelta()).total_seconds())


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the offset changes between two instants of different offsets."""
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        same = _offset(zone, before + timedelta(seconds=middle)) == _offset(zone, before)
        low, high = (middle, high) if same else (low, middle)
    return before + timedelta(seconds=high)
