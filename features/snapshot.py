"""Stored signals: one partition a day, written whole or not at all, with a manifest that says what they come from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.catalogue import Catalogue
from features.day_files import DayFile
from features.errors import Refusal
from features.warehouse import Warehouse

DATA, MANIFEST = "signals.parquet", "manifest.json"


@dataclass(frozen=True)
class Origin:
    """What a day's signals come from: versions of catalogue and warehouse, and the day by whose beginning rows were
    known (None: the day itself)."""

    catalogue: str
    warehouse: str
    known_by: date | None = None

    @classmethod
    def of(cls, catalogue: Catalogue, warehouse: Warehouse, known_by: date | None = None) -> Origin:
        """The origin of signals that are built now."""
        return cls(catalogue.version, warehouse.version, known_by)

    def said(self, as_of: date) -> dict[str, str]:
        """What the manifest of a day says of it."""
        known_by = (self.known_by or as_of).isoformat()
        return {"catalogue": self.catalogue, "warehouse": self.warehouse, "known_by": known_by}


class Snapshots:
    """A sink of signals: a partition for each day, each put in place when the block ends without an error."""

    def __init__(self, home: Path, days: Sequence[date], schema: pa.Schema, origin: Origin) -> None:
        self._home, self._days, self._schema, self._origin = home, list(days), schema, origin
        self._files: list[DayFile] = []

    @property
    def rows(self) -> list[int]:
        """Rows of each day so far."""
        return [file.rows for file in self._files]

    def __enter__(self) -> Snapshots:
        self._files = [DayFile(partition(self._home, day) / DATA, self._schema) for day in self._days]
        return self

    def __call__(self, k: int, table: pa.Table) -> None:
        """Add one chunk of day k."""
        self._files[k].add(table)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                for day, file in zip(self._days, self._files, strict=True):
                    _put(file, day, self._origin)
        finally:
            for day, file in zip(self._days, self._files, strict=True):
                file.drop()
                _remove_if_empty(partition(self._home, day))


def write_snapshot(
    home: Path,
    table: pa.Table,
    as_of: date,
    catalogue: Catalogue,
    warehouse: Warehouse,
    *,
    known_by: date | None = None,
) -> Path:
    """Store the signals of a day as snapshots/as_of=DAY and return the folder; the same table gives the same bytes.

    The manifest says from which catalogue and warehouse they come, how many rows there are, `known_by` (default as_of),
    and the hash of the data.
    """
    with Snapshots(home, [as_of], table.schema, Origin.of(catalogue, warehouse, known_by)) as sink:
        sink(0, table)
    return partition(home, as_of)


def read_snapshot(home: Path, as_of: date) -> pa.Table:
    """The stored signals of a day; Refusal if there are none, or if they are not what was written."""
    folder = partition(home, as_of)
    remedy = f"run 'forecare signals build --as-of {as_of}'"
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if _hash(folder / DATA) != manifest["sha256"]:
            raise Refusal("the stored signals are damaged", place=str(folder / DATA), remedy=remedy)
    except FileNotFoundError:
        raise Refusal(f"no signals are stored for {as_of}", place=str(folder), remedy=remedy) from None
    except (ValueError, KeyError, TypeError):
        raise Refusal("the manifest cannot be read", place=str(folder / MANIFEST), remedy=remedy) from None
    return pq.ParquetFile(folder / DATA).read()


def is_stored(home: Path, as_of: date, origin: Origin) -> bool:
    """True if the day's signals lie there whole, and come from just this catalogue, warehouse and knowledge."""
    folder = partition(home, as_of)
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        same = {key: manifest.get(key) for key in origin.said(as_of)} == origin.said(as_of)
        return same and _hash(folder / DATA) == manifest.get("sha256")
    except (OSError, ValueError, AttributeError):
        return False


def partition(home: Path, as_of: date) -> Path:
    """Where the signals of a day lie."""
    return home / "snapshots" / f"as_of={as_of.isoformat()}"


def _put(file: DayFile, as_of: date, origin: Origin) -> None:
    """Put data and manifest of a day in place. Data first: a manifest that does not fit its data is refused, never
    misread."""
    waiting = file.finish()
    manifest = {"as_of": as_of.isoformat(), **origin.said(as_of), "rows": file.rows, "sha256": _hash(waiting)}
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    told = waiting.with_name(f".{MANIFEST}.writing")
    try:
        told.write_text(text, encoding="utf-8")
        file.keep()
        told.replace(file.path.with_name(MANIFEST))
    finally:
        told.unlink(missing_ok=True)


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _hash(path: Path) -> str:
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
