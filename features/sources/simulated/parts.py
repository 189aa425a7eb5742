"""Parquet files that grow by and by: row groups of one size, however the rows arrive, with page checksums."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

ROWS_A_GROUP = 100_000
PLAIN = frozenset({"transaction_id", "event_id", "contact_id", "ts", "known_at", "amount", "balance_after", "text"})


class Part:
    """One file. Its bytes depend on the rows and their order alone, never on the portions in which they came."""

    def __init__(self, path: Path) -> None:
        """Begin the file `path`; its folder is made."""
        self.path = path
        self._waiting: list[pa.Table] = []
        self._count = 0
        self._writer: pq.ParquetWriter | None = None

    def add(self, rows: pa.Table) -> None:
        """Append rows; whole row groups are written at once, the rest waits."""
        self._waiting.append(rows)
        self._count += rows.num_rows
        if self._count >= ROWS_A_GROUP:
            together = pa.concat_tables(self._waiting)
            whole = together.num_rows - together.num_rows % ROWS_A_GROUP
            for first in range(0, whole, ROWS_A_GROUP):
                self._write(together.slice(first, ROWS_A_GROUP))
            # A copy: a slice would keep what is written already in memory.
            self._waiting = [together.slice(whole).combine_chunks()]
            self._count = together.num_rows - whole

    def close(self) -> None:
        """Write what waits and the footer."""
        if self._waiting and (self._count or self._writer is None):
            self._write(pa.concat_tables(self._waiting))
        if self._writer is not None:
            self._writer.close()

    def _write(self, rows: pa.Table) -> None:
        if self._writer is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            few = [name for name in rows.column_names if name not in PLAIN]
            self._writer = pq.ParquetWriter(
                self.path,
                rows.schema,
                compression="zstd",
                compression_level=1,
                use_dictionary=few,
                write_page_checksum=True,
            )
        # One chunk a column: page borders follow chunk borders.
        self._writer.write_table(rows.combine_chunks(), row_group_size=ROWS_A_GROUP)


class Parts:
    """The files of one folder by name; closed together."""

    def __init__(self, folder: Path) -> None:
        """Files below `folder`."""
        self.folder = folder
        self._parts: dict[str, Part] = {}

    def add(self, name: str, rows: pa.Table) -> None:
        """Append rows to the file `<name>.parquet`."""
        if name not in self._parts:
            self._parts[name] = Part(self.folder / f"{name}.parquet")
        self._parts[name].add(rows)

    def __enter__(self) -> Parts:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close every file; after an error they are worth nothing and stay unfinished."""
        if kind is None:
            for part in self._parts.values():
                part.close()
