"""Faults of a delivery, made on purpose: each has a name, a seed, and a record of every row that it touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field

from features.documents import read_documents, validate
from features.engine import quieten
from features.errors import Refusal, nearest
from features.sources.simulated.spoiled_files import SpoiledTable
from features.sources.simulated.text_source import write_text_source

RECORD = "faults.parquet"
TOUCHED = pa.schema(
    [
        ("fault", pa.string()), ("table", pa.string()), ("file", pa.string()), ("line", pa.int64()),
        ("key", pa.string()), ("column", pa.string()), ("before", pa.string()), ("after", pa.string()),
    ]
)  # fmt: skip


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fault(_Strict):
    """One way for a delivery to be wrong; fields as faults.yaml explains them. share: of units, 0 < share <= 1."""

    name: str
    zh: str
    en: str
    table: str
    unit: Literal["row", "day", "file"]
    share: float = Field(gt=0, le=1)
    among: str = "true"
    text: bool = False
    act: Literal[
        "set", "repeat", "remove", "withhold", "rename", "drop", "add", "reorder", "line", "encode", "cut"
    ]  # fmt: skip
    values: dict[str, str] = {}
    promise: Literal["merged", "set_aside", "refused", "doubted", "harmless"]


class FaultyTable(_Strict):
    """Where a table of a delivery lies (a pattern below its folder), and which of its columns plays which role."""

    name: str
    files: str
    roles: dict[str, str]


class _Known(_Strict):
    tables: list[FaultyTable]
    types: dict[str, str]
    faults: list[Fault]


@dataclass(frozen=True)
class Planted:
    """What was done: values touched by fault, the record, and the source whose SELECTs read what is text now."""

    touched: dict[str, int]
    record: Path
    source: Path | None


@cache
def _known() -> _Known:
    return validate(read_documents(Path(__file__).with_name("faults.yaml"))[0], _Known)


def faults() -> dict[str, Fault]:
    """Every fault by its name, as faults.yaml lists them."""
    return {fault.name: fault for fault in _known().faults}


def read_wish(text: str) -> Fault:
    """The fault written as NAME or NAME:share; Refusal for a name or a share that is none."""
    name, colon, said = text.partition(":")
    known = faults()
    if name not in known:
        raise Refusal(f"no fault '{name}'", place="--fault", remedy=nearest(name, known))
    if not colon:
        return known[name]
    try:
        share = float(said)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise Refusal(f"'{said}' is not a share", place="--fault", remedy=f"write {name}:0.01, above 0 and at most 1")
    return known[name].model_copy(update={"share": share})


def plant(
    folder: Path,
    wishes: Sequence[Fault],
    *,
    seed: int,
    tables: Sequence[FaultyTable] = (),
    selects: Path = Path(__file__).parent,
) -> Planted:
    """Spoil the delivery in `folder` by every wish, in their order, and write what was touched to faults.parquet.

    `tables`: where the tables lie, and their roles, if not as in the made bank. Files may be Parquet or CSV (UTF-8 with
    a header). A fault of written text turns its table's Parquet files into CSV and writes source/<name>, a copy of the
    source `selects` that reads them. The same folder, wishes and seed give the same bytes. faults.parquet has a row a
    touched value: fault, table, file, line (as the intake counts; 0: no longer in the delivery), key, column, before,
    after; a fault of columns or whole files has one a file, its key NULL. Raises Refusal for a table that is not there.
    """
    known = {table.name: table for table in [*_known().tables, *tables]}
    touched: list[pa.Table] = []
    as_text: dict[str, Mapping[str, str]] = {}
    for name in dict.fromkeys(wish.table for wish in wishes):
        own = [wish for wish in wishes if wish.table == name]
        with duckdb.connect(config={"threads": 2}) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            quieten(connection)
            table = SpoiledTable(connection, folder, known[name], _known().types, seed)
            table.load(text=any(wish.text for wish in own))
            for wish in own:
                table.spoil(wish)
            table.write()
            touched.append(table.touched(TOUCHED))
            if table.became_text:
                as_text[name] = table.column_types
    everything = pa.concat_tables(touched) if touched else TOUCHED.empty_table()
    pq.write_table(everything, folder / RECORD, compression="zstd")
    source = write_text_source(selects, folder / "source" / selects.name, as_text) if as_text else None
    counted = everything.group_by("fault").aggregate([([], "count_all")]).to_pydict()
    counts: dict[str, Any] = dict(zip(counted["fault"], counted["count_all"], strict=True))
    return Planted({wish.name: int(counts.get(wish.name, 0)) for wish in wishes}, folder / RECORD, source)
