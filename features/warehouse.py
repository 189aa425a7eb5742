"""Stored history: Parquet by table and month, two clocks on every row, corrections as new versions, one manifest."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from features.columns import Table
from features.contract import TABLES
from features.errors import Refusal
from features.footers import read_footer
from features.moments import day_of

WHOLE = "all"
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


def read_files(table: Table, files: Mapping[str, Path]) -> str:
    """SQL of the rows of a table's stored files, which may be none, with all its stored columns.

    A column that the contract got since a file was written is NULL for that file's rows.
    """
    columns = stored_columns(table)
    nothing = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in columns)
    none = f"(SELECT {nothing} WHERE false)"
    if not files:
        return none
    listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files.values())
    if all(read_footer(path).columns.issuperset(name for name, _ in columns) for path in files.values()):
        return f"read_parquet([{listed}])"
    return f"(FROM {none} UNION ALL BY NAME FROM read_parquet([{listed}], union_by_name = true))"


def stored_columns(table: Table) -> list[tuple[str, str]]:
    """Name and SQL type of every stored column of a table, clocks last."""
    return [*((column.name, column.kind.value) for column in table.columns), *CLOCKS]


def commit(warehouse: Warehouse, manifest: Mapping[str, Any]) -> None:
    """Put a new manifest in force in one step; files that it no longer lists stay until the next `sweep`."""
    waiting = warehouse.folder / "manifest.writing"
    waiting.parent.mkdir(parents=True, exist_ok=True)
    with waiting.open("w", encoding="utf-8") as file:
        json.dump(manifest, file, ensure_ascii=False, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(warehouse.folder / "manifest.json")


def sweep(warehouse: Warehouse, kept: Collection[str] = ()) -> None:
    """Remove files that the manifest in force does not list: what a killed intake left, what the last one replaced.

    `kept`: names of files that stay all the same.

    Done before an intake writes, not after: who opened the history before the last intake still reads those files.
    """
    listed = {path for name in TABLES for path in warehouse.files(name).values()}
    for path in warehouse.folder.glob("*/*/*"):
        if path not in listed and path.name not in kept:
            path.unlink()
