"""The clock: APScheduler calls, the scheduler decides.

Its job store is memory and a restart forgets nothing that counts: what was run stands in the ledger of runs, what is
due is arithmetic over business dates; the clock only ticks.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

import sqlalchemy as sa
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from care.scheduler.jobs import Scheduler
from care.scheduler.timetable import Timetable, read_timetable
from features.settings import Settings

_MISSED_TICKS = 3  # so many ticks without one that began: the clock is not alive


def now() -> datetime:
    """The time, as an aware UTC instant."""
    return datetime.now(UTC)


class Clock:
    """Ticks while it is started; one of several on one database leads and runs the nights."""

    def __init__(self, settings: Settings, engine: sa.Engine, timetable: Timetable | None = None) -> None:
        self.timetable = timetable or read_timetable()
        holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.scheduler = Scheduler(settings, engine, self.timetable, holder, now)
        self._clock = BackgroundScheduler(executors={"default": ThreadPoolExecutor(2)}, timezone=UTC)
        self._told = Lock()
        self._began: datetime | None = None
        self._beat: datetime | None = None
        self._leads = False
        self._errors: dict[str, str] = {}

    def start(self) -> None:
        """Begin to tick, at once and then by the timetable."""
        # A late tick is as good as one in time, and two missed ones are worth one.
        rules = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1, "next_run_time": now()}
        every = self.timetable.lease.renew_seconds
        self._clock.add_job(self._lead, "interval", seconds=every, id="lead", **rules)
        self._clock.add_job(self._tick, "interval", seconds=self.timetable.tick_seconds, id="tick", **rules)
        self._began = now()
        self._clock.start()

    def stop(self) -> None:
        """End after the night that is running, if one is, and hand over the lead."""
        if self._clock.running:
            self._clock.shutdown(wait=True)
        if self._leads:
            self.scheduler.resign()
        self._began = None

    @property
    def alive(self) -> bool:
        """Whether the clock's thread lives and beats: APScheduler says 'running' of a dead one too."""
        thread = getattr(self._clock, "_thread", None)
        if self._began is None or thread is None or not thread.is_alive():
            return False
        patience = timedelta(seconds=_MISSED_TICKS * max(self.timetable.lease.renew_seconds, 10))
        return now() - (self._beat or self._began) <= patience

    def health(self) -> dict[str, Any]:
        """{alive, leads, last_beat, errors}: for the health page; errors by step, none after a good one."""
        beat = None if self._beat is None else self._beat.isoformat()
        with self._told:
            return {"alive": self.alive, "leads": self._leads, "last_beat": beat, "errors": dict(self._errors)}

    def _lead(self) -> None:
        self._guarded("lead", self._renew)
        self._beat = now()

    def _renew(self) -> None:
        self._leads = self.scheduler.lead() is not None

    def _tick(self) -> None:
        self._guarded("night", self.scheduler.tick)

    def _guarded(self, name: str, step: Callable[[], object]) -> None:
        """Whatever fails in one beat is told by `health`; the clock goes on and tries again with the next."""
        try:
            step()
            failed = ""
        except Exception as error:
            failed = f"{type(error).__name__}: {error}".splitlines()[0]
        with self._told:
            self._errors.pop(name, None)
            if failed:
                self._errors[name] = failed
