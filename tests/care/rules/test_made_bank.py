"""The rule book over the made bank: what truth says should match does, and what lies near it does not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import features.sources
from care.rules.book import read_book
from care.rules.matching import match
from features.build import build_signals
from features.catalogue import read_catalogue
from features.database import connect, metadata
from features.intake import intake
from features.settings import read_settings
from features.sources.simulated.simulate import simulate
from features.warehouse import Warehouse

FIRST, DAYS = date(2026, 3, 20), 26
# A score needs a model, an improvement a desk that keeps it; a subscription's first month is no recurring payment yet.
NOT_ASKED = ("churn_risk", "fixed_for_you", "subscription_price")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Table told(rule, expected, hit): each stretch of truth within the days, and whether its rule matched in it."""
    home, catalogue = tmp_path_factory.mktemp("bank"), read_catalogue()
    simulate(home / "made", customers=1200, months=18, seed=11)
    settings = read_settings(home=home / "home", database_url="", identity_key="")
    settings.home.mkdir()
    engine = connect(settings.database)
    metadata.create_all(engine)
    source = Path(features.sources.__file__).parent / "simulated"
    intake(source, home / "made", settings, engine, delivered_at=datetime(2026, 7, 1, tzinfo=UTC))
    engine.dispose()
    days = [FIRST + timedelta(days=number) for number in range(DAYS)]
    snapshot = build_signals(Warehouse(settings.home), catalogue, days, settings)
    book, connection = read_book(None, catalogue), duckdb.connect()
    connection.execute("CREATE TABLE matched (rule VARCHAR, customer_id VARCHAR, day DATE)")
    for day in days:
        rows = snapshot.filter(pc.equal(snapshot["as_of"], pa.scalar(day, pa.date32())))
        connection.register("found", match(book, rows, day).frame[["rule_id", "customer_id"]])
        connection.execute("INSERT INTO matched SELECT rule_id, customer_id, $1 FROM found", [day])
    connection.execute(
        f"""CREATE TABLE told AS SELECT rule, expected, EXISTS (FROM matched AS m WHERE m.rule = t.rule
                AND m.customer_id = t.customer_id AND m.day BETWEEN from_on AND to_on) AS hit
            FROM read_parquet('{home}/made/truth/rules.parquet') AS t
            WHERE from_on >= $1 AND to_on <= $2 AND NOT list_contains($3, rule) AND list_contains($4, rule)""",
        [days[0], days[-1], list(NOT_ASKED), list(book.rules)],
    )
    return connection


def _shares(told: duckdb.DuckDBPyConnection, expected: bool) -> dict[str, tuple[float, int]]:
    query = "SELECT rule, avg(hit::INTEGER), count(*) FROM told WHERE expected = $1 GROUP BY rule HAVING count(*) >= 5"
    return {rule: (share, count) for rule, share, count in told.execute(query, [expected]).fetchall()}


def test_a_rule_finds_those_it_is_for(told: duckdb.DuckDBPyConnection) -> None:
    found = _shares(told, expected=True)
    assert len(found) >= 6
    assert {rule: share for rule, share in found.items() if share[0] < 0.8} == {}


def test_a_rule_leaves_those_alone_whom_something_near_it_happened(told: duckdb.DuckDBPyConnection) -> None:
    found = _shares(told, expected=False)
    assert len(found) >= 4
    assert {rule: share for rule, share in found.items() if share[0] > 0.15} == {}
