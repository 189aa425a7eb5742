"""Making people: the SQL steps over one chunk of customers in a DuckDB of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from features.engine import quieten
from features.sources.simulated.calendar import lay_calendar
from features.sources.simulated.world import HERE, lay_out

OF_THE_BANK = ("managers", "calendar", "incidents")
OF_PEOPLE = ("customers", "identities", "accounts", "consents", "contacts", "app_events")


@contextmanager
def open_making(world: dict[str, Any], *, threads: int, memory: str = "3GB") -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB with the world laid out and the steps of the bank done; ready for `make`.

    world: read_world() with customers, months and seed as asked. Results do not depend on threads or memory.
    """
    with duckdb.connect(config={"threads": threads, "memory_limit": memory}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        quieten(connection)
        lay_out(connection, world)
        lay_calendar(connection, world)
        for step in steps("bank"):
            connection.execute(step.read_text(encoding="utf-8"))
        yield connection


def steps(folder: str) -> list[Path]:
    """The SQL steps in their order."""
    return sorted((HERE / "steps" / folder).glob("*.sql"))


def make(connection: duckdb.DuckDBPyConnection, first: int, last: int) -> None:
    """Make the customers with numbers from `first` to `last`; their rows stand in the tables hand_* and truth_*."""
    connection.execute("CREATE OR REPLACE TABLE chosen AS SELECT i FROM range($1, $2 + 1) AS r(i)", [first, last])
    run_steps(connection)


def run_steps(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the customers of the table `chosen`."""
    for step in steps("people"):
        connection.execute(step.read_text(encoding="utf-8"))


def month_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The months of the period, as 2025-01."""
    found = connection.execute("SELECT strftime(first, '%Y-%m') FROM months ORDER BY first").fetchall()
    return [str(month) for (month,) in found]


def handed_over(connection: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> Iterator[tuple[str, pa.Table]]:
    """Rows of the last chunk by file name: the tables, and transactions month by month."""
    for table in tables:
        yield table, connection.execute(f"FROM hand_{table}").to_arrow_table()


def transactions(connection: duckdb.DuckDBPyConnection, months: Sequence[str]) -> Iterator[tuple[str, pa.Table]]:
    """Transactions of the last chunk by file name, one file a month, sorted by customer and time."""
    for month in months:
        within = f"ts >= DATE '{month}-01' AND ts < DATE '{month}-01' + INTERVAL 1 MONTH"
        order = "ORDER BY i, ts, transaction_id, known_at"
        query = f"SELECT * EXCLUDE (i) FROM hand_transactions WHERE {within} {order}"
        yield f"transactions/{month}", connection.execute(query).to_arrow_table()
