"""The newest signals of each customer in the operational database: one short read for one customer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import sqlalchemy as sa

from features.audit.evidence import PERSONAL
from features.catalogue import Catalogue
from features.database import metadata
from features.signal import Signal
from features.windows import EPOCH_DAY

latest_signals = sa.Table(
    "latest_signals",
    metadata,
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("catalogue", sa.String(64), nullable=False),
    sa.Column("said", sa.Text, nullable=False),
)
"""One row a customer; `said`: the values as a JSON list, in the order of latest_names. A day is its days since 1970."""

latest_names = sa.Table(
    "latest_names",
    metadata,
    sa.Column("catalogue", sa.String(64), primary_key=True),
    sa.Column("names", sa.Text, nullable=False),
)
"""Names and types of the signals as a JSON list, once for all customers: they would be four fifths of every row."""

BATCH = 10_000  # rows handed over at a time
DIGITS = 6
"""Decimals that are kept of a number: half the bytes. The exact ones lie in the day's snapshot."""
WHOLE = frozenset({"count", "distinct", "most", "repeats", "burst", "streak"})


def write_latest(connection: sa.Connection, signals: pa.Table, as_of: date, catalogue: Catalogue) -> int:
    """Replace everybody's latest signals by those of a night, in the caller's transaction; the number of rows.

    The same night again writes the same rows; a night older than what is stored writes nothing. Numbers are kept to
    DIGITS decimals. A signal whose measure may be a text that somebody wrote is left out: here lies nothing personal.
    """
    newest = connection.execute(sa.select(sa.func.max(latest_signals.c.as_of))).scalar_one()
    if newest is not None and newest > as_of:
        return 0
    shown = [catalogue.signals[name] for name in catalogue.stored if name in signals.column_names]
    shown = [signal for signal in shown if not _personal(catalogue, signal.name)]
    names = json.dumps([[signal.name, signal.type] for signal in shown])
    connection.execute(latest_signals.delete())
    connection.execute(latest_names.delete())
    connection.execute(latest_names.insert(), {"catalogue": catalogue.version, "names": names})
    with duckdb.connect() as engine:
        engine.register("signals", signals)
        listed = ", ".join(_written(signal) for signal in shown)
        query = f"SELECT customer_id, CAST(json_array({listed}) AS VARCHAR) AS said FROM signals"
        write = _copy if connection.dialect.name == "postgresql" else _insert
        write(connection, engine, query, as_of, catalogue.version)
    return int(signals.num_rows)


def read_latest(connection: sa.Connection, customer_id: str) -> dict[str, Any] | None:
    """{as_of, catalogue, signals: {name: value}} of one customer; None for one without signals."""
    row = connection.execute(
        sa.select(latest_signals.c.as_of, latest_signals.c.catalogue, latest_signals.c.said, latest_names.c.names)
        .join(latest_names, latest_names.c.catalogue == latest_signals.c.catalogue)
        .where(latest_signals.c.customer_id == customer_id)
    ).one_or_none()
    if row is None:
        return None
    pairs = zip(json.loads(row.names), json.loads(row.said), strict=True)
    signals = {name: _value(value, type_) for (name, type_), value in pairs}
    return {"as_of": row.as_of, "catalogue": row.catalogue, "signals": signals}


def _written(signal: Signal) -> str:
    """SQL of a value as it is kept."""
    column = f'"{signal.name}"'
    if signal.type == "day":
        return f"{column} - DATE '1970-01-01'"
    if signal.type != "number":
        return column
    return f"CAST({column} AS BIGINT)" if signal.aggregate in WHOLE else f"round({column}, {DIGITS})"


def _value(kept: Any, type_: str) -> Any:
    if kept is None:
        return None
    return EPOCH_DAY + timedelta(days=kept) if type_ == "day" else float(kept) if type_ == "number" else kept


def _personal(catalogue: Catalogue, name: str) -> bool:
    return any(one.measure and one.measure.names & PERSONAL for one in catalogue.needed([name]))


def _batches(engine: duckdb.DuckDBPyConnection, query: str) -> Iterator[pa.RecordBatch]:
    yield from engine.execute(query).to_arrow_reader(BATCH)


def _insert(
    connection: sa.Connection, engine: duckdb.DuckDBPyConnection, query: str, as_of: date, catalogue: str
) -> None:
    sql = "INSERT INTO latest_signals (customer_id, as_of, catalogue, said) VALUES (?, ?, ?, ?)"
    day = as_of.isoformat()
    for batch in _batches(engine, query):
        pairs = zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True)
        connection.exec_driver_sql(sql, [(customer, day, catalogue, said) for customer, said in pairs])


def _copy(
    connection: sa.Connection, engine: duckdb.DuckDBPyConnection, query: str, as_of: date, catalogue: str
) -> None:
    """Lines in the database's own text form, made by the engine: backslash, tab and line end are written out."""
    escaped = "replace(replace(replace({}, '\\', '\\\\'), chr(9), '\\t'), chr(10), '\\n')"
    line = f"{escaped.format('customer_id')} || '\t{as_of}\t{catalogue}\t' || {escaped.format('said')} || chr(10)"
    raw = connection.connection.driver_connection
    assert raw is not None  # noqa: S101 - an open connection has one
    with raw.cursor().copy("COPY latest_signals (customer_id, as_of, catalogue, said) FROM STDIN") as copy:
        for batch in _batches(engine, f"SELECT {line} FROM ({query})"):
            copy.write("".join(batch.column(0).to_pylist()))
