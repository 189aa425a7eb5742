"""A delivery on its way in: what was accepted of each table, what was set aside, and whether that is too much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from features.delivery.doubts import Doubt
from features.delivery.journal import Journal
from features.delivery.manifest import Manifest
from features.delivery.quarantine import Complaint, write_quarantine
from features.delivery.source import Source
from features.delivery.source_database import SourceDatabase
from features.errors import Refusal
from features.progress import Progress
from features.warehouse import Warehouse


@dataclass(frozen=True)
class TableCount:
    """Rows of one table in one delivery."""

    accepted: int
    quarantined: int


@dataclass
class Taken:
    """What became of one table of a delivery: its files by month, how many rows are good, what is wrong with others."""

    files: dict[str, str] = field(default_factory=dict)
    accepted: int = 0
    complaints: list[Complaint] = field(default_factory=list)


@dataclass
class Delivery:
    """One delivery: where it comes from, and the complaints about each table so far."""

    connection: duckdb.DuckDBPyConnection
    warehouse: Warehouse
    source: Source
    data: Path
    delivered: str
    zone: str
    database: SourceDatabase
    journal: Journal
    progress: Progress
    manifest: Manifest | None = None
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    accepted: dict[str, int] = field(default_factory=dict)
    complaints: dict[str, list[Complaint]] = field(default_factory=dict)
    row_files: set[str] = field(default_factory=set)
    looked_up: dict[Complaint, str] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)

    def note(self, table: str, taken: Taken, rows_from: set[str], broken_lines: Iterable[Complaint]) -> None:
        """Note what became of a table whose rows come from the files `rows_from`, and the lines that were not landed.

        A line that was lost is a lost row of the tables whose rows come from its file; of a file that is only looked
        up, it counts once, with the first table that reads it.
        """
        self.row_files |= rows_from
        lines = list(broken_lines)
        for line in lines:
            if line.file not in rows_from:
                self.looked_up.setdefault(line, table)
        own = [line for line in lines if line.file in rows_from]
        self.complaints[table] = [*own, *taken.complaints]
        self.accepted[table] = taken.accepted
        self.files[table] = taken.files

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
                raise Refusal(reason, place=str(self.source.folder / f"{name}.sql"), remedy=remedy)
