"""One bucket of customers in a worker: the rows that Spark brought, answered as a chunk is answered anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from features.chunk import Chunk, Plan, known_customers
from features.contract import TABLES
from features.engine import History
from features.passes import Pass
from features.reader import Reader
from features.spark.frames import Form, split
from features.spark.levels import COLUMNS, before
from features.spark.parts import EVENTS, PAYMENTS, REGISTERS, kept, of_pass

PIECE_ROWS = 16_384
SCHEMA = "rows BINARY"
_ARROW = pa.schema([("rows", pa.binary())])


def answering(
    plan: Plan, tables: frozenset[str], forms: Sequence[Form]
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What Spark runs on each partition: its rows in, the bucket's answer out, in pieces of Arrow's own form.

    Of `plan` all but its customers is read; `tables`: what was handed over.
    """
    shared = replace(plan, customers=plan.customers.slice(0, 0), there=plan.there[:, :0])

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        found = list(batches)
        if not found:
            return
        table = answer_bucket(shared, tables, split(pa.Table.from_batches(found), forms))
        for start in range(0, table.num_rows, PIECE_ROWS):
            piece = pack(table.slice(start, PIECE_ROWS))
            yield pa.RecordBatch.from_arrays([pa.array([piece], pa.binary())], schema=_ARROW)

    return run


def pack(table: pa.Table) -> bytes:
    """A table as bytes."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def unpack(packed: bytes) -> pa.Table:
    """The table that was packed."""
    return pa.ipc.open_stream(packed).read_all()


def answer_bucket(plan: Plan, tables: frozenset[str], parts: Mapping[str, pa.Table]) -> pa.Table:
    """The answer of a bucket's customers: those whom some day knows."""
    from features.answering import answer  # compiled code

    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        history = _history(connection, tables, parts)
        customers, there = known_customers(history, plan.timeline)
        reader = Given(history, plan.timeline, customers, "customer_id IS NOT NULL", plan.carried, plan.passes)
        reader.given.update(parts)
        reader.kept.update({table: parts[kept(table)] for table in EVENTS if kept(table) in parts})
        return answer(plan, Chunk(customers, there), reader)


def _history(connection: duckdb.DuckDBPyConnection, tables: frozenset[str], parts: Mapping[str, pa.Table]) -> Bucket:
    told = list[datetime]()
    for table in REGISTERS:
        connection.register(table, parts[table])
    for table in COLUMNS:
        rows = [parts[name] for name in (before(table), table) if name in parts]
        if rows:
            connection.register(table, pa.concat_tables(rows))
            told += [first for one in rows if (first := pc.min(one.column("event_at")).as_py())]
    return Bucket(connection, {table: table for table in TABLES}, tables, first=min(told, default=None))


@dataclass(frozen=True)
class Bucket(History):
    """The rows of a bucket that are read beside its projections; `first`: when the first of them happened."""

    first: datetime | None = None

    def by_month(self, tables: Sequence[str], low: date) -> tuple[date | None, list[str]]:
        """All rows are wanted, and there are none before the first one's day (in any zone)."""
        return (self.first.date() - timedelta(days=1) if self.first else None), []


@dataclass(frozen=True)
class Given(Reader):
    """A reader whose rows of events were read before."""

    given: dict[str, pa.Table] = field(default_factory=dict)

    def rows(self, one: Pass) -> pa.Table:
        """The rows of a pass: as Spark projected them, where it did."""
        name = of_pass(self.passes.index(one))
        return self.given[name] if name in self.given else super().rows(one)

    def payments(self) -> pa.Table:
        """The rows in which recurring payments are looked for."""
        return self.given[PAYMENTS]
