"""One chunk of customers: every pass read and answered, put together, one row a customer and day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.arrow import flags, to_arrow
from features.engine import History
from features.expressions import add_expressions
from features.last_steps import Value, value
from features.ledger import carried_values
from features.passes import Pass, plan
from features.reader import Reader
from features.relations import Source, rows
from features.rows import ROWS
from features.signal import Signal
from features.windows import Timeline


@dataclass(frozen=True)
class Chunk:
    """Customers [first, last] in order; `there` says of each day which of them the bank knew, [k, c]."""

    customers: pa.Array
    there: npt.NDArray[np.bool_]

    @property
    def who(self) -> str:
        """The condition on customer_id that holds for these and none between others."""
        first, last = (str(self.customers[at]).replace("'", "''") for at in (0, -1))
        return f"customer_id BETWEEN '{first}' AND '{last}'"

    def of_day(self, table: pa.Table, k: int) -> pa.Table:
        """The rows of day k, of the customers that were known then."""
        mine = table.slice(k * len(self.customers), len(self.customers))
        return mine if self.there[k].all() else mine.filter(flags(self.there[k]))


@dataclass(frozen=True)
class Plan:
    """What is asked of every chunk alike."""

    needed: Sequence[Signal]
    timeline: Timeline
    tables: frozenset[str]
    passes: Sequence[Pass]
    customers: pa.Array
    there: npt.NDArray[np.bool_]
    rows: int

    @classmethod
    def of(cls, history: History, needed: Sequence[Signal], timeline: Timeline) -> Plan:
        """The plan for `needed`, each after what it reads."""
        tables = history.tables | _derived(history.tables)
        passes = plan(needed, tables, timeline)
        customers, there = _known_customers(history, timeline)
        backs = [one.back for one in passes if one.table == "transactions" and one.back]
        first = timeline.days[0] - timedelta(days=max(backs, default=1))
        return cls(
            needed, timeline, tables, passes, customers, there, history.count("transactions", first, timeline.days[-1])
        )

    @property
    def carried(self) -> list[Signal]:
        """The signals over levels."""
        return [signal for signal in self.needed if signal.table == "balances" and "balances" in self.tables]

    def chunks(self, rows: int) -> list[Chunk]:
        """The customers in chunks of about `rows` event rows."""
        total = len(self.customers)
        count = min(max(-(-self.rows // rows), 1), total)
        edges = [total * n // count for n in range(count + 1)] if total else []
        return [
            Chunk(self.customers.slice(a, b - a), self.there[:, a:b])
            for a, b in zip(edges[:-1], edges[1:], strict=True)
        ]

    def answer(self, chunk: Chunk, history: History) -> pa.Table:
        """customer_id, as_of and every needed signal of a chunk: all its customers of the first day, then the next."""
        values: dict[str, list[Any]] = {}
        reader = Reader(history, self.timeline, chunk.customers, chunk.who, self.carried, self.passes)
        if self.carried:
            values |= {name: list(found) for name, found in carried_values(reader.ledger).items()}
        for one in self.passes:
            answers = reader.answers(one)
            for name, (signal, ask) in one.asks.items():
                place(values, name, value(answers, signal, ask), one.k, len(self.timeline.days))
        return add_expressions(history.connection, self._table(chunk, values), self.needed)

    def _table(self, chunk: Chunk, values: Mapping[str, list[Any]]) -> pa.Table:
        days, customers = self.timeline.days, chunk.customers
        columns: dict[str, Any] = {
            "customer_id": pa.chunked_array([customers] * len(days)),
            "as_of": pa.chunked_array(
                [to_arrow(np.full(len(customers), day, np.int32), type_=pa.date32()) for day in self.timeline.numbers]
            ),
        }
        for signal in self.needed:
            if signal.expression is None:
                found = values.get(signal.name, [None] * len(days))
                columns[signal.name] = pa.chunked_array([_arrow(signal, one, len(customers)) for one in found])
        return pa.table(columns)


def place(values: dict[str, list[Any]], name: str, found: Value, k: int | None, days: int) -> None:
    """Put a signal's values, those of one day or of all, in their place."""
    if k is None:
        values[name] = list(found)
    else:
        values.setdefault(name, [None] * days)[k] = found[0]


def _arrow(signal: Signal, values: Any, length: int) -> pa.Array:
    """One day's values as Arrow: NaN is NULL."""
    if values is None:
        return pa.nulls(length, _TYPES[signal.type])
    if signal.type == "text":
        return values
    if signal.type == "number":
        return to_arrow(values, np.isnan(values))
    nothing = np.isnan(values)
    whole = np.where(nothing, 0, values).astype(np.int32)
    if signal.type == "flag":
        return flags(whole.astype(np.bool_), nothing)
    return to_arrow(whole, nothing, pa.date32())


_TYPES = {"number": pa.float64(), "text": pa.string(), "flag": pa.bool_(), "day": pa.date32()}


def _derived(tables: frozenset[str]) -> frozenset[str]:
    """Tables that can be made of those: where the bank gives no balances, they are told by its transactions."""
    made = {name for name, row in ROWS.items() if row.made_of and tables >= set(row.made_of)}
    return frozenset(made | ({"balances"} if tables >= {"transactions", "accounts"} else set()))


def _known_customers(history: History, timeline: Timeline) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
    """Everybody whom some day knows, ascending, and who is known to which day."""
    found = []
    for k in range(len(timeline.days)):
        source = Source(history.relations, timeline.only(k), None, "customer_id IS NOT NULL")
        table = history.connection.execute(rows("customers", frozenset(), source)).to_arrow_table()
        found.append(table.column("customer_id").combine_chunks())
    if len(found) == 1:
        return found[0], np.ones((1, len(found[0])), np.bool_)
    everyone = pc.unique(pa.concat_arrays(found))
    everyone = everyone.take(pc.sort_indices(everyone))
    return everyone, np.array([pc.is_in(everyone, value_set=one).to_numpy(zero_copy_only=False) for one in found])
