"""Rows that are in the form of the warehouse already (checked when they came in by day) into its files."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from features.columns import Kind, Table
from features.delivery.delivery import Taken
from features.delivery.fresh import Fresh
from features.delivery.journal import Journal
from features.delivery.keys import known_keys
from features.delivery.landing import Landed, LandedFile
from features.delivery.months import MonthByMonth
from features.warehouse import Warehouse


def merge_rows(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    journal: Journal,
    table: Table,
    rows: pa.Table,
    *,
    delivered: str,
) -> Taken:
    """Merge stored columns and known_at, as an intake merges what it was handed; nothing counts before `commit`.

    Of a complaint `line` is the place of the row in `rows`, from 1. `connection` is that of open_intake; `delivered`
    SQL of an instant (UTC) before which all of them happened.
    """
    relation, path = f"came_in_{table.name}", journal.folder / f"{table.name}.parquet"
    numbered = rows.append_column("_line", pa.array(range(1, rows.num_rows + 1), pa.int64()))
    numbered = numbered.append_column("_file", pa.repeat(pa.scalar(table.name), rows.num_rows))
    pq.write_table(numbered, path)
    handed = ", ".join(
        f"CAST({one.name} AS DECIMAL(18, 0)) * 0.01 AS {one.name}" if one.kind == Kind.MONEY else one.name
        for one in table.columns
    )
    sql = f"SELECT {handed}, known_at, _file, _line FROM {relation}"
    files = {relation: [LandedFile("", path, {})]}
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {relation} AS FROM read_parquet('{path}')")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW handed AS {sql}")
    given = {row[0]: str(row[1]) for row in connection.execute("DESCRIBE handed").fetchall()}
    keys = {name: known_keys(connection, other, warehouse.files(other)) for name, other in table.refers}
    fresh = Fresh(connection, table, Landed(sql, files=files), given, delivered, keys)
    fresh.split()
    return MonthByMonth(warehouse, fresh, journal, lambda done, total: None).take()
