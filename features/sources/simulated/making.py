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
TRUTH = ("customers", "care", "events", "topics", "contacts", "rules", "openings", "moves", "calls")


@contextmanager
def open_making(world: dict[str, Any], *, threads: int, memory: str = "3GB") -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB with the world laid out and the steps of the bank done; ready for `make`.

    world: read_world() with customers, months and seed as asked. Results do not depend on threads or memory.
    """
    with duckdb.connect(config={"threads": threads, "memory_limit": memory}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        quieten(connection)
        # DuckDB 1.5.6 fails in this one on some data ("expression type mismatch").
        connection.execute("SET disabled_optimizers = 'top_n_window_elimination'")
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


def run_steps(connection: duckdb.DuckDBPyConnection, first: str = "", last: str = "~") -> None:
    """Make the customers of the table `chosen`: the steps whose file names lie within [first, last]."""
    for step in steps("people"):
        if first <= step.name <= last:
            connection.execute(step.read_text(encoding="utf-8"))


def of_the_bank(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, pa.Table]]:
    """Rows of the tables of the bank as a whole, by file name."""
    return _tables(connection, OF_THE_BANK, "hand_", "")


def of_people(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, pa.Table]]:
    """Rows of the last chunk by file name: registers, contacts, events, transactions month by month, and the truth."""
    yield from _tables(connection, OF_PEOPLE, "hand_", "")
    whole = connection.execute("FROM hand_transactions").to_arrow_table().combine_chunks()
    yield from by_month(whole)
    yield from _tables(connection, TRUTH, "truth_", "truth/")


def by_month(rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Transactions sorted by `month`, one table a month by file name, without that column."""
    import pyarrow.compute as pc

    for month in pc.unique(rows["month"]).to_pylist():
        first, count = pc.index(rows["month"], month).as_py(), pc.sum(pc.equal(rows["month"], month)).as_py()
        yield f"transactions/{month:%Y-%m}", rows.slice(first, count).drop_columns(["month"])


def _tables(
    connection: duckdb.DuckDBPyConnection, names: Sequence[str], prefix: str, folder: str
) -> Iterator[tuple[str, pa.Table]]:
    for name in names:
        yield f"{folder}{name}", connection.execute(f"FROM {prefix}{name}").to_arrow_table()
