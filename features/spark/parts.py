"""What is asked of Spark: the projections of events, and the stored rows that meet what kernels make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from features.chunk import Plan
from features.contract import TABLES
from features.reader import Reader
from features.spark import levels
from features.spark.dialect import to_spark
from features.spark.views import Views
from features.warehouse import stored_columns

EVENTS = ("transactions", "contacts", "app_events")
REGISTERS = ("customers", "accounts")
PAYMENTS = "payments"


def parts_of(plan: Plan, views: Views) -> dict[str, str]:
    """Everything that the answers of a plan read: Spark SQL by name."""
    first, last = (str(plan.customers[at]).replace("'", "''") for at in (0, -1))
    who = f"customer_id BETWEEN '{first}' AND '{last}'"
    asking = Asking(views, plan.timeline, plan.customers, who, plan.carried, plan.passes)
    return {name: to_spark(sql, placed=True) for name, sql in asking.parts()}


def of_pass(number: int) -> str:
    """The name of the rows of a pass."""
    return f"pass {number}"


def kept(table: str) -> str:
    """The name of the stored rows of events whose days are answered one by one."""
    return f"kept {table}"


@dataclass(frozen=True)
class Asking(Reader):
    """A reader of everybody's rows that only says what it would read."""

    def parts(self) -> Iterator[tuple[str, str]]:
        """(name, SELECT) of every part."""
        for number, one in enumerate(self.passes):
            if one.table in EVENTS and one.k is None:
                yield of_pass(number), self.sql(one)
            elif one.table in EVENTS:
                yield kept(one.table), self.kept_sql(one.table)
        if any(one.table == "series" for one in self.passes):
            yield PAYMENTS, self.payments_sql()
        for table in REGISTERS:
            yield table, self._register(table)
        if self._reads_levels():
            yield from self._levels()

    def _register(self, table: str) -> str:
        """Every version of every row: there are few, and what they mean is told beside the kernels."""
        columns = ", ".join(f"t.{name}" for name, _ in stored_columns(TABLES[table]))
        return f"SELECT {columns} FROM {self._source(self.timeline, None).relations[table]} AS t WHERE t.{self.who}"

    def _reads_levels(self) -> bool:
        made = any(one.table == "accounts" and "balance" in one.projection.names for one in self.passes)
        return made or bool(self.carried) or any(one.table == "statements" for one in self.passes)

    def _levels(self) -> Iterator[tuple[str, str]]:
        told = [table for table in levels.COLUMNS if table in self.history.tables]
        since, earlier = self.history.by_month(tuple(levels.COLUMNS), self.levels_since())
        recent, whole = (self._source(self.timeline, day) for day in (since, None))
        return levels.level_rows(told, recent, whole, since if earlier else None)
