"""A source whose tables are handed over as text: the same SELECTs, reading CSV where they read Parquet."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from features.delivery.readers import find_calls

_CAST = ("TIMESTAMP", "DATE", "BOOLEAN")
"""Types that a SELECT computes with; all others the contract reads from text itself, and names what it cannot read."""


def write_text_source(selects: Path, folder: Path, tables: Mapping[str, Mapping[str, str]]) -> Path:
    """Write the source `selects` to `folder`, `tables` read from CSV; `tables`: SQL type by column, of each of them."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted([*selects.glob("*.sql"), *selects.glob("about.yaml")]):
        shutil.copyfile(path, folder / path.name)
    for table, types in tables.items():
        select = folder / f"{table}.sql"
        select.write_text(_reading_text(select.read_text(encoding="utf-8"), str(select), types), encoding="utf-8")
    return folder


def _reading_text(sql: str, place: str, types: Mapping[str, str]) -> str:
    casts = [f'TRY_CAST("{name}" AS {type_}) AS "{name}"' for name, type_ in types.items() if type_ in _CAST]
    replaced = f" REPLACE ({', '.join(casts)})" if casts else ""
    for call in reversed(find_calls(sql, place)):
        if call.reader == "read_parquet":
            path = str(Path(call.path).with_suffix(".csv"))
            sql = f"{sql[: call.start]}(SELECT *{replaced} FROM read_csv('{path}')){sql[call.end :]}"
    return sql
