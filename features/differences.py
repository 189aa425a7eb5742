"""Two catalogues, or two tables of signals, side by side: what was added, removed, changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa

from features.catalogue import Catalogue
from features.expression import Expression
from features.signal import Signal

EXAMPLES = 5  # customers named for each signal that differs


@dataclass(frozen=True)
class CatalogueDifference:
    """Names on one side alone, and of those on both what changed: {name: {field: (before, after)}}."""

    added: list[str]
    removed: list[str]
    changed: dict[str, dict[str, tuple[Any, Any]]]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True)
class SignalDifference:
    """One signal whose values differ: rows, the largest difference of numbers, how many became or ceased to be NULL."""

    rows: int
    largest: float | None
    nulls: int
    customers: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class TableDifference:
    """Customers and signals on one side alone, and the signals of both that differ."""

    customers: int
    only_before: int
    only_after: int
    added: list[str]
    removed: list[str]
    changed: dict[str, SignalDifference]

    def __bool__(self) -> bool:
        return bool(self.only_before or self.only_after or self.added or self.removed or self.changed)


def compare_catalogues(before: Catalogue, after: Catalogue) -> CatalogueDifference:
    """What the second catalogue says otherwise than the first; where it says so does not matter."""
    both = [name for name in after.signals if name in before.signals]
    changed = {name: _changes(before.signals[name], after.signals[name]) for name in both}
    return CatalogueDifference(
        added=[name for name in after.signals if name not in before.signals],
        removed=[name for name in before.signals if name not in after.signals],
        changed={name: fields for name, fields in changed.items() if fields},
    )


def _changes(before: Signal, after: Signal) -> dict[str, tuple[Any, Any]]:
    one, other = _fields(before), _fields(after)
    return {name: (one[name], other[name]) for name in one if one[name] != other[name]}


def _fields(signal: Signal) -> Mapping[str, Any]:
    found = {name: _said(value) for name, value in vars(signal).items() if name != "place"}
    return found | {"others": [one.text for one in signal.others]}


def _said(value: Any) -> Any:
    return value.text if isinstance(value, Expression) else value


def compare_tables(before: pa.Table, after: pa.Table) -> TableDifference:
    """What the second table of signals (customer_id, a column a signal) says otherwise than the first, exactly."""
    names = [name for name in before.column_names if name not in ("customer_id", "as_of")]
    theirs = [name for name in after.column_names if name not in ("customer_id", "as_of")]
    both = [name for name in names if name in theirs]
    with duckdb.connect() as connection:
        connection.register("one", before)
        connection.register("other", after)
        counts = connection.execute(
            """SELECT count(*), count(*) FILTER (b.customer_id IS NULL), count(*) FILTER (a.customer_id IS NULL)
            FROM one AS a FULL JOIN other AS b USING (customer_id)"""
        ).fetchall()[0]
        changed = {name: _compared(connection, name, before.field(name), after.field(name)) for name in both}
    return TableDifference(
        customers=counts[0],
        only_before=counts[1],
        only_after=counts[2],
        added=[name for name in theirs if name not in names],
        removed=[name for name in names if name not in theirs],
        changed={name: found for name, found in changed.items() if found.rows},
    )


def _compared(connection: duckdb.DuckDBPyConnection, name: str, one: pa.Field, other: pa.Field) -> SignalDifference:
    a, b = f'a."{name}"', f'b."{name}"'
    if one.type != other.type:  # a signal that became another thing: compared as it is written
        a, b = f"CAST({a} AS VARCHAR)", f"CAST({b} AS VARCHAR)"
    numbers = pa.types.is_floating(one.type) and pa.types.is_floating(other.type)
    largest = f"max(abs({a} - {b}))" if numbers else "NULL"
    differs = f"{a} IS DISTINCT FROM {b}"
    row = connection.execute(
        f"""SELECT count(*) FILTER ({differs}), {largest}, count(*) FILTER (({a} IS NULL) <> ({b} IS NULL)),
            min(customer_id, {EXAMPLES}) FILTER ({differs})
        FROM one AS a JOIN other AS b USING (customer_id)"""
    ).fetchall()[0]
    return SignalDifference(row[0], row[1], row[2], list(row[3] or []))
