"""From the catalogue to one SQL projection a table: filters and measures, each computed once for all signals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from features.expression import Call, Expression, Name, to_sql
from features.rows import ROWS
from features.signal import Signal
from features.windows import Moment


@dataclass
class Projection:
    """What every row of a table is asked: columns by the SQL that computes them, so that each is computed once."""

    moment: Moment
    columns: dict[str, str] = field(default_factory=dict)
    windows: dict[str, str] = field(default_factory=dict)

    def measure(self, signal: Signal) -> str:
        """The column that holds the signal's measure."""
        return self._column(measure_sql(signal), "m")

    def filter(self, signal: Signal) -> str:
        """The column that is true for rows that the signal counts, whenever they happened."""
        return self._column(_where(signal), "f") if signal.where else "true"

    def order(self, signal: Signal) -> str:
        """The column that orders rows for first and last: by `by`, then by time, then by key."""
        key = [f'"{name}"' for name in ROWS[str(signal.table)].key]
        time = ["event_at"] if ROWS[str(signal.table)].event else []
        by = [to_sql(signal.by)] if signal.by else []
        # Only where it counts: texts of keys are dear to copy.
        return self._column(f"CASE WHEN {_where(signal)} THEN row({', '.join([*by, *time, *key])}) END", "o")

    def counted(self, signal: Signal) -> str:
        """The column that is true for rows that the signal counts: its filter, inside its window."""
        parts = [self.filter(signal)]
        if signal.by:
            parts.append(f"{self._column(to_sql(signal.by), 'b')} IS NOT NULL")
        if ROWS[str(signal.table)].event:
            parts.append(self.moment.inside(self.moment.window(signal)))
        sql = " AND ".join(parts)
        return self.windows.setdefault(sql, f"w{len(self.windows)}")

    def day(self) -> str:
        """The column that holds the bank's day of the row."""
        return self._column("day", "d")

    def sql(self, relation: str, since: date | None) -> str:
        """The projection over `relation`: customer_id, event_at where there is one, and every column asked for."""
        time = ", event_at" if since else ""
        columns = "".join(f", {sql} AS {name}" for sql, name in self.columns.items())
        counted = "".join(f", {sql} AS {name}" for sql, name in self.windows.items())
        happened = f"WHERE event_at >= {self.moment.edge(since)}" if since else ""
        inner = f"SELECT customer_id{time}{columns} FROM ({relation}) {happened}"
        return f"SELECT *{counted} FROM ({inner})"

    def _column(self, sql: str, letter: str) -> str:
        return self.columns.setdefault(sql, f"{letter}{len(self.columns)}")


def measure_sql(signal: Signal) -> str:
    """The signal's measure over one row.

    Numbers are whole: minor units of money, ten-thousandths of anything else, so that sums are the same in every order.
    """
    measure = signal.measure
    if measure is None:
        raise ValueError(f"{signal.name} measures nothing")
    does, sql = signal.aggregate, to_sql(measure)
    if does in ("count", "distinct", "most", "share"):
        return sql
    if does == "days_since":
        return sql
    if does in ("gap_mean", "gap_std"):
        return f"epoch_us({sql})"
    return _whole(signal, measure, sql) if measure.type == "number" else sql


def _where(signal: Signal) -> str:
    return f"coalesce({to_sql(signal.where)}, false)" if signal.where else "true"


def _whole(signal: Signal, measure: Expression, sql: str) -> str:
    exact = _minor(measure, ROWS[str(signal.table)].money) if signal.unit == "money" else None
    return exact or f"TRY_CAST(round(CAST({sql} AS DOUBLE) * {signal.scale}) AS BIGINT)"


def _minor(measure: Expression, money: frozenset[str]) -> str | None:
    """The measure in minor units without a detour over DOUBLE, where it is a money column, its negative or its size."""
    tree = measure.tree
    if isinstance(tree, Name) and tree.name in money:
        return f'"{tree.name} minor"'
    if isinstance(tree, Call) and tree.of in ("minus", "abs") and isinstance(tree.arguments[0], Name):
        name = tree.arguments[0].name
        return f'{"-" if tree.of == "minus" else "abs"}("{name} minor")' if name in money else None
    return None


def level_sets(signals: Sequence[Signal]) -> dict[tuple[str, str], list[Signal]]:
    """Carried signals by what they carry: (measure, filter) as SQL over one row of balances."""
    sets: dict[tuple[str, str], list[Signal]] = {}
    for signal in signals:
        where = to_sql(signal.where) if signal.where else "true"
        sets.setdefault((measure_sql(signal), where), []).append(signal)
    return sets
