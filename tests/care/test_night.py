"""The night as a whole, on a made bank, on SQLite and on PostgreSQL."""

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from care.decisions.explain import explain, explain_task
from care.night import run_night
from care.scheduler.lease import take_lease
from care.scheduler.runs import newest_done
from care.tasks.service import record_outcome
from care.tasks.store import days_of_managers, tasks_of_day
from features.errors import Refusal
from features.settings import read_settings
from features.snapshot import read_snapshot

LATER = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)

KILLED = """
import json, os, signal, sys
from datetime import date, datetime
from care.night import run_night
from features.database import connect
from features.settings import read_settings

home, url, day, at, step, done = sys.argv[1:]

class Killer:
    def step(self, name, number, total):
        if (name, str(number)) == (step, done):
            os.kill(os.getpid(), signal.SIGKILL)

settings = read_settings(home=home, database_url=url, identity_key="")
started_at = datetime.fromisoformat(at)
run_night(settings, connect(settings.database), date.fromisoformat(day), started_at=started_at, progress=Killer())
"""


def without_seconds(rows):
    """Rows of which the run's own stopwatch is left out: everything else must be the same."""
    kept = [
        tuple(
            {**value, "timings": None} if isinstance(value, dict) and "timings" in value else value
            for value in row[:-1]
        )
        for row in rows["runs"]
    ]
    return {**rows, "runs": kept}


@pytest.fixture
def rows_of_a_night(after_a_night, all_rows):
    """The rows that a night on SQLite leaves which nobody killed."""
    return without_seconds(all_rows(after_a_night[1]))


def test_a_night_twice_changes_no_row_and_says_the_same(made_bank, rows_of_a_night, all_rows):
    settings, engine, day = made_bank
    first = run_night(settings, engine, day, started_at=LATER)
    rows = all_rows(engine)
    assert {name for name, found in rows.items() if found} >= {
        "tasks",
        "task_reasons",
        "task_events",
        "candidates",
        "pre_answers",
    }
    assert run_night(settings, engine, day, started_at=LATER + timedelta(hours=1)) == first
    assert all_rows(engine) == rows
    assert without_seconds(rows) == rows_of_a_night  # a third time, in another home, on SQLite


def test_a_night_says_what_it_stored(after_a_night, home_after_a_night):
    settings, engine, day = after_a_night
    said = home_after_a_night[1]
    assert json.loads(json.dumps(said)) == said
    assert said["as_of"] == day.isoformat()
    assert said["signals"]["customers"] == 300
    assert said["model"]["status"] == "not enough data"  # eight months are too short for any model
    assert "540 are needed" in said["model"]["why"][0]
    assert sum(said["matches"].values()) == sum(said["fates"].values()) > 0
    with engine.connect() as connection:
        listed = tasks_of_day(connection, day)
        managers = days_of_managers(connection, day)
    assert said["tasks"]["total"] == len(listed) == sum(said["tasks"]["by_manager"].values())
    best = said["tasks"]["top"][0]
    assert best["priority"] == round(max(task["per_minute"] for task in listed), 2)
    assert best["reasons"][0]["zh"] != best["reasons"][0]["en"]
    for manager in managers:
        mine = [task for task in listed if task["manager_id"] == manager["manager_id"]]
        assert manager["minutes_given"] == sum(task["minutes"] for task in mine) <= manager["minutes"]
        assert [task["position"] for task in mine] == list(range(1, len(mine) + 1))
    assert read_snapshot(settings.home, day).num_rows == 300


@pytest.mark.parametrize(
    ("step", "done"),
    [("scores", "0"), ("decisions", "0"), ("store", "2"), ("store", "5")],
)
def test_a_night_that_was_killed_leaves_nothing_and_is_run_again_to_the_same_rows(
    made_bank, rows_of_a_night, all_rows, step, done
):
    settings, engine, day = made_bank
    if engine.dialect.name == "postgresql" and step != "store":
        pytest.skip("before the transaction there is nothing that a database could do differently")
    before = all_rows(engine)
    argv = [str(settings.home), settings.database_url, day.isoformat(), LATER.isoformat(), step, done]
    killed = subprocess.run([sys.executable, "-c", KILLED, *argv], capture_output=True, check=False, timeout=120)
    assert killed.returncode == -9, killed.stderr.decode()
    assert all_rows(engine) == before
    run_night(settings, engine, day, started_at=LATER)
    assert without_seconds(all_rows(engine)) == rows_of_a_night


def test_the_next_night_goes_on_with_what_managers_did(after_a_night):
    settings, engine, day = after_a_night
    with engine.begin() as connection:
        first = tasks_of_day(connection, day)
        done = record_outcome(connection, first[0]["task_id"], "reached_satisfied", who="wang", at=LATER)
    said = run_night(settings, engine, day + timedelta(days=1), started_at=LATER)
    with engine.connect() as connection:
        listed = tasks_of_day(connection, day + timedelta(days=1))
        assert newest_done(connection, "night") == day + timedelta(days=1)
    assert done["task_id"] not in {task["task_id"] for task in listed}
    assert said["fates"]["served"] > 0
    assert len({task["customer_id"] for task in listed}) == len(listed)


def test_a_task_explains_itself_from_the_log(after_a_night, home_after_a_night):
    _, engine, _ = after_a_night
    task_id = home_after_a_night[1]["tasks"]["top"][0]["task_id"]
    with engine.connect() as connection:
        whole = explain(connection, task_id)
        lines = {language: explain_task(connection, task_id, language)["lines"] for language in ("zh", "en")}
        with pytest.raises(Refusal, match="no task 'unknown'"):
            explain(connection, "unknown")
    assert json.loads(json.dumps(whole)) == whole
    reason = whole["reasons"][0]
    arithmetic = reason["arithmetic"]
    gross = round(arithmetic["probability"] * arithmetic["effect"] * reason["value_minor"])
    assert reason["expected_minor"] == gross - arithmetic["minutes_minor"] - arithmetic["disturbance_minor"]
    assert whole["inputs"]["currency"] == "CNY"
    assert any("CNY" in line for line in lines["en"])
    assert any("¥" in line for line in lines["zh"])
    assert not any("$" in line for line in lines["en"] + lines["zh"])


def test_a_done_night_answers_as_it_did_and_names_what_changed_since(after_a_night, home_after_a_night):
    settings, engine, day = after_a_night
    first = home_after_a_night[1]
    manifest = settings.home / "warehouse" / "manifest.json"
    told = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**told, "source": "another delivery"}))
    again = run_night(settings, engine, day, started_at=LATER)
    assert "(warehouse)" in again.pop("note")["en"]
    assert again == first


@pytest.mark.parametrize(
    ("days", "reason"),
    [(-1, "before the newest finished night"), (4000, "is in the future (today is 2026-11-20)"), (-4000, "before")],
)  # fmt: skip
def test_a_day_that_cannot_be_run_is_refused_and_nothing_is_written(after_a_night, all_rows, days, reason):
    settings, engine, day = after_a_night
    before = all_rows(engine)
    with pytest.raises(Refusal) as refused:
        run_night(settings, engine, day + timedelta(days=days), started_at=LATER)
    assert reason in str(refused.value)
    assert "--as-of" in str(refused.value)
    assert all_rows(engine) == before


def test_a_day_before_all_history_and_a_home_without_any_are_refused(fresh_bank, tmp_path):
    settings, engine, _ = fresh_bank
    with pytest.raises(Refusal, match="no customer was known"):
        run_night(settings, engine, date(2001, 1, 1), started_at=LATER)
    empty = read_settings(home=tmp_path / "empty", database_url="", identity_key="")
    with pytest.raises(Refusal, match="forecare intake"):
        run_night(empty, engine, date(2026, 1, 1), started_at=LATER)
    assert not (settings.home / "snapshots").exists()


def test_a_scheduler_that_lost_the_lead_writes_nothing(made_bank, all_rows):
    settings, engine, day = made_bank
    lease = take_lease(engine, "night", "one", at=LATER, seconds=60)
    take_lease(engine, "night", "two", at=LATER + timedelta(seconds=61), seconds=60)
    before = all_rows(engine)
    with pytest.raises(Refusal, match="another scheduler has taken over"):
        run_night(settings, engine, day, started_at=LATER, lease=lease)
    assert all_rows(engine) == before
