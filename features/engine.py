"""Who reads the history: DuckDB with one view a table, cut to what was known at a moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from features.columns import Table
from features.contract import TABLES
from features.errors import Refusal
from features.footers import LONG_AGO, Clocks, read_footer
from features.settings import Settings
from features.warehouse import Warehouse, read_files, stored_columns


def quieten(connection: duckdb.DuckDBPyConnection) -> None:
    """Switch the engine's own progress bar off: progress is told step by step."""
    # In a notebook the engine refuses the setting where it could not draw a bar anyway.
    with suppress(duckdb.InvalidInputException):
        connection.execute("SET enable_progress_bar = false")


def open_engine(settings: Settings) -> duckdb.DuckDBPyConnection:
    """An empty DuckDB in memory with the settings' threads and memory, in UTC, that spills into the home."""
    # As configuration, not as statements: a bound parameter makes the engine's client import pandas.
    connection = duckdb.connect(
        config={
            "threads": settings.threads,
            "memory_limit": settings.memory,
            "temp_directory": str(settings.home / "spill"),
            "preserve_insertion_order": True,
        }
    )
    connection.execute("SET TimeZone = 'UTC'")
    quieten(connection)
    # A day of the bank begins at its midnight; sources write local times, the warehouse holds UTC.
    connection.execute(f"CREATE MACRO utc(local) AS timezone('UTC', timezone('{settings.time_zone}', local))")
    connection.execute(
        f"CREATE MACRO local_time(instant) AS timezone('{settings.time_zone}', timezone('UTC', instant))"
    )
    return connection


@dataclass(frozen=True)
class History:
    """All versions of all rows, for builders that tell versions apart themselves.

    relations: SQL of each table's rows with the contract's columns, event_at, known_at and superseded_at, sorted by
    customer_id, event_at, key, known_at (within a month where they are stored by month). tables: what was handed over.
    files: stored files of events by table and month, stored: those of all tables, where rows come from such.
    """

    connection: duckdb.DuckDBPyConnection
    relations: Mapping[str, str]
    tables: frozenset[str]
    files: Mapping[str, Mapping[str, Path]] = field(default_factory=dict)
    stored: Mapping[str, Mapping[str, Path]] = field(default_factory=dict)

    def between(self, since: date | None, before: date) -> dict[str, str]:
        """The relations, those of events without the months that end before `since` or begin after `before`."""
        return {
            table: relation
            if table not in self.files
            else _all_versions(TABLES[table], self._months(table, since, before))
            for table, relation in self.relations.items()
        }

    def count(self, table: str, since: date | None, before: date) -> int:
        """About how many rows of events a table has in the months between two days."""
        if table in self.files:
            return sum(read_footer(path).rows for path in self._months(table, since, before).values())
        (found,) = self.connection.execute(f"SELECT count(*) FROM {self.relations[table]}").fetchall()[0]
        return int(found)

    def clocks(self, since: date | None, before: date) -> dict[str, Clocks]:
        """What is known of the clocks of the rows between two days, without reading them."""
        found = {}
        for table in self.files:
            told = [read_footer(path).clocks for path in self._months(table, since, before).values()]
            latest = [one.known_until for one in told]
            known = None if None in latest else max((one for one in latest if one), default=LONG_AGO)
            found[table] = Clocks(known, any(one.superseded for one in told))
        return found

    def by_month(self, tables: Sequence[str], low: date) -> tuple[date | None, list[str]]:
        """The first day of the bank from which all months of UTC that reach `low` are read, and the months before them.

        Those are the months in which the tables have rows, the newest first. Rows that are not stored by month are all
        recent: (None, []).
        """
        months = sorted({month for table in tables for month in self.files.get(table, {})}, reverse=True)
        if not months:
            return None, []
        first = (low - timedelta(days=1)).replace(day=1)  # a day of the bank may begin in the day of UTC before it
        return first - timedelta(days=1), [month for month in months if month < f"{first:%Y-%m}"]

    def in_months(self, months: Sequence[str]) -> dict[str, str]:
        """The relations of events of some months of UTC."""
        return {
            table: _all_versions(TABLES[table], {month: files[month] for month in sorted(months) if month in files})
            for table, files in self.files.items()
        }

    def fork(self) -> History:
        """The same for another thread."""
        return replace(self, connection=self.connection.cursor())

    def _months(self, table: str, since: date | None, before: date) -> dict[str, Path]:
        # A month of UTC reaches a day into its neighbours' in the bank's zone.
        first = f"{since - timedelta(days=1):%Y-%m}" if since else ""
        last = f"{before + timedelta(days=1):%Y-%m}"
        return {month: path for month, path in self.files[table].items() if first <= month <= last}


@contextmanager
def open_versions(warehouse: Warehouse, settings: Settings) -> Iterator[History]:
    """The stored history with all its versions; a table that was not handed over is empty."""
    names = [name for name in TABLES if name != "identities"]
    files = {name: warehouse.files(name) for name in names}
    for found in files.values():
        _check_files(found)
    relations = {name: _all_versions(TABLES[name], files[name]) for name in names}
    events = {name: found for name, found in files.items() if TABLES[name].event}
    connection = open_engine(settings)
    try:
        # Many short queries read the same files: what their footers say is kept.
        connection.execute("SET parquet_metadata_cache = true")
        yield History(connection, relations, warehouse.tables, events, stored=files)
    finally:
        connection.close()


def _all_versions(table: Table, files: Mapping[str, Path]) -> str:
    return read_files(table, files)


def open_history(
    warehouse: Warehouse, settings: Settings, *, known_by: datetime, before: datetime | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection with one view for each table of the contract, as known at `known_by`.

    Both instants are UTC without a zone. A row is there if known_at <= known_by and no later version was known by then;
    rows of tables with an event only if event_at < `before` (default: known_by). A table that was not handed over is an
    empty view. Columns: the contract's, event_at, known_at. Macros: utc(local), local_time(instant).
    """
    connection = open_engine(settings)
    for table in TABLES.values():
        if table.name != "identities":
            _check_files(warehouse.files(table.name))
            connection.execute(_view(table, warehouse.files(table.name), known_by, before or known_by))
    return connection


def _check_files(files: dict[str, Path]) -> None:
    for path in files.values():
        if not path.is_file():
            remedy = "restore the home from its backup, or take the deliveries into a new home"
            raise Refusal("a stored file is gone", place=str(path), remedy=remedy)


def _view(table: Table, files: dict[str, Path], known_by: datetime, before: datetime) -> str:
    names = [name for name, _ in stored_columns(table) if name != "superseded_at"]
    month = f"{before:%Y-%m}"
    files = {name: path for name, path in files.items() if table.event is None or name <= month}
    happened = f"AND event_at < TIMESTAMP '{before}'" if table.event else ""
    return f"""CREATE VIEW {table.name} AS SELECT {", ".join(names)} FROM {read_files(table, files)}
        WHERE known_at <= TIMESTAMP '{known_by}'
          AND (superseded_at IS NULL OR superseded_at > TIMESTAMP '{known_by}') {happened}"""
