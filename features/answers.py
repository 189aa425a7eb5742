"""What a pass over rows answers: kernels run once for all signals that read the same, then each signal's last step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.kernels import picks, spread, totals, values
from features.measures import DAY_US, Ask
from features.signal import Signal
from features.windows import ALL, Edges, Ints, Timeline, Window

Doubles = npt.NDArray[np.float64]
HOUR_US = 3_600_000_000


@dataclass(frozen=True)
class Units:
    """Stretches of rows, see features.kernels."""

    start: Ints
    end: Ints
    customer: npt.NDArray[np.int32]
    k0: npt.NDArray[np.int32]
    k1: npt.NDArray[np.int32]

    def __iter__(self) -> Any:
        return iter((self.start, self.end, self.customer, self.k0, self.k1))


@dataclass(frozen=True)
class Lanes:
    """The columns of a projection in the order of the units' rows: `b0` ... words of bits, whole numbers, doubles.

    `ts` and `day` are when a row happened; `texts` are Arrow columns in the order of arrival, `arrived` the place of
    each row there.
    """

    columns: dict[str, Any]
    texts: Mapping[str, pa.Array]
    arrived: Ints

    def lane(self, name: str) -> Any:
        """A column of the rows; "-" or "|" before its name: the negative, the size."""
        if name not in self.columns and name[0] in "-|":
            base = self.columns[name[1:]]
            self.columns[name] = -base if name[0] == "-" else np.abs(base)
        return self.columns[name]

    def bit(self, number: int) -> tuple[Any, int]:
        """The word and the place of a bit."""
        from features.measures import WORD

        return self.columns[f"b{number // WORD}"], number % WORD


@dataclass
class Answers:
    """One pass: its rows, its days, and what the kernels found so far, by what was asked."""

    units: Units
    lanes: Lanes
    timeline: Timeline
    customers: int
    asks: Mapping[str, tuple[Signal, Ask]]
    found: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._windows = list(dict.fromkeys(window_of(signal) for signal, _ in self.asks.values()))
        self._edges = Edges(self.timeline, self._windows)
        from features.kernels.placing import find_edges

        self.pos = find_edges(
            self.units.start, self.units.end, self.lanes.lane("ts"), self._edges.instants, self._edges.places
        )
        self._asked: dict[tuple[Any, ...], list[Window]] = {}
        for signal, ask in self.asks.values():
            for key in keys_of(signal, ask):
                windows = self._asked.setdefault(key, [])
                if window_of(signal) not in windows:
                    windows.append(window_of(signal))
        for windows in self._asked.values():  # of one end the shorter first: kernels go on from window to window
            windows.sort(key=lambda window: window[::-1])

    def get(self, key: tuple[Any, ...], signal: Signal) -> Any:
        """What a kernel found for the signal's window, [k, c]; the first call runs it for all windows asked."""
        if key not in self.found:
            self.found[key] = _RUN[key[0]](self, key, *self._edges.of(self._asked[key]))
        at = self._asked[key].index(window_of(signal))
        return tuple(array[at] for array in self.found[key])

    def empty(self, windows: Ints, dtype: Any, fill: Any = 0) -> Any:
        """Room for what a kernel finds, [w, k, c]."""
        return np.full((windows.shape[0], len(self.timeline.days), self.customers), fill, dtype)

    def number_of_values(self, bit: int, value: str) -> npt.NDArray[np.int32]:
        """A number for each row's value within its unit."""
        key = ("number", bit, value)
        if key not in self.found:
            word, shift = self.lanes.bit(bit)
            self.found[key] = values.number_values(
                self.units.start, self.units.end, word, shift, self.lanes.lane(value)
            )
        numbered: npt.NDArray[np.int32] = self.found[key]
        return numbered


def window_of(signal: Signal) -> Window:
    """The window that a signal looks at."""
    return ALL if signal.days is None else (signal.days, signal.until)


def keys_of(signal: Signal, ask: Ask) -> list[tuple[Any, ...]]:
    """What a signal asks of the kernels: each key names a kernel and the columns that it reads."""
    does, bit, number = signal.aggregate, ask.bit, ask.number
    asked: dict[str, list[tuple[Any, ...]]] = {
        "count": [("numbers", bit)],
        "sum": [("totals", bit, number)],
        "mean": [("totals", bit, number)],
        "share": [("numbers", bit), ("numbers", ask.true)],
        "min": [("extremes", bit, number)],
        "max": [("extremes", bit, number)],
        "gap_mean": [("extremes", bit, number)],
        "first": [("pick", bit, ask.by, False)],
        "last": [("pick", bit, ask.by, True)],
        "days_since": [("pick", bit, "", True)] if number in ("ts", "day") else [("extremes", bit, number)],
        "time_since": [("pick", bit, "", True)] if number == "ts" else [("extremes", bit, number)],
        "std": [("deviations", bit, number, False)],
        "gap_std": [("deviations", bit, number, True)],
        "quantile": [("quantiles", bit, number, signal.at)],
        "slope": [("slopes", bit, number, signal.over)],
        "distinct": [("values", bit, ask.value)],
        "most": [("values", bit, ask.value)],
        "repeats": [("repeats", bit, ask.value, signal.within)],
        "burst": [("burst", bit, signal.within)],
        "streak": [("streak", bit, ask.true)],
    }
    keys = asked[does]
    if signal.empty is not None and does not in _ZERO:
        keys = [*keys, ("numbers", ask.rows)]
    return keys


_ZERO = frozenset({"count", "distinct", "most", "repeats", "burst", "streak"})


def _totals(a: Answers, key: tuple[Any, ...], low: Ints, high: Ints) -> Any:
    counts, sums = a.empty(low, np.int64), a.empty(low, np.int64)
    totals.totals(*a.units, a.pos, low, high, *a.lanes.bit(key[1]), a.lanes.lane(key[2]), counts, sums)
    return counts, sums


def _numbers(a: Answers, key: tuple[Any, ...], low: Ints, high: Ints) -> Any:
    counts = a.empty(low, np.int64)
    totals.numbers(*a.units, a.pos, low, high, *a.lanes.bit(key[1]), counts)
    return (counts,)


def _extremes(a: Answers, key: tuple[Any, ...], low: Ints, high: Ints) -> Any:
    least, most, found = (a.empty(low, np.int64) for _ in range(3))
    picks.extremes(*a.units, a.pos, low, high, *a.lanes.bit(key[1]), a.lanes.lane(key[2]), least, most, found)
    return least, most, found


def _pick(a: Answers, key: tuple[Any, ...], low: Ints, high: Ints) -> Any:
    row = a.empty(low, np.int64, -1)
    if key[2]:
        by = a.lanes.lane(key[2])
        picks.pick_by(*a.units, a.pos, low, high, *a.lanes.bit(key[1]), by, key[3], row)
    else:
        picks.pick(*a.units, a.pos, low, high, *a.lanes.bit(key[1]), key[3], row)
    return (row,)


def _deviations(a: Answers, key: tuple[Any, ...], low: Ints, high: Ints) -> Any:
    found = a.empty(low, np.float64, np.nan)
    measure = a.lanes.lane(key[2])
    spread.deviations(*a.units, a.pos, low, high, *a.lanes.bit(key[1]), measure, key[3], found)
    return (found,)


def _quantiles(a: Answers, key: tuple[Any, ...], low: Ints, high: Ints) -> Any:
    found = a.empty(low, np.float64, np.nan)
    measure = a.lanes.lane(key[2])
    spread.quantiles(*a.units, a.pos, low, high, *a.lanes.bit(key[1]), measure, key[3], found)
    return (found,)


def _slopes(a: Answers, key: tuple[Any, ...], low: Ints, high: Ints) -> Any:
    found = a.empty(low, np.float64, np.nan)
    x, measure = a.lanes.lane(key[3]), a.lanes.lane(key[2])
    spread.slopes(*a.units, a.pos, low, high, *a.lanes.bit(key[1]), x, measure, found)
    return (found * DAY_US if key[3] == "ts" else found,)


def _values(a: Answers, key: tuple[Any, ...], low: Ints, high: Ints) -> Any:
    different, commonest = a.empty(low, np.int64), a.empty(low, np.int64)
    values.count_values(*a.units, a.pos, low, high, a.number_of_values(key[1], key[2]), different, commonest)
    return different, commonest


def _repeats(a: Answers, key: tuple[Any, ...], low: Ints, high: Ints) -> Any:
    number, within = a.number_of_values(key[1], key[2]), int(key[3] * HOUR_US)
    marks = values.mark_repeats(a.units.start, a.units.end, a.lanes.lane("ts"), number, within)
    counts = a.empty(low, np.int64)
    totals.numbers(*a.units, a.pos, low, high, marks, 0, counts)
    return (counts,)


def _burst(a: Answers, key: tuple[Any, ...], low: Ints, high: Ints) -> Any:
    counts = a.empty(low, np.int64)
    at, within = a.lanes.lane("ts"), int(key[2] * HOUR_US)
    picks.burst(*a.units, a.pos, low, high, *a.lanes.bit(key[1]), at, within, counts)
    return (counts,)


def _streak(a: Answers, key: tuple[Any, ...], low: Ints, high: Ints) -> Any:
    (word, shift), (other, true) = a.lanes.bit(key[1]), a.lanes.bit(key[2])
    counts = a.empty(low, np.int64)
    picks.streak(*a.units, a.pos, low, high, word, shift, other, true, counts)
    return (counts,)


_RUN: dict[str, Any] = {
    "totals": _totals, "numbers": _numbers, "extremes": _extremes, "pick": _pick, "deviations": _deviations,
    "quantiles": _quantiles, "slopes": _slopes, "values": _values, "repeats": _repeats, "burst": _burst,
    "streak": _streak,
}  # fmt: skip
