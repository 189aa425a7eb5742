"""A day of the made bank: what it learns, what the service's actions change, and that the past stays as it was."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.database import connect, metadata
from features.errors import Refusal
from features.intake import intake
from features.settings import read_settings
from features.sources.simulated.day import ACTIONS, World, hand_over_history, open_world, simulate_day
from features.sources.simulated.simulate import simulate
from features.sources.simulated.world import HERE

START = date(2025, 11, 3)
NOTHING = ACTIONS.empty_table()
TABLES = ("customers", "accounts", "contacts", "app_events", "consents", "incidents", "managers", "calendar")
Bank = duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def world(made: Path) -> World:
    return open_world(made)


def _actions(rows: list[tuple[str, str, str | None, str | None, date]]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(ACTIONS.names, row, strict=True)) for row in rows], schema=ACTIONS)


def _calls(customers: list[str], day: date, rule: str = "churn_risk") -> pa.Table:
    return _actions([(customer, "call", rule, None, day) for customer in customers])


def _of_type(truth: Bank, kind: str, where: str) -> list[str]:
    query = f"""SELECT customer_id FROM truth_care AS k JOIN truth_customers AS c USING (customer_id)
        WHERE kind = '{kind}' AND {where} ORDER BY customer_id"""
    return [customer for (customer,) in truth.execute(query).fetchall()]


def _rows(folder: Path, table: str) -> pa.Table:
    where = folder / "transactions" if table == "transactions" else folder / f"{table}.parquet"
    return pq.read_table(where)


def _prints(folder: Path) -> dict[str, str]:
    files = sorted(folder.rglob("*.parquet"))
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _lived(world: World, actions: pa.Table, days: int, out: Path) -> dict[str, pa.Table]:
    """The history up to START and the days from then on, as one table each."""
    hand_over_history(world, before=START, out=out / "history")
    folders = [out / "history"]
    for number in range(days):
        day = START + timedelta(days=number)
        simulate_day(world, day, actions, out / str(day))
        folders.append(out / str(day))
    tables = (*TABLES, "transactions")
    return {table: pa.concat_tables([_rows(folder, table) for folder in folders]) for table in tables}


def test_history_and_days_without_any_action_are_what_the_whole_bank_says(world: World, tmp_path: Path) -> None:
    lived = _lived(world, NOTHING, 4, tmp_path)
    until = START + timedelta(days=4)
    with duckdb.connect() as connection:
        for table, rows in lived.items():
            stored = f"read_parquet('{world.folder}/{table}{'/*' if table == 'transactions' else ''}.parquet')"
            whole = f"SELECT * FROM {stored} WHERE known_at < TIMESTAMP '{until}'"
            connection.register("rows", rows)
            for one, other in ((whole, "FROM rows"), ("FROM rows", whole)):
                left = connection.execute(f"SELECT count(*) FROM (({one}) EXCEPT ALL ({other}))").fetchone()
                assert left == (0,), table


def test_a_day_tells_only_what_the_bank_learns_on_it(world: World, tmp_path: Path) -> None:
    report = simulate_day(world, START, NOTHING, tmp_path / "day")
    assert report.rows["transactions"] > 100
    assert report.rows["identities"] <= report.rows["customers"]
    assert report.changed == 0
    for table in ("contacts", "app_events", "transactions"):
        known = _rows(tmp_path / "day", table)["known_at"].to_pylist()
        assert len(known) == report.rows[table]
        assert {moment.date() for moment in known} == {START}


def test_the_same_day_and_actions_give_the_same_bytes_in_any_order_of_actions(
    world: World, truth: Bank, tmp_path: Path
) -> None:
    some = _of_type(truth, "retention", "hash(customer_id) % 20 = 0")
    actions = _calls(some, START)
    simulate_day(world, START + timedelta(days=3), actions, tmp_path / "a")
    simulate_day(world, START + timedelta(days=3), actions.take(list(reversed(range(len(some))))), tmp_path / "b")
    assert _prints(tmp_path / "a") == _prints(tmp_path / "b")


def _now_leaving(truth: Bank, kind: str, wanted: str) -> list[str]:
    soon = f"exposed_on < DATE '{START}' - 5 AND leaves_on BETWEEN DATE '{START}' + 3 AND DATE '{START}' + 50"
    return _of_type(truth, kind, f"type = '{wanted}' AND {soon}")


def _again(world: World, actions: pa.Table) -> Any:
    from features.sources.simulated.again import made_again

    return made_again(world.numbers, world.folder, actions, world.end_day)


def _assets(tables: dict[str, pa.Table], customers: list[str], before: date) -> float:
    """What the customers held together before a day, in CNY."""
    with duckdb.connect() as connection:
        connection.register("accounts", tables["accounts"])
        connection.register("transactions", tables["transactions"])
        found = connection.execute(
            """SELECT sum(balance) FROM (SELECT arg_max(balance_after, (ts, transaction_id)) AS balance
                FROM transactions JOIN (SELECT DISTINCT account_id, product FROM accounts) USING (account_id)
                WHERE product IN ('current', 'savings', 'term', 'wealth') AND status = 'booked' AND ts < $1
                    AND list_contains($2, customer_id) GROUP BY account_id)""",
            [before, customers],
        ).fetchone()
    assert found is not None
    return float(found[0])


def test_a_call_in_time_keeps_the_persuadable_and_their_money(world: World, truth: Bank) -> None:
    customers = _now_leaving(truth, "retention", "persuadable")
    assert len(customers) >= 3
    kept = _again(world, _calls(customers, START))
    assert set(kept.changed["customer_id"].to_pylist()) == set(customers)
    stored = {table: _rows(world.folder, table) for table in ("accounts", "transactions")}
    later = START + timedelta(days=100)
    before = _assets(stored, customers, START)
    assert _assets(stored, customers, later) < 0.5 * before
    assert _assets(kept.rows, customers, later) > 0.8 * before


def test_a_call_changes_nothing_for_lost_causes_and_sure_things(world: World, truth: Bank) -> None:
    customers = _now_leaving(truth, "retention", "lost cause")
    customers += _of_type(truth, "retention", "type = 'sure thing' AND hash(customer_id) % 10 = 0")
    assert len(customers) >= 30
    assert _again(world, _calls(customers, START)).changed.num_rows == 0


def test_a_call_too_late_or_of_another_kind_keeps_nobody(world: World, truth: Bank) -> None:
    gone = _of_type(truth, "retention", f"type = 'persuadable' AND gone_on < DATE '{START}'")
    assert len(gone) >= 3
    assert _again(world, _calls(gone, START)).changed.num_rows == 0
    soon = "leaves AND exposed_on < DATE '2025-10-29' AND leaves_on > DATE '2025-11-06'"
    one_kind = set(_of_type(truth, "retention", f"type = 'persuadable' AND {soon}"))
    other_kind = set(_of_type(truth, "advice", f"type = 'persuadable' AND {soon}"))
    only = sorted(one_kind - other_kind)
    assert only
    assert _again(world, _calls(only, START, "deposit_maturity")).changed.num_rows == 0


def test_a_call_makes_a_sleeping_dog_leave(world: World, truth: Bank) -> None:
    dogs = _of_type(truth, "retention", "type = 'sleeping dog'")
    disturbed = _again(world, _calls(dogs, START))
    customers = disturbed.changed["customer_id"].to_pylist()
    assert len(customers) > 0.4 * len(dogs) > 3
    stored = {table: _rows(world.folder, table) for table in ("accounts", "transactions")}
    later = START + timedelta(days=60)
    assert _assets(disturbed.rows, customers, later) < 0.4 * _assets(stored, customers, later)


@pytest.mark.parametrize("type_", ["persuadable", "sleeping dog"])
def test_what_was_before_the_call_stays_as_it_was(world: World, truth: Bank, type_: str) -> None:
    customers = _of_type(truth, "retention", f"type = '{type_}' AND coalesce(gone_on > DATE '{START}' + 2, true)")
    again = _again(world, _calls(customers, START))
    changed, turn = again.changed["customer_id"].to_pylist(), START + timedelta(days=1)
    assert changed
    with duckdb.connect() as connection:
        for table, rows in again.rows.items():
            stored = f"read_parquet('{world.folder}/{table}{'/*' if table == 'transactions' else ''}.parquet')"
            connection.register("rows", rows)
            mine = f"known_at < TIMESTAMP '{turn}' AND list_contains($1, customer_id)"
            whole, now = f"SELECT * FROM {stored} WHERE {mine}", f"SELECT * FROM rows WHERE {mine}"
            for one, other in ((whole, now), (now, whole)):
                query = f"SELECT count(*) FROM (({one}) EXCEPT ALL ({other}))"
                assert connection.execute(query, [changed]).fetchone() == (0,), table


@pytest.mark.parametrize("type_", ["persuadable", "sleeping dog"])
def test_balances_add_up_to_the_fen_after_the_turn_and_nobody_is_overdrawn(
    world: World, truth: Bank, type_: str
) -> None:
    customers = _of_type(truth, "retention", f"type = '{type_}' AND coalesce(gone_on > DATE '{START}' + 2, true)")
    again = _again(world, _calls(customers, START))
    with duckdb.connect() as connection:
        connection.register("accounts", again.rows["accounts"])
        connection.register("transactions", again.rows["transactions"])
        breaks = """SELECT count(*) FROM (SELECT CASE WHEN status = 'booked' THEN amount ELSE 0 END AS moved,
                balance_after, lag(balance_after) OVER (PARTITION BY account_id ORDER BY ts, transaction_id, status)
                AS before FROM transactions) WHERE before IS NOT NULL AND balance_after <> before + moved"""
        under = """SELECT count(*) FROM transactions JOIN (SELECT DISTINCT account_id, product FROM accounts)
            USING (account_id) WHERE product IN ('current', 'savings', 'term', 'wealth') AND balance_after < 0"""
        assert connection.execute(breaks).fetchone() == (0,)
        assert connection.execute(under).fetchone() == (0,)


def _asked(contacts: pa.Table, topic: str, first: date, last: date) -> set[str]:
    rows = contacts.to_pylist()
    return {r["customer_id"] for r in rows if r["topic_id"] == topic and first <= r["ts"].date() <= last}


def test_a_pre_answer_keeps_whom_it_suits_from_asking_and_makes_others_ask(world: World, truth: Bank) -> None:
    topic = "transfer_blocked"
    every = [customer for (customer,) in truth.execute("SELECT customer_id FROM truth_customers").fetchall()]
    incident = truth.execute(
        "SELECT opened_at::DATE FROM incidents WHERE topic_id = $1 ORDER BY 1 LIMIT 1 OFFSET 2", [topic]
    ).fetchone()
    assert incident is not None
    day = incident[0]
    rows = [(customer, "pre_answer", None, topic, day) for customer in every]
    answered = _again(world, _actions(rows)).rows["contacts"]
    stored = _rows(world.folder, "contacts")
    without, with_ = (_asked(contacts, topic, day, day + timedelta(days=2)) for contacts in (stored, answered))
    effects = dict(truth.execute("SELECT customer_id, effect FROM truth_topics WHERE topic = $1", [topic]).fetchall())
    assert len(without) > 30
    assert 0.3 * len(without) < len(without - with_)
    assert {effects.get(customer) for customer in without - with_} == {"avoids"}
    assert {effects.get(customer) for customer in with_ - without} == {"causes"}


def test_an_action_works_from_its_day_on_and_never_before(world: World, truth: Bank, tmp_path: Path) -> None:
    later = START + timedelta(days=5)
    calls = _calls(_now_leaving(truth, "retention", "persuadable"), later)
    simulate_day(world, START, NOTHING, tmp_path / "without")
    simulate_day(world, START, calls, tmp_path / "with")
    assert _prints(tmp_path / "without") == _prints(tmp_path / "with")


def test_a_days_delivery_is_taken_in_after_the_history(tmp_path: Path) -> None:
    simulate(tmp_path / "bank", customers=150, months=6)
    small, day = open_world(tmp_path / "bank"), date(2025, 5, 20)
    hand_over_history(small, before=day, out=tmp_path / "history")
    simulate_day(small, day, NOTHING, tmp_path / "day")
    settings = read_settings(home=tmp_path / "home", database_url="", identity_key="")
    settings.home.mkdir()
    engine = connect(settings.database)
    metadata.create_all(engine)
    for folder, when in (("history", day), ("day", day + timedelta(days=1))):
        delivered = datetime(when.year, when.month, when.day, tzinfo=UTC)
        report = intake(HERE, tmp_path / folder, settings, engine, delivered_at=delivered)
        assert {name for name, count in report.tables.items() if count.quarantined} == set(), report.first
    engine.dispose()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("C0000001", "letter", None, None, START), "kind 'letter'"),
        (("C0000001", "call", "churn_risks", None, START), "churn_risk"),
        (("C0000001", "call", None, None, START), "rule None"),
        (("C0000001", "pre_answer", None, "transfers", START), "topic 'transfers'"),
        (("C9999999", "call", "churn_risk", None, START), "C9999999"),
    ],
)
def test_an_action_that_cannot_be_is_refused(world: World, tmp_path: Path, row: Any, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        simulate_day(world, START, _actions([row]), tmp_path / "day")
    assert not (tmp_path / "day").exists()


def test_a_day_outside_the_bank_is_refused(world: World, tmp_path: Path) -> None:
    for day in (world.end_day, world.first_day - timedelta(days=1)):
        with pytest.raises(Refusal, match="outside"):
            simulate_day(world, day, NOTHING, tmp_path / "day")


def test_a_bank_made_from_other_steps_is_refused(tmp_path: Path) -> None:
    simulate(tmp_path / "bank", customers=20, months=4)
    mark = tmp_path / "bank" / "world.json"
    mark.write_text(mark.read_text().replace('"made_from": "', '"made_from": "0'))
    with pytest.raises(Refusal, match="other numbers or steps"):
        open_world(tmp_path / "bank")
    with pytest.raises(Refusal, match="no made bank"):
        open_world(tmp_path)
