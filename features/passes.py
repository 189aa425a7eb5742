"""From the catalogue to passes: which signals are answered together, over which rows, for which days."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from features.measures import Ask, Projection
from features.relations import hides
from features.signal import Signal
from features.windows import Timeline

FAR = 200  # days; beyond this a pass over all columns would read much more than most signals need


@dataclass(frozen=True)
class Pass:
    """Signals answered in one walk over a table's rows.

    k: the one day that is answered, None for all together. back: days before the (first) day from which rows are
    needed, None for all there are.
    """

    table: str
    signals: tuple[Signal, ...]
    projection: Projection
    asks: dict[str, tuple[Signal, Ask]]
    k: int | None
    back: int | None

    @property
    def event(self) -> bool:
        """True if rows happen at a moment; else the table is a register."""
        return self.back is not None

    @property
    def joins(self) -> bool:
        """True if rows are joined with the versions of their account."""
        return self.table == "transactions" and "product" in self.projection.names

    @property
    def by_day(self) -> bool:
        """True if some signal reads the bank's day of a row."""
        return any("day" in (ask.number, ask.value) or _reads_day(signal) for signal, ask in self.asks.values())


def _reads_day(signal: Signal) -> bool:
    return signal.aggregate == "days_since" or (signal.aggregate == "slope" and signal.over == "day")


def plan(needed: Sequence[Signal], tables: frozenset[str], timeline: Timeline) -> list[Pass]:
    """The passes over tables that were handed over or derived; carried signals are answered elsewhere."""
    groups: dict[tuple[str, bool], list[Signal]] = {}
    for signal in needed:
        if signal.table in tables and signal.table != "balances":
            far = (signal.days or 0) + signal.until > FAR
            groups.setdefault((str(signal.table), far), []).append(signal)
    passes = []
    for (table, _), signals in sorted(groups.items()):
        first = _pass(table, signals, None)
        alone = len(timeline.days) > 1 and hides(table, frozenset(first.projection.names))
        passes += [_pass(table, signals, k) for k in range(len(timeline.days))] if alone else [first]
    return passes


def _pass(table: str, signals: Sequence[Signal], k: int | None) -> Pass:
    projection = Projection(table)
    asks = {signal.name: (signal, projection.ask(signal)) for signal in signals}
    backs = [(signal.days or 0) + signal.until + _before(signal) for signal in signals]
    event = all(signal.days is not None for signal in signals)
    return Pass(table, tuple(signals), projection, asks, k, max(backs) if event else None)


def _before(signal: Signal) -> int:
    """Days before its window that a signal has to look at."""
    return math.ceil((signal.within or 0) / 24) if signal.aggregate == "repeats" else 0
