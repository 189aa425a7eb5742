"""The closed loop: the same rows however often it was killed, the bank is told what was done, no care is no effect."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import sqlalchemy as sa

from care.loop.actions import actions_until, offers
from care.loop.day import KIND, notes
from care.loop.outcomes import contacts_by_day
from care.loop.report import report
from care.loop.run import run_loop
from care.tasks.store import days_of_managers, tasks_of_day
from care.tasks.tables import task_events, tasks
from features.database import metadata
from features.errors import Refusal
from tests.care.loop.conftest import ASKED, HeedingBank

KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[4])
import care.loop.day as lived
from care.loop.run import run_loop
from tests.care.loop.conftest import ASKED, HeedingBank

out, step, days = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
whole, left = getattr(lived, step), [days]

def stops(*given, **named):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(*given, **named)

setattr(lived, step, stops)
run_loop(out, ASKED, open_bank=HeedingBank)
"""


def _rows(loop):
    """Every row of the database but identities, whose key is each home's own, and the nights' stopwatches."""
    with loop.care.engine.connect() as connection:
        found = {
            table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
            if table.name != "identities"
        }
    found["runs"] = [
        tuple({**one, "timings": None} if isinstance(one, dict) and "timings" in one else one for one in row[:-1])
        for row in found["runs"]
    ]
    return found


def test_a_loop_killed_in_the_midst_of_its_days_comes_to_the_same_rows(looped, tmp_path):
    """Before the work, before the bank's answer is taken in, before the day is noted."""
    out = tmp_path / "loop"
    root = str(Path(__file__).parents[3])
    for step, days in (("work", 1), ("take", 1), ("note", 2)):
        arguments = [sys.executable, "-c", KILLED, str(out), step, str(days), root]
        killed = subprocess.run(arguments, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": root})
        assert killed.returncode == -signal.SIGKILL, killed.stderr
    loop = run_loop(out, ASKED, open_bank=HeedingBank)
    whole, _ = looped
    assert _rows(loop) == _rows(whole)
    assert loop.care.warehouse.version == whole.care.warehouse.version
    assert report(loop) == report(whole)
    loop.close()


def test_the_same_loop_again_finds_every_day_done(looped):
    loop, out = looped
    banks = []

    def opened(folder):
        banks.append(HeedingBank(folder))
        return banks[-1]

    before = _rows(loop)
    again = run_loop(out, ASKED, open_bank=opened)
    assert banks[0].asked == []
    assert _rows(again) == before
    again.close()


def test_another_loop_in_the_same_folder_is_refused(looped):
    _, out = looped
    other = type(ASKED)(**{**vars(ASKED), "days": 13})
    with pytest.raises(Refusal, match="another loop lies there"):
        run_loop(out, other, open_bank=HeedingBank)


def test_a_folder_with_something_else_is_refused_and_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("dear Ann", encoding="utf-8")
    with pytest.raises(Refusal, match=r"holds something else \(letter.txt\)"):
        run_loop(tmp_path, ASKED, open_bank=HeedingBank)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "forecare.lock") == ["letter.txt"]


def test_every_day_is_in_the_ledger_and_weekends_have_no_calls(looped):
    loop, _ = looped
    done = notes(loop.care, KIND)
    assert list(done) == [loop.start + timedelta(days=n) for n in range(ASKED.days)]
    assert all(told["tasks"] == 0 for day, told in done.items() if day.weekday() >= 5)
    assert sum(told["tasks"] for told in done.values()) > 10


def test_managers_do_what_stands_on_their_lists_within_their_minutes_and_note_each_once(looped):
    loop, _ = looped
    for day in notes(loop.care, KIND):
        with loop.care.engine.connect() as connection:
            spent: dict[str, int] = {}
            for task in tasks_of_day(connection, day):
                if task["state"] == "done":
                    spent[task["manager_id"]] = spent.get(task["manager_id"], 0) + task["minutes"]
            given = {row["manager_id"]: row["minutes"] for row in days_of_managers(connection, day)}
        assert all(minutes <= given[manager] for manager, minutes in spent.items())
    with loop.care.engine.connect() as connection:
        events = connection.execute(sa.select(task_events.c.task_id).where(task_events.c.event == "outcome")).scalars()
        done = connection.execute(sa.select(tasks.c.task_id).where(tasks.c.state == "done")).scalars().all()
        assert sorted(events) == sorted(done)


def test_only_calls_that_reached_somebody_are_told_to_the_bank(looped):
    loop, _ = looped
    actions = actions_until(loop.care.engine, loop.end, loop.care.numbers.pre_answers)
    calls = actions.filter(pc.equal(actions["kind"], "call"))
    with loop.care.engine.connect() as connection:
        query = sa.select(tasks.c.customer_id, tasks.c.day).where(tasks.c.outcome.like("%reached%"))
        noted = {tuple(row) for row in connection.execute(query.where(tasks.c.outcome != "not_reached"))}
        query = sa.select(tasks.c.customer_id, tasks.c.day).where(tasks.c.outcome == "refused_contact")
        noted |= {tuple(row) for row in connection.execute(query)}
    assert {(row["customer_id"], row["day"]) for row in calls.to_pylist()} == noted
    assert None not in calls["rule"].to_pylist()


def test_what_was_told_up_to_a_day_is_the_beginning_of_what_is_told_later(looped):
    loop, _ = looped
    numbers = loop.care.numbers.pre_answers
    whole = actions_until(loop.care.engine, loop.end, numbers)
    for number in range(ASKED.days):
        day = loop.start + timedelta(days=number)
        early = actions_until(loop.care.engine, day, numbers)
        assert early == whole.filter(pc.less_equal(whole["day"], pa.scalar(day)))


def test_a_pre_answer_rests_after_it_was_shown_and_the_held_out_see_none(looped):
    loop, _ = looped
    numbers = loop.care.numbers.pre_answers
    actions = actions_until(loop.care.engine, loop.end, numbers)
    shown: dict[tuple[str, str], list] = {}
    for row in actions.filter(pc.equal(actions["kind"], "pre_answer")).to_pylist():
        shown.setdefault((row["customer_id"], row["topic"]), []).append(row["day"])
    offered = set(offers(loop.care.engine, loop.end, numbers)["customer_id"].to_pylist())
    seen = {customer for customer, _ in shown}
    assert seen < offered
    assert 0.02 < 1 - len(seen) / len(offered) < 0.25


def test_a_bank_that_heeds_nothing_shows_no_effect_and_lives_as_without_care(run):
    loop = run(lambda folder: HeedingBank(folder, heeds=False))
    told = report(loop)
    assert loop.care.warehouse.version == loop.without.warehouse.version
    assert all(both["with"] == both["without"] for both in told["totals"].values())
    assert all(row["true"] in (0, None) for row in told["effects"])
    loop.close()


def test_a_bank_that_heeds_calls_is_asked_less_from_the_next_day_on(looped):
    loop, _ = looped
    told = report(loop)
    assert told["totals"]["contacts"]["with"] < told["totals"]["contacts"]["without"]
    first = told["days"][0]["contacts"]
    assert first["with"] == first["without"]
    both = [contacts_by_day(home, loop.start, loop.end) for home in (loop.care, loop.without)]
    assert all(both[0][day][0] <= both[1][day][0] for day in both[0])


def test_days_that_do_not_fit_into_the_bank_are_refused(tmp_path):
    long = type(ASKED)(**{**vars(ASKED), "days": 300, "customers": 20})
    with pytest.raises(Refusal, match="300 days do not fit"):
        run_loop(tmp_path, long, open_bank=HeedingBank)
