"""Where a delivery's text lies once it was read: one Parquet file each in the home, reused after an interruption."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.delivery.careful import Dialect
from features.delivery.journal import Journal
from features.delivery.lines import DelimitedText
from features.delivery.quarantine import Complaint
from features.delivery.row_batches import one_type, to_table


@dataclass(frozen=True)
class Staging:
    """Stages text files in the journal's folder; `told` hears how many bytes of which file were read."""

    journal: Journal
    told: Callable[[str, int, int | None], None]

    def land(self, path: Path, name: str, dialect: Dialect) -> tuple[Path, list[Complaint]]:
        """The Parquet file that holds a CSV file's records as text with _file and _line, and its broken lines."""
        step = f"land {name} {dialect}"
        staged = self.journal.folder / f"{hashlib.sha256(step.encode()).hexdigest()[:24]}.parquet"
        known = self.journal.noted(step)
        if known is not None and self.journal.holds(staged, known["sha256"]):
            return staged, [Complaint(**one) for one in known["complaints"]]
        text = DelimitedText(path, name, dialect)
        self._write(text, staged)
        complaints = [vars(one) for one in text.complaints]
        self.journal.note(step, {"sha256": self.journal.hash_of(staged), "complaints": complaints})
        return staged, text.complaints

    def land_rows(self, batches: Iterable[tuple[list[str], list[tuple[Any, ...]]]], name: str) -> list[Path]:
        """The Parquet files that hold the rows of a query, with _file and _line (1 is the first row it gave)."""
        paths: list[Path] = []
        schemas: list[pa.Schema] = []
        done = 0
        self.told(name, 0, None)
        for names, rows in batches:
            table = to_table(names, rows, done + 1)
            table = table.append_column("_file", pa.repeat(pa.scalar(name), len(rows)))
            path = self.journal.folder / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}-{len(paths)}.parquet"
            pq.write_table(table, path, compression="lz4", write_statistics=False)
            paths.append(path)
            schemas.append(table.schema)
            done += len(rows)
            self.told(name, done, None)
        agreed = one_type(schemas)
        for path, schema in zip(paths, schemas, strict=True):
            if schema != agreed:
                pq.write_table(pq.read_table(path).cast(agreed), path, compression="lz4", write_statistics=False)
        return paths

    def _write(self, text: DelimitedText, staged: Path) -> None:
        size = text.path.stat().st_size
        writer: pq.ParquetWriter | None = None
        for batch in text.batches():
            table = pa.table(batch)
            if writer is None:
                # Read once and thrown away: quick to write matters, size does not.
                writer = pq.ParquetWriter(
                    staged, table.schema, compression="lz4", use_dictionary=["_file"], write_statistics=False
                )
            writer.write_table(table)
            self.told(text.name, min(text.bytes_read, size), size)
        if writer is not None:
            writer.close()
