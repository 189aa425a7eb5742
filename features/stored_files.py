"""Stored files hold what was written: each is named by the hash of its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from features.errors import Refusal
from features.warehouse import Warehouse


def verify(warehouse: Warehouse) -> list[Path]:
    """Every stored file that is gone or whose bytes are not those that were written, in the order of tables."""
    return _damaged(warehouse, sorted(warehouse.tables))


def check_stored(warehouse: Warehouse, tables: Iterable[str]) -> None:
    """Refusal that names the first damaged stored file of these tables."""
    for path in _damaged(warehouse, tables):
        remedy = "put it back from a copy; forecare verify names all"
        raise Refusal("this stored file is damaged or gone", place=str(path), remedy=remedy)


def _damaged(warehouse: Warehouse, tables: Iterable[str]) -> list[Path]:
    return [path for table in tables for path in warehouse.files(table).values() if not _whole(path)]


def _whole(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:24] == path.stem
    except OSError:
        return False
