"""Signals that are computed from other signals, over a table of those: one query, each after what it reads."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from features.expression import to_sql
from features.signal import Signal


def add_expressions(connection: duckdb.DuckDBPyConnection, table: pa.Table, needed: Sequence[Signal]) -> pa.Table:
    """`table` (as_of and the other signals) with a column for each of the `needed` that is an expression."""
    signals = [signal for signal in needed if signal.expression is not None]
    if not signals:
        return table
    read = {name for signal in signals if signal.expression for name in signal.expression.names}
    columns = [name for name in table.column_names if name in read]
    connection.register("built_signals", table.select(columns) if columns else table.select(["as_of"]))
    query = "built_signals"
    for signal in signals:
        assert signal.expression is not None  # noqa: S101 - the list above holds expressions only
        query = f'(SELECT *, {to_sql(signal.expression)} AS "{signal.name}" FROM {query})'
    names = ", ".join(f'"{signal.name}"' for signal in signals)
    found = connection.execute(f"SELECT {names} FROM {query}").to_arrow_table()
    connection.unregister("built_signals")
    for signal in signals:
        table = table.append_column(signal.name, found.column(signal.name))
    return table
