"""From what kernels found to the values of signals: the quotient, the unit, and what an empty window means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from features.answers import HOUR_US, Answers, Doubles, keys_of
from features.arrow import to_arrow
from features.kernels.placing import day_of_rows
from features.measures import DAY_US, Ask
from features.signal import Signal
from features.windows import EPOCH, EPOCH_DAY, Ints, Timeline

Value = Doubles | list[pa.Array]
"""A signal's values, [k, c] with NaN for NULL (days and flags as numbers); texts: an Arrow array a day."""


def value(answers: Answers, signal: Signal, ask: Ask) -> Value:
    """The values of one signal over rows."""
    keys = keys_of(signal, ask)
    found = [answers.get(key, signal) for key in keys]
    if ask.text:
        return _texts(answers, ask, found[0][0])
    with np.errstate(divide="ignore", invalid="ignore"):
        values = _STEPS[signal.aggregate](answers, signal, ask, found)
    if keys[-1] == ("numbers", ask.rows) and len(found) > 1 and signal.empty is not None:
        values[found[-1][0] == 0] = signal.empty
    return values


def _texts(answers: Answers, ask: Ask, row: Ints) -> Value:
    texts, arrived = answers.lanes.texts[ask.text], answers.lanes.arrived
    if not len(arrived):
        return [pa.nulls(row.shape[1], pa.string()) for _ in row]
    return [texts.take(to_arrow(arrived[one], one < 0)) for one in row]


def _unit(signal: Signal) -> int:
    return HOUR_US if signal.unit == "hours" else DAY_US


def _counts(at: int) -> Callable[..., Doubles]:
    def step(_answers: Answers, signal: Signal, _ask: Ask, found: list[Any]) -> Doubles:
        values: Doubles = found[0][at].astype(np.float64)
        if signal.empty is None:
            values[found[0][at] == 0] = np.nan
        return values

    return step


def _sum(_answers: Answers, signal: Signal, _ask: Ask, found: list[Any]) -> Doubles:
    counts, sums = found[0]
    values: Doubles = np.where(counts == 0, np.nan, sums / signal.scale)
    return values


def _mean(_answers: Answers, signal: Signal, _ask: Ask, found: list[Any]) -> Doubles:
    counts, sums = found[0]
    values: Doubles = sums / (counts * signal.scale)
    return values


def _share(_answers: Answers, _signal: Signal, _ask: Ask, found: list[Any]) -> Doubles:
    values: Doubles = found[1][0] / found[0][0]
    return values


def _extreme(at: int) -> Callable[..., Doubles]:
    def step(_answers: Answers, signal: Signal, _ask: Ask, found: list[Any]) -> Doubles:
        scale = signal.scale if signal.type == "number" else 1
        values: Doubles = np.where(found[0][2] == 0, np.nan, found[0][at] / scale)
        return values

    return step


def _gap_mean(_answers: Answers, signal: Signal, _ask: Ask, found: list[Any]) -> Doubles:
    least, most, count = found[0]
    values: Doubles = np.where(count < 2, np.nan, (most - least) / ((count - 1) * _unit(signal)))
    return values


def _picked(answers: Answers, ask: Ask, row: Ints) -> Doubles:
    """The measure of the picked rows, NaN where none was."""
    lane = answers.lanes.lane(ask.number)
    if not len(lane):
        return np.full(row.shape, np.nan)
    values: Doubles = lane[row].astype(np.float64)
    values[row < 0] = np.nan
    return values


def _pick(answers: Answers, signal: Signal, ask: Ask, found: list[Any]) -> Doubles:
    values = _picked(answers, ask, found[0][0])
    return values / signal.scale if signal.type == "number" else values


def _days_since(answers: Answers, signal: Signal, ask: Ask, found: list[Any]) -> Doubles:
    as_of = answers.timeline.numbers[:, None]
    if ask.number in ("ts", "day"):
        row = found[0][0]
        lane = answers.lanes.lane("day")
        if not len(lane):
            return np.full(row.shape, np.nan)
        values: Doubles = np.where(row < 0, np.nan, as_of - lane[row])
        return values
    _, most, count = found[0]
    instant = signal.measure is not None and signal.measure.type == "instant"
    day = local_days(most.ravel(), answers.timeline).reshape(most.shape) if instant else most
    late: Doubles = np.where(count == 0, np.nan, as_of - day)
    return late


def _time_since(answers: Answers, signal: Signal, ask: Ask, found: list[Any]) -> Doubles:
    begins = answers.timeline.moments[:, :1]
    if ask.number != "ts":
        values: Doubles = np.where(found[0][2] == 0, np.nan, (begins - found[0][1]) / _unit(signal))
        return values
    row, lane = found[0][0], answers.lanes.lane("ts")
    if not len(lane):
        return np.full(row.shape, np.nan)
    since: Doubles = np.where(row < 0, np.nan, (begins - lane[row]) / _unit(signal))
    return since


def _spread(_answers: Answers, signal: Signal, _ask: Ask, found: list[Any]) -> Doubles:
    values: Doubles = found[0][0] / (_unit(signal) if signal.aggregate == "gap_std" else signal.scale)
    return values


def local_days(instants: Ints, timeline: Timeline) -> Ints:
    """The bank's day of each instant, as days since 1970."""
    if not len(instants):
        return instants
    first = _day(int(instants.min())) - timedelta(days=2)
    midnights = timeline.midnights(first, _day(int(instants.max())) + timedelta(days=2))
    days: Ints = day_of_rows(instants, midnights, (first - EPOCH_DAY).days)
    return days


def _day(instant: int) -> date:
    return (EPOCH + timedelta(microseconds=instant)).date()


_STEPS: dict[str, Callable[..., Doubles]] = {
    "count": _counts(0), "distinct": _counts(0), "most": _counts(1), "repeats": _counts(0), "burst": _counts(0),
    "streak": _counts(0), "sum": _sum, "mean": _mean, "share": _share, "min": _extreme(0), "max": _extreme(1),
    "gap_mean": _gap_mean, "first": _pick, "last": _pick, "days_since": _days_since, "time_since": _time_since,
    "std": _spread, "quantile": _spread, "slope": _spread, "gap_std": _spread,
}  # fmt: skip
