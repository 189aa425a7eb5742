"""Signals on disk: one Parquet file a day, written chunk by chunk, in place only when whole."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

GROUP_ROWS = 16_384
"""Rows of a row group, whatever chunks they come in: the same signals give the same bytes, and memory stays flat."""


class DayFile:
    """One day's file: tables are added, `keep` puts it in place, `drop` leaves nothing. Each page has a checksum."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path, self.rows = path, 0
        self._waiting = path.with_name(f".{path.name}.{os.getpid()}")
        self._schema, self._held, self._held_rows = schema, list[pa.Table](), 0
        # Doubles seldom repeat: a dictionary would be tried and thrown away. Texts, flags and days do.
        repeated = [field.name for field in schema if not pa.types.is_floating(field.type)]
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = pq.ParquetWriter(
            self._waiting, schema, compression="lz4", use_dictionary=repeated, write_page_checksum=True
        )

    def add(self, table: pa.Table) -> None:
        """Add rows; whole row groups are written, the rest waits."""
        self._held.append(table)
        self._held_rows += table.num_rows
        self.rows += table.num_rows
        if self._held_rows >= GROUP_ROWS:
            whole = pa.concat_tables(self._held)
            whole_rows = self._held_rows - self._held_rows % GROUP_ROWS
            for start in range(0, whole_rows, GROUP_ROWS):
                self._write(whole.slice(start, GROUP_ROWS))
            self._held, self._held_rows = [whole.slice(whole_rows)], self._held_rows - whole_rows

    def finish(self) -> Path:
        """Write what waits; the whole file under its temporary name."""
        if self._held_rows:
            self._write(pa.concat_tables(self._held))
        self._writer.close()
        return self._waiting

    def keep(self) -> None:
        """Put the finished file in place."""
        self._waiting.replace(self.path)

    def drop(self) -> None:
        """Leave nothing behind."""
        self._writer.close()
        self._waiting.unlink(missing_ok=True)

    def _write(self, table: pa.Table) -> None:
        # A copy in one piece: where chunks met would else show in the pages.
        self._writer.write_table(table.combine_chunks(), row_group_size=GROUP_ROWS)


class DayFiles:
    """A sink of signals: `folder`/<day>.parquet for each day, in place together when the block ends well."""

    def __init__(self, folder: Path, days: Sequence[date], schema: pa.Schema) -> None:
        self._files: list[DayFile] = []
        self._paths, self._schema = [folder / f"{day.isoformat()}.parquet" for day in days], schema

    @property
    def rows(self) -> list[int]:
        """Rows of each day so far."""
        return [file.rows for file in self._files]

    def __enter__(self) -> DayFiles:
        self._files = [DayFile(path, self._schema) for path in self._paths]
        return self

    def __call__(self, k: int, table: pa.Table) -> None:
        """Add one chunk of day k."""
        self._files[k].add(table)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            for file in self._files:
                file.drop()
            return
        for file in self._files:
            file.finish()
        for file in self._files:
            file.keep()
