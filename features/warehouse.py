"""Stored history: Parquet by table and month, two clocks on every row, corrections as new versions, one manifest."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow.parquet as pq

from features.columns import Table
from features.contract import TABLES
from features.errors import Refusal
from features.moments import day_of

WHOLE = "all"
ROWS_A_GROUP = 122_880
CLOCKS = (("event_at", "TIMESTAMP"), ("known_at", "TIMESTAMP"), ("superseded_at", "TIMESTAMP"))


@dataclass(frozen=True)
class Warehouse:
    """The history in `home`, as its manifest lists it; files beside the manifest's list do not count."""

    home: Path

    @property
    def folder(self) -> Path:
        """Where tables and the manifest lie."""
        return self.home / "warehouse"

    @property
    def manifest(self) -> dict[str, Any]:
        """What is stored: source, currency, files by table, counts of the last intake; empty before the first."""
        try:
            found: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            place = str(self.folder / "manifest.json")
            raise Refusal(f"cannot be read ({error.__class__.__name__})", place=place, remedy="take in again") from None
        return found

    @property
    def about(self) -> dict[str, Any]:
        """`source`, `currency` and `intake` (accepted and quarantined rows by table) of the last intake."""
        return {name: value for name, value in self.manifest.items() if name in ("source", "currency", "intake")}

    @property
    def tables(self) -> frozenset[str]:
        """The contract's tables that were handed over."""
        return frozenset(self.manifest.get("tables", {}))

    @property
    def version(self) -> str:
        """A hash of everything stored: the same rows have the same version, however they arrived."""
        manifest = self.manifest
        stored = [manifest.get("source"), manifest.get("currency"), manifest.get("tables")]
        return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()

    def files(self, table: str) -> dict[str, Path]:
        """The table's files by month (`all` for a register), oldest first."""
        listed = self.manifest.get("tables", {}).get(table, {})
        return {month: self.folder / table / month / name for month, name in sorted(listed.items())}

    def last_day(self, zone: ZoneInfo) -> date | None:
        """The bank's day of the newest transaction; None without any."""
        files = list(self.files("transactions").values())
        if not files:
            return None
        with duckdb.connect() as connection:
            found = connection.execute("SELECT max(event_at) FROM read_parquet(?)", [str(files[-1])]).fetchone()
        return day_of(found[0], zone) if found and found[0] else None


def read_files(files: Mapping[str, Path]) -> str:
    """SQL that reads stored files; never called with none."""
    listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files.values())
    return f"read_parquet([{listed}])"


def stored_columns(table: Table) -> list[tuple[str, str]]:
    """Name and SQL type of every stored column of a table, clocks last."""
    return [*((column.name, column.kind.value) for column in table.columns), *CLOCKS]


def merge(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, table: Table, fresh: str, *, delivered: str
) -> dict[str, str]:
    """Merge the relation `fresh` (contract columns, event_at, known_at, _file, _line) into a table; new files by month.

    The files are written beside the old ones and count only once `commit` lists them. A row delivered twice counts
    once. Of two rows of one delivery with one key and one known_at the last by file and line wins; a row that says
    something else than the stored one of its key and known_at counts from `delivered` (SQL of the delivery's instant)
    on, because nights before that did not know it. A version that says the same as the one before it is dropped; a
    version's superseded_at is the known_at of the next.
    """
    old = warehouse.files(table.name)
    if not _news(connection, table, fresh, old):
        return {month: path.name for month, path in old.items()}
    _merged(connection, table, delivered)
    months = connection.execute("SELECT DISTINCT month FROM merged ORDER BY month").fetchall()
    return {month: _write(connection, warehouse, table, month) for (month,) in months}


def _news(connection: duckdb.DuckDBPyConnection, table: Table, fresh: str, old: Mapping[str, Path]) -> int:
    """The relations `stored`, and `news`: what a delivery says once that is not stored word for word; how many rows."""
    names = [*(column.name for column in table.columns), "event_at", "known_at"]
    said, key = ", ".join(names), ", ".join([*table.key, "known_at"])
    nothing = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in stored_columns(table))
    stored = f"FROM {read_files(old)}" if old else f"FROM (SELECT {nothing}) WHERE false"
    same = " AND ".join(f"once.{name} IS NOT DISTINCT FROM stored.{name}" for name in names)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW stored AS SELECT {said} {stored}")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE doubled AS SELECT {key} FROM {fresh} GROUP BY ALL HAVING count(*) > 1;
        CREATE OR REPLACE TEMP VIEW once AS
        SELECT {said} FROM {fresh} ANTI JOIN doubled USING ({key})
        UNION ALL
        SELECT {said} FROM (
            SELECT * FROM {fresh} SEMI JOIN doubled USING ({key})
            QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY _file DESC, _line DESC, {said}) = 1);
        CREATE OR REPLACE TEMP TABLE news AS SELECT * FROM once ANTI JOIN stored ON {same}""")
    (found,) = connection.execute("SELECT count(*) FROM news").fetchall()[0]
    return int(found)


def _merged(connection: duckdb.DuckDBPyConnection, table: Table, delivered: str) -> None:
    """The relation `merged`: stored columns and the month. Windows run only over the keys that stand more than once."""
    names = ", ".join(column.name for column in table.columns)
    key = ", ".join(table.key)
    month = "strftime(event_at, '%Y-%m')" if table.event else f"'{WHOLE}'"
    connection.execute(f"""
        CREATE OR REPLACE TEMP VIEW every AS
        SELECT *, false AS kept FROM news UNION ALL SELECT *, true AS kept FROM stored;
        CREATE OR REPLACE TEMP TABLE several AS SELECT {key} FROM every GROUP BY ALL HAVING count(*) > 1;
        CREATE OR REPLACE TEMP TABLE merged AS
        WITH dated AS (
            SELECT * REPLACE (CASE WHEN NOT kept AND lag(kept) OVER (PARTITION BY {key}, known_at ORDER BY kept DESC)
                THEN {delivered} ELSE known_at END AS known_at), row({names}) AS said
            FROM every SEMI JOIN several USING ({key})
        ), one AS (
            SELECT * FROM dated QUALIFY row_number() OVER (PARTITION BY {key}, known_at ORDER BY kept) = 1
        ), versions AS (
            SELECT * FROM one
            WINDOW w AS (PARTITION BY {key} ORDER BY known_at)
            QUALIFY row_number() OVER w = 1 OR lag(said) OVER w IS DISTINCT FROM said
        ), every_version AS (
            SELECT {names}, event_at, known_at, CAST(NULL AS TIMESTAMP) AS superseded_at
            FROM every ANTI JOIN several USING ({key})
            UNION ALL
            SELECT {names}, event_at, known_at, lead(known_at) OVER (PARTITION BY {key} ORDER BY known_at)
            FROM versions
        )
        SELECT *, {month} AS month FROM every_version""")


def _write(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, table: Table, month: str) -> str:
    customer = ["customer_id"] if any(column.name == "customer_id" for column in table.columns) else []
    order = ", ".join([*customer, "event_at", *table.key, "known_at"])
    rows = connection.execute(f"SELECT * EXCLUDE (month) FROM merged WHERE month = ? ORDER BY {order}", [month])
    folder = warehouse.folder / table.name / month
    folder.mkdir(parents=True, exist_ok=True)
    waiting = folder / "writing"
    pq.write_table(
        rows.to_arrow_table(), waiting, compression="zstd", row_group_size=ROWS_A_GROUP, write_page_checksum=True
    )
    with waiting.open("rb") as written:
        name = f"{hashlib.file_digest(written, 'sha256').hexdigest()[:24]}.parquet"
        os.fsync(written.fileno())  # the manifest may not name what a power cut can still take away
    waiting.replace(folder / name)
    return name


def commit(warehouse: Warehouse, manifest: Mapping[str, Any]) -> None:
    """Put a new manifest in force in one step; files that it no longer lists stay until the next `sweep`."""
    waiting = warehouse.folder / "manifest.writing"
    waiting.parent.mkdir(parents=True, exist_ok=True)
    with waiting.open("w", encoding="utf-8") as file:
        json.dump(manifest, file, ensure_ascii=False, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(warehouse.folder / "manifest.json")


def sweep(warehouse: Warehouse) -> None:
    """Remove files that the manifest in force does not list: what a killed intake left, what the last one replaced.

    Done before an intake writes, not after: who opened the history before the last intake still reads those files.
    """
    listed = {path for name in TABLES for path in warehouse.files(name).values()}
    for path in warehouse.folder.glob("*/*/*"):
        if path not in listed:
            path.unlink()
