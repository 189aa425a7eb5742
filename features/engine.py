"""Who reads the history: DuckDB with one view a table, cut to what was known at a moment."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path

import duckdb

from features.columns import Table
from features.contract import TABLES
from features.errors import Refusal
from features.settings import Settings
from features.warehouse import Warehouse, read_files, stored_columns


def quieten(connection: duckdb.DuckDBPyConnection) -> None:
    """Switch the engine's own progress bar off: progress is told step by step."""
    # In a notebook the engine refuses the setting where it could not draw a bar anyway.
    with suppress(duckdb.InvalidInputException):
        connection.execute("SET enable_progress_bar = false")


def open_engine(settings: Settings) -> duckdb.DuckDBPyConnection:
    """An empty DuckDB in memory with the settings' threads and memory, in UTC, that spills into the home."""
    connection = duckdb.connect()
    spill = settings.home / "spill"
    connection.execute(f"SET threads = {settings.threads}")
    connection.execute("SET memory_limit = ?", [settings.memory])
    connection.execute("SET temp_directory = ?", [str(spill)])
    connection.execute("SET TimeZone = 'UTC'")
    quieten(connection)
    connection.execute("SET preserve_insertion_order = true")
    # A day of the bank begins at its midnight; sources write local times, the warehouse holds UTC.
    connection.execute(f"CREATE MACRO utc(local) AS timezone('UTC', timezone('{settings.time_zone}', local))")
    connection.execute(
        f"CREATE MACRO local_time(instant) AS timezone('{settings.time_zone}', timezone('UTC', instant))"
    )
    return connection


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
    names = [(name, kind) for name, kind in stored_columns(table) if name != "superseded_at"]
    month = f"{before:%Y-%m}"
    files = {name: path for name, path in files.items() if table.event is None or name <= month}
    if not files:
        nothing = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in names)
        return f"CREATE VIEW {table.name} AS SELECT {nothing} WHERE false"
    happened = f"AND event_at < TIMESTAMP '{before}'" if table.event else ""
    return f"""CREATE VIEW {table.name} AS SELECT {", ".join(name for name, _ in names)} FROM {read_files(files)}
        WHERE known_at <= TIMESTAMP '{known_by}'
          AND (superseded_at IS NULL OR superseded_at > TIMESTAMP '{known_by}') {happened}"""
