"""A real bank through its SELECTs: counts of the data set, days moved, order within a day, topics."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

import features.sources
from features.database import connect, metadata
from features.engine import open_history
from features.intake import IntakeReport, intake
from features.moments import midnight
from features.settings import Settings, read_settings
from features.warehouse import Warehouse

DATA = Path(__file__).parents[4] / "shared" / "data"
SOURCE = Path(features.sources.__file__).parent / "berka"
pytestmark = pytest.mark.skipif(not (DATA / "berka").is_dir(), reason=f"Berka's files are not at {DATA}")

Taken = tuple[IntakeReport, Settings]


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """The whole data set in a warehouse."""
    settings = read_settings(home=tmp_path_factory.mktemp("home"), database_url="", identity_key="")
    engine = connect(settings.database)
    metadata.create_all(engine)
    report = intake(SOURCE, DATA, settings, engine, delivered_at=datetime(2026, 7, 1, tzinfo=UTC))
    engine.dispose()
    return report, settings


@pytest.fixture(scope="module")
def history(taken: Taken) -> Iterator[duckdb.DuckDBPyConnection]:
    """Everything, as known long after."""
    _, settings = taken
    with open_history(Warehouse(settings.home), settings, known_by=datetime(2026, 1, 1)) as connection:  # noqa: DTZ001
        yield connection


def _one(history: duckdb.DuckDBPyConnection, query: str) -> object:
    row = history.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_every_row_of_the_data_set_is_accepted(taken: Taken) -> None:
    report, _ = taken
    assert report.currency == "CZK"
    assert {name: count.quarantined for name, count in report.tables.items()} == dict.fromkeys(report.tables, 0)
    accepted = {name: count.accepted for name, count in report.tables.items()}
    assert accepted["transactions"] == 79302
    assert accepted["customers"] == 5369 + 88  # 88 gold cards make a second version
    assert accepted["accounts"] == 4500 + 682 + 203  # 203 loans ended without debt: a second version
    assert accepted["identities"] == 5369


def test_days_are_twenty_years_later_and_a_leap_day_stays_one(history: duckdb.DuckDBPyConnection) -> None:
    assert _one(history, "SELECT min(local_time(ts))::DATE FROM transactions") == date(2013, 1, 1)
    assert _one(history, "SELECT count(*) FROM transactions WHERE local_time(ts)::DATE = DATE '2016-02-29'") == 72
    assert _one(history, "SELECT min(opened_on) FROM accounts") == date(2013, 1, 1)


def test_a_morning_sees_the_days_before_it_and_no_more(taken: Taken) -> None:
    _, settings = taken
    as_of = midnight(date(2014, 3, 1), settings.zone)
    with open_history(Warehouse(settings.home), settings, known_by=as_of) as then:
        assert _one(then, "SELECT max(local_time(ts))::DATE FROM transactions") == date(2014, 2, 28)
        # opened_on < as_of is the snapshot's test; a client is known from the opening day's midnight on
        assert _one(then, "SELECT count(*) FROM customers WHERE opened_on < DATE '2014-03-01'") == 1451
        assert _one(then, "SELECT count(*) FROM contacts WHERE resolved_at >= now()::TIMESTAMP") == 0


def test_balances_within_a_day_follow_each_other_as_well_as_the_data_allow(history: duckdb.DuckDBPyConnection) -> None:
    share = _one(
        history,
        """SELECT avg((abs(gap) <= 10)::INTEGER) FROM (SELECT balance_after - amount - lag(balance_after) OVER (
            PARTITION BY account_id ORDER BY ts, transaction_id) AS gap FROM transactions) WHERE gap IS NOT NULL""",
    )
    assert isinstance(share, float)
    assert share > 0.99  # measured 0.9936 to ten hellers (the data round balances); 0.61 when ordered by trans_id


def test_kinds_come_from_the_banks_own_symbols(history: duckdb.DuckDBPyConnection) -> None:
    kinds = dict(history.execute("SELECT kind, count(*) FROM transactions GROUP BY kind").fetchall())
    assert kinds == {"cash": 40033, "interest": 14700, "transfer": 14045, "fee": 8631, "salary": 1770, "repayment": 123}
    wrong = "kind IN ('fee', 'repayment') AND amount > 0 OR kind = 'salary' AND amount < 0"
    assert _one(history, f"SELECT count(*) FROM transactions WHERE {wrong}") == 0


def test_complaints_speak_of_our_topics(history: duckdb.DuckDBPyConnection) -> None:
    assert _one(history, "SELECT count(*) FROM contacts") == 23419
    topics = dict(history.execute("SELECT topic_id, count(*) FROM contacts GROUP BY topic_id").fetchall())
    assert topics["application_status"] == 6955
    assert topics[None] < 0.06 * 23419
    assert _one(history, "SELECT count(*) FROM contacts WHERE channel = 'phone' AND handle_seconds IS NOT NULL") == 2504


def test_an_answer_is_not_known_on_the_day_of_the_question(history: duckdb.DuckDBPyConnection, taken: Taken) -> None:
    _, settings = taken
    waiting = "SELECT contact_id FROM contacts WHERE resolved_at > ts + INTERVAL 20 DAY ORDER BY contact_id LIMIT 1"
    row = history.execute(waiting).fetchone()
    assert row is not None
    asked = history.execute("SELECT ts FROM contacts WHERE contact_id = ?", [row[0]]).fetchone()
    assert asked is not None
    day_after = midnight(asked[0].date() + timedelta(days=1), settings.zone)
    with open_history(Warehouse(settings.home), settings, known_by=day_after) as then:
        assert _one(then, f"SELECT resolved_at FROM contacts WHERE contact_id = '{row[0]}'") is None


def test_names_and_numbers_are_made_up_and_say_so(taken: Taken) -> None:
    _, settings = taken
    engine = connect(settings.database)
    with engine.connect() as connection:
        made = connection.execute(sa.text("SELECT count(*) FROM identities WHERE made_up")).scalar()
    engine.dispose()
    assert made == 5369


def test_every_client_has_a_manager_with_about_a_hundred_clients(history: duckdb.DuckDBPyConnection) -> None:
    assert (
        _one(history, "SELECT count(*) FROM customers WHERE manager_id NOT IN (SELECT manager_id FROM managers)") == 0
    )
    assert _one(history, "SELECT max(n) FROM (SELECT count(*) AS n FROM customers GROUP BY manager_id)") == 100
