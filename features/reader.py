"""The rows of one chunk of customers, as passes ask for them; what several passes need is made once.

Compiled code is imported where it is used: it takes a while to load, and rows can be read in the meantime.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from features.contract import TABLES
from features.engine import History
from features.passes import Pass
from features.payments import payments
from features.relations import Source, rows, stored_rows
from features.series import read_series_form
from features.signal import Signal
from features.windows import Timeline

if TYPE_CHECKING:
    from features.ledger import Ledger


@dataclass(frozen=True)
class Reader:
    """A chunk: its customers, ascending, and the condition on customer_id that holds for them alone."""

    history: History
    timeline: Timeline
    customers: pa.Array
    who: str
    carried: Sequence[Signal]
    passes: Sequence[Pass]
    kept: dict[str, pa.Table] = field(default_factory=dict)
    ahead: dict[int, pa.Table] = field(default_factory=dict)

    @cached_property
    def ledger(self) -> Ledger:
        """The level of every account from the beginning of the history on."""
        from features.ledger import Earlier, read_ledger

        recent, earlier = self.history.by_month(("transactions", "balances"), self.levels_since())
        source = self._source(self.timeline, recent)
        if recent is not None:  # a day before its month begins: that month's file is among the earlier ones
            relations = self.history.between(recent + timedelta(days=2), self.timeline.days[-1])
            source = replace(source, relations=relations)
        before = Earlier(earlier, self._in_months)
        return read_ledger(self.history.connection, source, self.history.tables, self.carried, self.customers, before)

    def _in_months(self, months: Sequence[str]) -> Source:
        """The rows of some months, the newest first, that lie before what the passes need."""
        newest, oldest = (date.fromisoformat(f"{months[at]}-01") for at in (0, -1))
        until = (newest + timedelta(days=31)).replace(day=1)  # a month of UTC ends in the bank's next day
        whole = self._source(self.timeline, oldest - timedelta(days=1))
        return replace(whole, relations={**whole.relations, **self.history.in_months(months)}, until=until)

    def levels_since(self) -> date:
        """The first day of which every level is wanted, not only the last one before."""
        held = [(signal.days or 0) + signal.until for signal in self.carried]
        # A statement's level may be a month older than the statement's window, and so may what was paid on it.
        cards = [(one.back or 0) + 31 for one in self.passes if one.table == "statements"]
        return self.timeline.days[0] - timedelta(days=max([*held, *cards, 1]))

    @cached_property
    def levels(self) -> list[pa.Table]:
        """The accounts' levels as of each day."""
        from features.ledger import account_levels

        return account_levels(self.ledger)

    @cached_property
    def series(self) -> list[pa.Table]:
        """The recurring payments found as of each day."""
        from features.derived import series

        return series(self.payments(), self.timeline, self.customers)

    def payments(self) -> pa.Table:
        """The rows in which recurring payments are looked for."""
        return self.history.connection.execute(self.payments_sql()).to_arrow_table()

    def payments_sql(self) -> str:
        """Their projection."""
        since = self.timeline.days[0] - timedelta(days=read_series_form().look_back_days)
        return payments(self._source(self.timeline, since))

    def read_ahead(self) -> Reader:
        """Read what the first pass over transactions will ask for; returns itself."""
        ahead = next((one for one in self.passes if one.table == "transactions" and one.k is None), None)
        if ahead is not None:
            self.ahead[ahead.back or 0] = self.rows(ahead)
        return self

    def rows(self, one: Pass) -> pa.Table:
        """The rows of a pass, as its projection asks for them."""
        if one.table == "transactions" and one.back in self.ahead:
            return self.ahead.pop(one.back)
        return self.history.connection.execute(self.sql(one)).to_arrow_table()

    def sql(self, one: Pass) -> str:
        """The projection of a pass; what it reads beside the history is registered."""
        timeline = self.timeline if one.k is None else self.timeline.only(one.k)
        since = timeline.days[0] - timedelta(days=one.back) if one.back is not None else None
        source = self._with_made(one, self._kept(one, self._source(timeline, since)))
        clocks = source.told(one.table) if one.event else ()
        relation = rows(one.table, frozenset(one.projection.names), source)
        return one.projection.select(
            relation, clocks=clocks, event=one.event, numbered=bool(clocks) and one.joins, sparse=True
        )

    def _source(self, timeline: Timeline, since: date | None) -> Source:
        before = timeline.days[-1]
        clocks = self.history.clocks(since, before)
        return Source(self.history.between(since, before), timeline, since, self.who, clocks=clocks)

    def _kept(self, one: Pass, source: Source) -> Source:
        """The source, where each day is answered by itself, over rows that were read once for all days."""
        if one.k is None or one.table not in TABLES:
            return source
        if one.table not in self.kept:
            self.kept[one.table] = self.history.connection.execute(self.kept_sql(one.table)).to_arrow_table()
        relation = f"kept_{one.table}"
        self.history.connection.register(relation, self.kept[one.table])
        return source.with_relation(one.table, relation)

    def kept_sql(self, table: str) -> str:
        """The rows of a table that its passes need, as they are stored."""
        mine = [other for other in self.passes if other.table == table]
        backs = [other.back for other in mine if other.back is not None]
        since = self.timeline.days[0] - timedelta(days=max(backs)) if backs else None
        names = frozenset[str]().union(*(other.projection.names for other in mine))
        return stored_rows(table, names, self._source(self.timeline, since))

    def _with_made(self, one: Pass, source: Source) -> Source:
        """The source with the relation that a pass reads beside or instead of the history's."""
        k, connection = one.k or 0, self.history.connection
        if one.table == "accounts" and "balance" in one.projection.names:
            connection.register("made_account_levels", self.levels[k])
            return source.with_relation("account_levels", "made_account_levels")
        if one.table == "statements":
            from features.derived import statements

            made = statements(connection, source, self.ledger, self.customers, k, one.back or 0)
            connection.register("made_statements", made)
            return source.with_relation("statements", "made_statements")
        if one.table == "series":
            from features.derived import first_dues

            connection.register("made_series", self.series[k])
            due = f"(SELECT * FROM made_series LEFT JOIN ({first_dues(source)}) USING (customer_id))"
            return source.with_relation("series", due)
        return source
