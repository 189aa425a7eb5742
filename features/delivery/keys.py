"""Who and what exists: the keys that rows may refer to, each with its rank in the order of keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from features.contract import TABLES
from features.warehouse import read_files


@dataclass(frozen=True)
class Keys:
    """Every key of a table: `relation` (columns key, rank) in the engine, and the key of each rank."""

    relation: str
    values: pa.Array


def known_keys(connection: duckdb.DuckDBPyConnection, table: str, files: Mapping[str, Path]) -> Keys:
    """The keys that stand in a table's files, which may be none."""
    relation, key = f"keys_{table}", TABLES[table].key[0]
    rows = f"SELECT DISTINCT {key} AS key FROM {read_files(TABLES[table], files)}"
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE {relation} AS
        SELECT key, CAST(row_number() OVER (ORDER BY key) - 1 AS INTEGER) AS rank FROM ({rows})""")
    values = connection.execute(f"SELECT key FROM {relation} ORDER BY rank").to_arrow_table().column(0)
    return Keys(relation, values.combine_chunks() if values.num_chunks != 1 else values.chunk(0))
