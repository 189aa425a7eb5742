"""What is asked of the history, and of which customers at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.arrow import flags
from features.engine import History
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
        customers, there = known_customers(history, timeline)
        backs = [one.back for one in passes if one.table == "transactions" and one.back]
        first = timeline.days[0] - timedelta(days=max(backs, default=1))
        return cls(
            needed, timeline, tables, passes, customers, there, history.count("transactions", first, timeline.days[-1])
        )

    @property
    def carried(self) -> list[Signal]:
        """The signals over levels."""
        return [signal for signal in self.needed if signal.table == "balances" and "balances" in self.tables]

    def reader(self, chunk: Chunk, history: History) -> Reader:
        """Who reads the rows of a chunk."""
        return Reader(history, self.timeline, chunk.customers, chunk.who, self.carried, self.passes)

    def chunks(self, rows: int) -> list[Chunk]:
        """The customers in chunks of about `rows` event rows."""
        total = len(self.customers)
        count = -(-self.rows // rows)
        count = min(max(count + (count > 1 and count % 2), 1), total)  # an even number, for two at a time
        edges = [total * n // count for n in range(count + 1)] if total else []
        return [Chunk(self.customers.slice(a, b - a), self.there[:, a:b]) for a, b in pairwise(edges)]


def _derived(tables: frozenset[str]) -> frozenset[str]:
    """Tables that can be made of those: where the bank gives no balances, they are told by its transactions."""
    made = {name for name, row in ROWS.items() if row.made_of and tables >= set(row.made_of)}
    return frozenset(made | ({"balances"} if tables >= {"transactions", "accounts"} else set()))


def known_customers(history: History, timeline: Timeline) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
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
