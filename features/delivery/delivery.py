"""A delivery on its way in: what was accepted of each table, what was set aside, and whether that is too much."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from features.columns import Table
from features.delivery.manifest import Manifest
from features.delivery.quarantine import Complaint, write_quarantine
from features.errors import Refusal
from features.warehouse import Warehouse

SHOWN_OF_A_ROW = 2_000


@dataclass(frozen=True)
class TableCount:
    """Rows of one table in one delivery."""

    accepted: int
    quarantined: int


@dataclass
class Delivery:
    """One delivery: where it comes from, and the complaints about each table so far."""

    connection: duckdb.DuckDBPyConnection
    warehouse: Warehouse
    source: Path
    data: Path
    currency: str
    delivered: str
    manifest: Manifest | None = None
    accepted: dict[str, int] = field(default_factory=dict)
    complaints: dict[str, list[Complaint]] = field(default_factory=dict)
    row_files: set[str] = field(default_factory=set)
    looked_up: dict[Complaint, str] = field(default_factory=dict)

    def note(self, table: Table, broken_lines: Iterable[Complaint]) -> None:
        """Note a table whose rows stand in the relation `checked`, and the lines that could not be landed for it.

        A line that was lost is a lost row of the tables whose rows come from its file; of a file that is only looked
        up, it counts once, with the first table that reads it.
        """
        files = {row[0] for row in self.connection.execute("SELECT DISTINCT _file FROM checked").fetchall()}
        self.row_files |= files
        lines = list(broken_lines)
        for line in lines:
            if line.file not in files:
                self.looked_up.setdefault(line, table.name)
        own = [line for line in lines if line.file in files]
        self.complaints[table.name] = [*own, *_broken_rows(self.connection)]
        counted: Any = self.connection.execute(f"SELECT count(*) FROM ready_{table.name}").fetchone()
        self.accepted[table.name] = int(counted[0])

    def settle(self) -> dict[str, TableCount]:
        """Every table's count, after the last table was noted."""
        for line, table in self.looked_up.items():
            if line.file not in self.row_files:
                self.complaints[table].append(line)
        for complaints in self.complaints.values():
            complaints.sort(key=lambda one: (one.file, one.line))
        return {name: TableCount(rows, len(self.complaints[name])) for name, rows in self.accepted.items()}

    def set_aside(self, folder: Path) -> Path:
        """Write the quarantine."""
        for name, complaints in self.complaints.items():
            write_quarantine(folder, name, complaints)
        return folder

    def check_limit(self, counts: dict[str, TableCount], limit: float) -> None:
        """Refusal if a table's share of bad rows is above `limit`."""
        for name, count in counts.items():
            rows = count.accepted + count.quarantined
            if rows and count.quarantined / rows > limit:
                first = self.complaints[name][0]
                common = Counter(one.column or "line" for one in self.complaints[name]).most_common(1)[0][0]
                reason = f"{count.quarantined} of {rows} rows of {name} are bad (most often: {common}), first {first}"
                remedy = f"nothing was replaced; mend the delivery, or raise FORECARE_BAD_ROWS_LIMIT above {limit}"
                raise Refusal(reason, place=str(self.source / f"{name}.sql"), remedy=remedy)


def _broken_rows(connection: duckdb.DuckDBPyConnection) -> list[Complaint]:
    found = connection.execute("SELECT complaint FROM checked WHERE complaint IS NOT NULL").fetchall()
    complaints = []
    for (said,) in found:
        one = json.loads(said)
        column, _, fault = one["broken"].partition("|")
        row = json.dumps(one["row"], ensure_ascii=False)
        complaints.append(Complaint(one["file"], one["line"], column, fault, row[:SHOWN_OF_A_ROW]))
    return sorted(complaints, key=lambda one: (one.file, one.line))
