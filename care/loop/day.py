"""One day of the loop: the night decides, managers work, the bank answers and is taken in, the ledger notes it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import sqlalchemy as sa

from care.decisions.due import working_days
from care.decisions.history import read_people
from care.loop.actions import actions_until
from care.loop.settings import LoopSettings
from care.loop.work import done_on, work
from care.loop.world import AnsweringBank
from care.night import run_night
from care.scheduler.runs import DONE, runs, write_run
from features.database import reading
from features.intake import intake
from features.moments import midnight
from features.settings import Settings
from features.warehouse import Warehouse

KIND = "loop"
"""Of the ledger: a day of the loop that is done, or what comes before the first."""


@dataclass(frozen=True)
class LoopHome:
    """A home in which a loop runs: its settings, its database, its bank, and where deliveries lie meanwhile."""

    settings: Settings
    engine: sa.Engine
    bank: AnsweringBank
    numbers: LoopSettings
    seed: int
    deliveries: Path

    @property
    def warehouse(self) -> Warehouse:
        """The history as it stands."""
        return Warehouse(self.settings.home)

    def begins(self, day: date) -> datetime:
        """The instant, aware, at which a day of the bank begins."""
        return midnight(day, self.settings.zone).replace(tzinfo=UTC)


def is_done(home: LoopHome, kind: str, day: date) -> bool:
    """Whether the ledger says that this was done."""
    query = sa.select(runs.c.state).where(runs.c.kind == kind, runs.c.as_of == day)
    with reading(home.engine).connect() as connection:
        return connection.execute(query).scalar() == DONE


def note(home: LoopHome, kind: str, day: date, summary: dict[str, Any]) -> None:
    """Write into the ledger that this is done; instants are the bank's, not the clock's."""
    inputs = {"seed": home.seed, "source": home.bank.source.name}
    span = (home.begins(day), home.begins(day + timedelta(days=1)))
    with home.engine.begin() as connection:
        write_run(connection, kind, day, state=DONE, inputs=inputs, summary=summary, span=span)


def notes(home: LoopHome, kind: str) -> dict[date, dict[str, Any]]:
    """What the ledger says of every day of a kind."""
    query = sa.select(runs.c.as_of, runs.c.summary).where(runs.c.kind == kind, runs.c.state == DONE)
    with reading(home.engine).connect() as connection:
        return {row.as_of: dict(row.summary) for row in connection.execute(query.order_by(runs.c.as_of))}


def take(home: LoopHome, folder: Path, *, known_until: date) -> dict[str, int]:
    """Take a delivery in, handed over at the beginning of `known_until`, and remove it; rows accepted by table."""
    report = intake(home.bank.source, folder, home.settings, home.engine, delivered_at=home.begins(known_until))
    shutil.rmtree(folder)
    return {name: count.accepted for name, count in report.tables.items()}


def live(home: LoopHome, day: date) -> None:
    """Live a day that is not done yet. Killed anywhere and called again, it comes to the same rows."""
    if is_done(home, KIND, day):
        return
    began = home.begins(day) + timedelta(hours=1)
    run_night(home.settings, home.engine, day, started_at=began)
    with home.engine.begin() as connection:
        if _bank_works(home, day):
            work(connection, day, seed=home.seed, zone=home.settings.zone, settings=home.numbers.work)
        done = done_on(connection, day)
    actions = actions_until(home.engine, day, home.numbers.pre_answers)
    folder = home.deliveries / day.isoformat()
    shutil.rmtree(folder, ignore_errors=True)
    home.bank.answer(day, actions, folder)
    rows = take(home, folder, known_until=day + timedelta(days=1))
    today = actions.filter(pc.equal(actions["day"], day))["kind"].to_pylist()
    counted = {"tasks": done, "calls": today.count("call"), "pre_answers": today.count("pre_answer"), "rows": rows}
    note(home, KIND, day, counted)


def _bank_works(home: LoopHome, day: date) -> bool:
    calendar = read_people(home.warehouse, home.settings, day).calendar
    return working_days(calendar).works(day)
