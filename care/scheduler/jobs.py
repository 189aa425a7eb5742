"""What the scheduler does when its clock ticks: lead or not, and run the nights that are due, one a business date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from care.night import KIND, run_night
from care.scheduler.lease import Lease, release_lease, take_lease
from care.scheduler.runs import DONE, FAILED, newest_done, runs, write_run
from care.scheduler.timetable import Timetable, due_nights
from features.database import reading
from features.errors import Refusal
from features.lock import hold
from features.settings import Settings
from features.warehouse import Warehouse


@dataclass
class Scheduler:
    """One scheduler of possibly several on one database; only the one that holds the lease runs anything."""

    settings: Settings
    engine: sa.Engine
    timetable: Timetable
    holder: str
    now: Callable[[], datetime]

    def lead(self) -> Lease | None:
        """Become or stay the leader; None while another scheduler is."""
        return take_lease(self.engine, KIND, self.holder, at=self.now(), seconds=self.timetable.lease.seconds)

    def tick(self) -> list[date]:
        """Run every night that is due, the oldest first; the business dates that were run. A refused night ends it."""
        done: list[date] = []
        for day in self._due():
            lease = self.lead()
            if lease is None:
                break
            if not self._run(day, lease):
                break
            done.append(day)
        return done

    def resign(self) -> None:
        """Let another scheduler lead at once."""
        lease = self.lead()
        if lease is not None:
            release_lease(self.engine, lease, at=self.now())

    def _due(self) -> list[date]:
        with reading(self.engine).connect() as connection:
            newest = newest_done(connection, KIND)
        last_data = Warehouse(self.settings.home).last_day(self.settings.zone)
        zone = self.settings.zone
        return due_nights(self.timetable, newest_done=newest, last_data=last_data, at=self.now(), zone=zone)

    def _run(self, day: date, lease: Lease) -> bool:
        """Run one night; a refusal is noted in the ledger, for people to see, and tried again with the next tick."""
        began = self.now()
        try:
            with hold(self.settings.home, "night"):
                run_night(self.settings, self.engine, day, started_at=began, lease=lease)
        except Refusal as refusal:
            self._note_failure(day, str(refusal), began)
            return False
        return True

    def _note_failure(self, day: date, why: str, began: datetime) -> None:
        with self.engine.begin() as connection:
            state = sa.select(runs.c.state).where(runs.c.kind == KIND, runs.c.as_of == day)
            if connection.execute(state).scalar() != DONE:
                summary, span = {"why": why}, (began, self.now())
                write_run(connection, KIND, day, state=FAILED, inputs={}, summary=summary, span=span)
