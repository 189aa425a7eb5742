"""Stored signals: one partition a day, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.catalogue import Catalogue
from features.errors import Refusal
from features.warehouse import Warehouse

DATA, MANIFEST = "signals.parquet", "manifest.json"


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
    folder = partition(home, as_of)
    folder.parent.mkdir(parents=True, exist_ok=True)
    waiting = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder.parent))
    try:
        pq.write_table(table.combine_chunks(), waiting / DATA, compression="zstd", write_page_checksum=True)
        manifest = {
            "as_of": as_of.isoformat(),
            "known_by": (known_by or as_of).isoformat(),
            "catalogue": catalogue.version,
            "warehouse": warehouse.version,
            "rows": table.num_rows,
            "sha256": _hash(waiting / DATA),
        }
        text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
        (waiting / MANIFEST).write_text(text, encoding="utf-8")
        folder.mkdir(exist_ok=True)
        # Data first: a manifest that does not fit its data yet is refused by read_snapshot, never misread.
        for name in (DATA, MANIFEST):
            (waiting / name).replace(folder / name)
    finally:
        shutil.rmtree(waiting, ignore_errors=True)
    return folder


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


def partition(home: Path, as_of: date) -> Path:
    """Where the signals of a day lie."""
    return home / "snapshots" / f"as_of={as_of.isoformat()}"


def _hash(path: Path) -> str:
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
