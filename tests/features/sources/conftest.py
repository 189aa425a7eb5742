"""One made bank for all tests of it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from features.sources.simulated.simulate import simulate

CUSTOMERS = 1800


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a made bank of 1,800 customers over 18 months."""
    folder = tmp_path_factory.mktemp("made") / "bank"
    simulate(folder, customers=CUSTOMERS)
    return folder


@pytest.fixture(scope="module")
def truth(made: Path) -> duckdb.DuckDBPyConnection:
    """The truth as tables truth_*, the bank's transactions, contacts, app events and accounts beside it."""
    connection = duckdb.connect()
    for path in sorted((made / "truth").glob("*.parquet")):
        connection.execute(f"CREATE VIEW truth_{path.stem} AS FROM read_parquet('{path}')")
    for table in ("contacts", "app_events", "accounts", "customers", "incidents"):
        connection.execute(f"CREATE VIEW {table} AS FROM read_parquet('{made}/{table}.parquet')")
    connection.execute(f"CREATE VIEW transactions AS FROM read_parquet('{made}/transactions/*.parquet')")
    return connection
