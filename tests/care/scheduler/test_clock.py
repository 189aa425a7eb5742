"""The scheduler on a made bank: missed nights, two schedulers, a clock that beats."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from care.night import run_night
from care.scheduler.clock import Clock
from care.scheduler.jobs import Scheduler
from care.scheduler.runs import runs
from care.scheduler.timetable import read_timetable


def scheduler_of(settings, engine, day, holder, hour=1):
    """A scheduler whose time is the given hour of that day."""
    at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    return Scheduler(settings, engine, read_timetable(), holder, lambda: at)


def nights(engine):
    with engine.connect() as connection:
        return connection.execute(sa.select(runs.c.as_of, runs.c.state).order_by(runs.c.as_of)).all()


def test_missed_nights_are_caught_up_one_per_business_date(fresh_bank):
    settings, engine, day = fresh_bank
    first = day - timedelta(days=2)
    run_night(settings, engine, first, started_at=datetime(2026, 11, 1, tzinfo=UTC))
    found = scheduler_of(settings, engine, day, "one")
    assert found.tick() == [first + timedelta(days=number) for number in (1, 2)]
    assert found.tick() == []
    assert nights(engine) == [(first + timedelta(days=number), "done") for number in range(3)]


def test_two_schedulers_on_one_database_run_a_night_once(made_bank):
    from concurrent.futures import ThreadPoolExecutor

    settings, engine, day = made_bank
    both = [scheduler_of(settings, engine, day, holder) for holder in ("one", "two")]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(Scheduler.tick, both))
    assert sorted(found) == [[], [day]]
    assert nights(engine) == [(day, "done")]


def test_the_second_scheduler_takes_over_when_the_first_is_gone(fresh_bank):
    settings, engine, day = fresh_bank
    one, two = (scheduler_of(settings, engine, day, holder) for holder in ("one", "two"))
    assert one.lead() is not None
    assert two.tick() == []
    one.resign()
    assert two.tick() == [day]


def test_a_night_that_is_refused_is_noted_and_tried_again(fresh_bank):
    from features.lock import hold

    settings, engine, day = fresh_bank
    found = scheduler_of(settings, engine, day, "one")
    with hold(settings.home, "intake"):
        assert found.tick() == []
    assert nights(engine) == [(day, "failed")]
    with engine.connect() as connection:
        assert "another run is at work (intake" in connection.execute(sa.select(runs.c.summary)).scalar()["why"]
    assert found.tick() == [day]
    assert nights(engine) == [(day, "done")]


@pytest.fixture
def quick():
    table = read_timetable()
    return table.model_copy(update={"tick_seconds": 1, "lease": table.lease.model_copy(update={"renew_seconds": 1})})


def until(holds, seconds=60):
    """Wait until something holds; whether it did."""
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


def test_the_clock_leads_runs_the_night_and_says_when_it_is_dead(fresh_bank, quick):
    settings, engine, day = fresh_bank
    clock = Clock(settings, engine, quick)
    assert not clock.alive
    clock.start()
    try:
        assert clock.alive
        assert until(lambda: nights(engine) == [(day, "done")])
        assert until(lambda: clock.health()["leads"])
        assert clock.health()["errors"] == {}
    finally:
        clock.stop()
    assert not clock.alive


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_clock_whose_thread_died_is_not_alive_whatever_apscheduler_says(fresh_bank, quick, monkeypatch):
    settings, engine, _ = fresh_bank
    clock = Clock(settings, engine, quick)
    clock.start()
    try:
        assert until(lambda: clock.health()["last_beat"] is not None)
        inner = clock._clock
        thread = inner._thread
        monkeypatch.setattr(inner, "_process_jobs", lambda: 1 / 0)
        inner.wakeup()
        assert until(lambda: not thread.is_alive(), 10)
        assert inner.running
        assert not clock.alive
    finally:
        clock.stop()
