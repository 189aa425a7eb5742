"""Rows of one month, in the order of the warehouse, as one Parquet file that is named by the hash of its bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.columns import Kind, Table
from features.delivery.keys import Keys
from features.warehouse import stored_columns

ROWS_A_GROUP = 65_536  # the reader skips groups by the range of their customers
DICTIONARY_BYTES = 8 << 20  # a group's customer numbers stay in its dictionary, however long they are written
_TYPES = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "TIMESTAMP": pa.timestamp("us"),
    "DATE": pa.date32(),
    "INTEGER": pa.int32(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
}
Places = npt.NDArray[np.int64]


def write_month(table: Table, rows: pa.Table, keys: Mapping[str, Keys], folder: Path) -> str:
    """Write `rows` (at least one, in any order) into `folder`; the file's name. The same rows give the same bytes.

    Columns are the stored ones; a column of `keys` comes as rank_<column>. The file is on the disk when this returns.
    """
    rows = rows.combine_chunks()
    order = warehouse_order(table, rows, ranked="customer_id" in keys)
    folder.mkdir(parents=True, exist_ok=True)
    waiting = folder / "writing"
    writer: pq.ParquetWriter | None = None
    for start in range(0, rows.num_rows, ROWS_A_GROUP):
        group = _group(table, rows.take(pa.array(order[start : start + ROWS_A_GROUP])), keys)
        if writer is None:
            writer = pq.ParquetWriter(
                waiting,
                group.schema,
                compression="zstd",
                use_dictionary=_repetitive(table),
                column_encoding=dict.fromkeys(_moments(table), "DELTA_BINARY_PACKED"),
                dictionary_pagesize_limit=DICTIONARY_BYTES,
                write_page_checksum=True,
                store_schema=False,
            )
        writer.write_table(group, row_group_size=ROWS_A_GROUP)
    assert writer is not None, "no row"  # noqa: S101
    writer.close()
    with waiting.open("rb") as written:
        name = f"{hashlib.file_digest(written, 'sha256').hexdigest()[:24]}.parquet"
        os.fsync(written.fileno())  # the manifest may not name what a power cut can still take away
    waiting.replace(folder / name)
    return name


def warehouse_order(table: Table, rows: pa.Table, *, ranked: bool) -> Places:
    """The places of the rows sorted by customer_id, event_at, key, known_at; `ranked`: customers come as ranks."""
    customer = "rank_customer_id" if ranked else "customer_id"
    first = [customer] if customer in rows.column_names else []
    if not ranked or not table.event:
        return _sorted(rows, [*first, *(["event_at"] if table.event else []), *_versions(table, rows)])
    events = rows["event_at"].cast(pa.int64()).to_numpy()
    order = np.argsort(events, kind="stable")
    # Rank and place in one number: sorting numbers is quicker than sorting places by what they point to.
    packed = (rows[customer].to_numpy().astype(np.int64)[order] << 32) | np.arange(len(order))
    packed.sort()
    order = order[packed & 0xFFFF_FFFF]
    return _ties_settled(table, rows, order, packed >> 32, events[order])


def _ties_settled(table: Table, rows: pa.Table, order: Places, ranks: Places, events: Places) -> Places:
    """Of the rows of a customer at one instant, first the lower key, then the earlier version."""
    same = (ranks[1:] == ranks[:-1]) & (events[1:] == events[:-1])
    tied = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
    if len(tied):
        groups = np.cumsum(~np.insert(same, 0, False))[tied]
        names = _versions(table, rows)
        few = pa.table({"tie": groups, **{name: rows[name].take(pa.array(order[tied])) for name in names}})
        order[tied] = order[tied][_sorted(few, ["tie", *names])]
    return order


def _versions(table: Table, rows: pa.Table) -> list[str]:
    """The columns that tell versions of rows apart, keys by their rank where they have one."""
    return [f"rank_{name}" if f"rank_{name}" in rows.column_names else name for name in [*table.key, "known_at"]]


def _sorted(rows: pa.Table, names: list[str]) -> Places:
    few = rows.select(list(dict.fromkeys(names)))
    for at, field in enumerate(few.schema):
        if pa.types.is_dictionary(field.type):  # its words, not their numbers, tell the order
            few = few.set_column(at, field.name, few.column(at).cast(pa.string()))
    found: Places = pc.sort_indices(few, [(name, "ascending") for name in few.column_names]).to_numpy().astype(np.int64)
    return found


def _group(table: Table, rows: pa.Table, keys: Mapping[str, Keys]) -> pa.Table:
    """One row group in the stored columns and types."""
    columns = {}
    for name, kind in stored_columns(table):
        if name in keys:
            columns[name] = _spelt(rows[f"rank_{name}"], keys[name])
        else:
            column = rows[name]
            columns[name] = column if pa.types.is_dictionary(column.type) else column.cast(_TYPES[kind])
    return pa.table(columns)


def _spelt(ranks: pa.ChunkedArray, keys: Keys) -> pa.Array:
    """Ranks as the keys that they stand for, each key once in a dictionary."""
    found, places = np.unique(ranks.to_numpy(), return_inverse=True)
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), keys.values.take(pa.array(found)))


def _moments(table: Table) -> list[str]:
    """The columns of time: close to each other in a customer's rows, so differences are small and quick to read."""
    return [name for name, kind in stored_columns(table) if kind in ("TIMESTAMP", "DATE")]


def _repetitive(table: Table) -> list[str]:
    """The columns of text whose values come again; the number of an event never does."""
    own = table.key if len(table.key) == 1 and table.event else ()
    return [column.name for column in table.columns if column.kind == Kind.TEXT and column.name not in own]
