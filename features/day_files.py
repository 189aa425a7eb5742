"""Signals on disk: one Parquet file a day, written chunk by chunk, in place only when whole."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq


class DayFiles:
    """A sink of signals: `folder`/<day>.parquet for each day, replaced together when the block ends without an error.

    The same signals give the same bytes. Each page carries a checksum.
    """

    def __init__(self, folder: Path, days: Sequence[date], schema: pa.Schema) -> None:
        self.paths = [folder / f"{day.isoformat()}.parquet" for day in days]
        self._schema = schema
        self._writers: list[pq.ParquetWriter] = []
        self.rows = [0 for _ in days]

    def __enter__(self) -> DayFiles:
        self.paths[0].parent.mkdir(parents=True, exist_ok=True)
        # Doubles seldom repeat: a dictionary would be tried and thrown away. Texts, flags and days do.
        repeated = [field.name for field in self._schema if not pa.types.is_floating(field.type)]
        for path in self.paths:
            self._writers.append(
                pq.ParquetWriter(
                    _waiting(path), self._schema, compression="zstd", use_dictionary=repeated, write_page_checksum=True
                )
            )
        return self

    def __call__(self, k: int, table: pa.Table) -> None:
        """Add one chunk of day k."""
        self._writers[k].write_table(table)
        self.rows[k] += table.num_rows

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for writer in self._writers:
            writer.close()
        for path in self.paths:
            if kind is None:
                _waiting(path).replace(path)
            else:
                _waiting(path).unlink(missing_ok=True)


def _waiting(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}")
