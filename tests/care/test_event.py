"""Rows that come in by day, on a made bank after its first night: judged at once, once each, in whatever order."""

import json
import os
import random
import shutil
import subprocess
import sys
from datetime import UTC, datetime, time, timedelta

import duckdb
import pytest
import sqlalchemy as sa

from care.books import live_books
from care.decisions.episode_store import episodes
from care.event import Given, take_events
from care.event_answers import State
from care.event_desk import open_desk
from care.night import run_night
from care.preanswers.serve import pre_answers
from care.tasks.service import begin
from care.tasks.store import tasks_of_customer, tasks_of_day
from care.tasks.tables import tasks
from features.contract import TABLES
from features.received import received
from features.warehouse import Warehouse, read_files

LATER = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def at(day, hour, minute=0):
    """An instant of a day of the bank in Shanghai."""
    return datetime.combine(day, time(hour, minute), UTC) - timedelta(hours=8)


class Counter:
    """A bank after its night, where rows come in."""

    def __init__(self, settings, engine, day):
        self.settings, self.engine, self.day = settings, engine, day
        self.desk = open_desk(settings, engine, live_books())
        accounts = self.desk.kept.slices["accounts"].rows.to_pylist()
        self.account = {row["customer_id"]: row["account_id"] for row in accounts if row["product"] == "current"}

    def calm(self, count=1):
        """Customers without an open task or episode, no colleagues, who have a current account."""
        with self.engine.connect() as connection:
            busy = set(connection.execute(sa.select(tasks.c.customer_id)).scalars())
            busy |= set(connection.execute(sa.select(episodes.c.customer_id)).scalars())
        staff = self.desk.customers["is_staff"].fillna(False).astype(bool)
        free = [one for one in self.desk.customers.index if one not in busy and one in self.account and not staff[one]]
        return free[:count]

    def declined(self, customer, key, hour, minute=0, day=None):
        row = {
            "transaction_id": key, "account_id": self.account[customer], "customer_id": customer,
            "ts": at(day or self.day, hour, minute).isoformat(), "amount": "-60000.00", "kind": "transfer",
            "channel": "app", "status": "declined", "decline_reason": "limit_exceeded",
        }  # fmt: skip
        return Given("transactions", row)

    def failed_login(self, customer, key, hour, minute=0):
        row = {
            "event_id": key,
            "customer_id": customer,
            "ts": at(self.day, hour, minute).isoformat(),
            "name": "login_failed",
        }
        return Given("app_events", row)

    def take(self, *given, hour=23, minute=0):
        return take_events(self.desk, self.engine, given, received_at=at(self.day, hour, minute))

    def open_rules(self):
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(episodes).where(episodes.c.opened_by == "event")).mappings()
            return sorted((row["customer_id"], row["rule_id"], row["key"], row["ended_by"]) for row in rows)

    def live_tasks(self, customer):
        with self.engine.connect() as connection:
            found = tasks_of_customer(connection, customer)
        return [
            (
                row["state"],
                row["deadline"],
                row["minutes"],
                row["value_minor"],
                sorted(one["rule_id"] for one in row["reasons"]),
            )
            for row in found
            if row["state"] != "withdrawn"
        ]


@pytest.fixture
def counter(after_a_night):
    return Counter(*after_a_night)


def test_the_second_declined_transfer_gives_a_task_at_once_and_the_answer_before_the_question(counter):
    (customer,) = counter.calm()
    assert [one.state for one in counter.take(counter.declined(customer, "x1", 9))] == [State.ACCEPTED]
    assert counter.open_rules() == []
    counter.take(counter.declined(customer, "x2", 10))
    assert counter.open_rules() == [(customer, "transfer_blocked", "", None)]
    with counter.engine.connect() as connection:
        (task,) = [row for row in tasks_of_day(connection, counter.day) if row["customer_id"] == customer]
        topics = set(
            connection.execute(sa.select(pre_answers.c.topic_id).where(pre_answers.c.customer_id == customer)).scalars()
        )
    assert (task["care_class"], task["deadline"], task["state"], task["position"]) == ("service", "P1", "assigned", 0)
    assert "transfer_blocked" in topics


def test_the_same_row_again_is_answered_as_before_and_changes_nothing(counter, all_rows):
    (customer,) = counter.calm()
    given = [counter.declined(customer, "x1", 9), counter.declined(customer, "x2", 10)]
    first = counter.take(*given)
    rows = all_rows(counter.engine)
    assert counter.take(*given, hour=23, minute=30) == first
    assert counter.take(given[1], given[0], given[1]) == [first[1], first[0], first[1]]
    assert all_rows(counter.engine) == rows


def test_another_content_under_a_known_key_is_a_conflict_and_names_the_field(counter):
    (customer,) = counter.calm()
    counter.take(counter.declined(customer, "x1", 9))
    (answer,) = counter.take(counter.declined(customer, "x1", 10))
    assert (answer.key, answer.state, answer.faults[0].field) == ("x1", State.CONFLICT, "transaction_id")


def test_broken_rows_are_named_by_field_and_the_others_go_on(counter):
    (customer,) = counter.calm()
    good = counter.declined(customer, "x1", 9)
    broken = [
        {**good.row, "transaction_id": "x2", "amount": "1.001"},
        {**good.row, "transaction_id": "x3", "customer_id": "nobody"},
        {**good.row, "transaction_id": "x4", "ts": "2026-07-01 09:00"},
        {**good.row, "transaction_id": "x5", "kind": "gift"},
        {**good.row, "transaction_id": "x6", "colour": "red"},
        {**good.row, "transaction_id": None},
        "a text",
    ]
    said = counter.take(*(Given("transactions", row) for row in broken), good)
    assert [one.state for one in said] == [State.REFUSED] * 7 + [State.ACCEPTED]
    assert [one.faults[0].field for one in said[:7]] == [
        "amount",
        "customer_id",
        "ts",
        "kind",
        "",
        "transaction_id",
        "",
    ]
    assert "red" not in str(said)


def test_a_row_of_the_future_is_held_until_its_time(counter):
    (customer,) = counter.calm()
    given = [counter.declined(customer, "x1", 9), counter.declined(customer, "x2", 15)]
    said = counter.take(*given, hour=10)
    assert [one.state for one in said] == [State.ACCEPTED, State.HELD]
    assert counter.open_rules() == []
    assert counter.take(given[1], hour=14)[0].state == State.HELD
    counter.take(hour=15)  # nothing new: what is due is judged
    assert [row[1] for row in counter.open_rules()] == ["transfer_blocked"]


@pytest.mark.parametrize("seed", range(500 if os.environ.get("FORECARE_FULL") else 3))
def test_rows_in_any_order_repeated_and_late_leave_the_episodes_and_tasks_of_rows_in_order(
    home_after_a_night, tmp_path, seed
):
    chance = random.Random(seed)
    ends = []
    for shuffled in (False, True):
        counter = opened_copy(home_after_a_night[0], tmp_path / str(shuffled))
        customers = counter.calm(3)
        given = [counter.declined(one, f"{one}-{n}", 9 + n) for one in customers for n in range(chance.randrange(1, 4))]
        given += [
            counter.failed_login(one, f"{one}-l{n}", 11, n) for one in customers for n in range(chance.randrange(5))
        ]
        chance = random.Random(seed)  # the same rows for both
        if shuffled:
            order = random.Random(-seed - 1)
            given = given + order.choices(given, k=3)
            order.shuffle(given)
            while given:
                cut = order.randrange(1, 4)
                counter.take(*given[:cut])
                given = given[cut:]
        else:
            for one in given:
                counter.take(one)
        ends.append((counter.open_rules(), [counter.live_tasks(one) for one in customers]))
        counter.engine.dispose()
    assert ends[0] == ends[1]


def opened_copy(home, target):
    from features.database import connect
    from features.settings import read_settings

    shutil.copytree(home, target)
    settings = read_settings(home=target, database_url="", identity_key="")
    engine = connect(settings.database)
    return Counter(settings, engine, Warehouse(target).last_day(settings.zone) + timedelta(days=1))


def test_the_night_joins_the_episode_and_keeps_the_task_and_the_warehouse_holds_each_row_once(counter):
    (customer,) = counter.calm()
    counter.take(counter.declined(customer, "x1", 9), counter.declined(customer, "x2", 10))
    with counter.engine.begin() as connection:
        (task,) = tasks_of_customer(connection, customer)
        begin(connection, task["task_id"], who="wang", at=at(counter.day, 10, 5))
    run_night(counter.settings, counter.engine, counter.day + timedelta(days=1), started_at=LATER)
    assert counter.open_rules() == [(customer, "transfer_blocked", "", None)]
    with counter.engine.connect() as connection:
        (after,) = tasks_of_customer(connection, customer)
    assert (after["task_id"], after["state"]) == (task["task_id"], "in_progress")
    assert [(one["rule_id"], one["as_of"]) for one in after["reasons"]] == [("transfer_blocked", counter.day)]
    files = Warehouse(counter.settings.home).files("transactions")
    mine = "WHERE customer_id = ? AND status = 'declined' GROUP BY 1"
    query = f"SELECT transaction_id, count(*) FROM {read_files(TABLES['transactions'], files)} {mine}"
    stored = dict(duckdb.execute(query, [customer]).fetchall())
    assert (stored["x1"], stored["x2"]) == (1, 1)
    with counter.engine.connect() as connection:
        assert set(connection.execute(sa.select(received.c.landed)).scalars()) == {True}


def test_on_either_database(made_bank, all_rows):
    settings, engine, day = made_bank
    run_night(settings, engine, day, started_at=LATER)
    counter = Counter(settings, engine, day)
    (customer,) = counter.calm()
    given = [counter.declined(customer, "x1", 9), counter.declined(customer, "x2", 10)]
    first = counter.take(*given)
    rows = all_rows(engine)
    assert counter.take(*given) == first
    assert all_rows(engine) == rows
    assert [row[1] for row in counter.open_rules()] == ["transfer_blocked"]


KILLED = """
import json, os, signal, sys
from datetime import datetime
import sqlalchemy as sa
from care.books import live_books
from care.event import Given, take_events
from care.event_desk import open_desk
from features.database import connect
from features.settings import read_settings

home, at, step, rows = sys.argv[1:]
settings = read_settings(home=home, database_url="", identity_key="")
engine = connect(settings.database)
desk = open_desk(settings, engine, live_books())
seen = [0]

@sa.event.listens_for(engine, "after_cursor_execute")
def _count(*_):
    seen[0] += 1
    if seen[0] == int(step):
        os.kill(os.getpid(), signal.SIGKILL)

given = [Given("transactions", row) for row in json.loads(rows)]
take_events(desk, engine, given, received_at=datetime.fromisoformat(at))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("step", [2, 4, 7, 10, 14, 1000])
def test_killed_at_any_step_nothing_is_lost_and_nothing_doubled(counter, all_rows, step):
    (customer,) = counter.calm()
    given = [counter.declined(customer, "x1", 9), counter.declined(customer, "x2", 10)]
    before = all_rows(counter.engine)
    argv = [
        str(counter.settings.home),
        at(counter.day, 23).isoformat(),
        str(step),
        json.dumps([one.row for one in given]),
    ]
    killed = subprocess.run([sys.executable, "-c", KILLED, *argv], capture_output=True, check=False, timeout=120)
    assert killed.returncode == -9, killed.stderr.decode()
    after = all_rows(counter.engine)
    if step < 1000:
        assert after == before
    counter.take(*given)
    whole = all_rows(counter.engine)
    assert len(whole["received"]) == 2
    assert [row[1] for row in counter.open_rules()] == ["transfer_blocked"]
    if step == 1000:
        assert whole == after


def test_a_few_customers_have_the_signals_that_the_night_gives_them(counter):
    from features.build import build_signals

    names = sorted({*counter.desk.asked({"transactions", "contacts", "app_events"}).names})
    day, settings = counter.day, counter.settings
    whole = build_signals(Warehouse(settings.home), counter.desk.books.catalogue, day, settings, names=names)
    few = whole["customer_id"].to_pylist()[40:60]
    mine = {row["customer_id"]: row for row in whole.to_pylist()}
    assert counter.desk.kept.signals(few, names, {}, day).to_pylist() == [mine[one] for one in few]


def test_rows_that_are_landed_twice_or_again_by_a_file_stand_once(counter):
    from features.received import land_received

    (customer,) = counter.calm()
    counter.take(counter.declined(customer, "x1", 9))
    warehouse, tomorrow = Warehouse(counter.settings.home), counter.day + timedelta(days=1)
    assert land_received(warehouse, counter.settings, counter.engine, tomorrow) == 1
    version = warehouse.version
    with counter.engine.begin() as connection:  # as a kill between the files and the mark would leave it
        connection.execute(received.update().values(landed=False))
    assert land_received(warehouse, counter.settings, counter.engine, tomorrow) == 1
    assert warehouse.version == version
    assert land_received(warehouse, counter.settings, counter.engine, tomorrow) == 0
