"""The training set: as-of days whose labels are mature, split by time, each part a matrix with labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from training.labels import after_signals, assets_drop, in_scope, scope_signals
from training.matrix import Inputs, matrix
from training.metrics import Numbers
from training.settings import Label, TrainingSettings

Build = Callable[[date, date, tuple[str, ...]], pa.Table]
"""(as_of, known_by, signal names) -> one row a customer, sorted by customer_id."""


@dataclass(frozen=True)
class Split:
    """As-of days of each part, ascending. The last label window of a part ends before the next part's first day."""

    train: tuple[date, ...]
    validate: tuple[date, ...]
    test: tuple[date, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """All of them, ascending."""
        return (*self.train, *self.validate, *self.test)

    def as_json(self) -> dict[str, list[str]]:
        """Days as text."""
        return {part: [day.isoformat() for day in days] for part, days in vars(self).items()}


@dataclass(frozen=True)
class Part:
    """Rows of one part: signals (rows, names), label 0/1, and whose row it is."""

    x: Numbers
    y: Numbers
    customers: NDArray[np.str_]
    counts: dict[date, int]
    tables: tuple[pa.Table, ...]

    def taken(self, mask: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
        """Signals and labels of the rows where mask is true."""
        return self.x[mask], self.y[mask]


@dataclass(frozen=True)
class Dataset:
    """The three parts and what their columns mean."""

    inputs: Inputs
    split: Split
    train: Part
    validate: Part
    test: Part


def split_days(last: date, first: date, settings: TrainingSettings) -> Split | None:
    """As-of days chosen backwards from `last`, the day before which data are complete; `first` is history's first day.

    None if history is too short for one training day. Part by part, the label windows (until_days) do not overlap,
    as in life: a model made on the validation day could not have seen a later label.
    """
    gap = timedelta(days=settings.label.until_days)
    step = timedelta(days=settings.days.spacing)
    earliest = first + timedelta(days=settings.features.look_back_days)
    limit, chosen, day = last, [], last - gap
    for wanted in (settings.days.test, settings.days.validate_, settings.days.train):
        part: list[date] = []
        while day >= earliest and len(part) < wanted:
            if day + gap <= limit:
                part.append(day)
            day -= step
        if not part:
            return None
        limit = part[-1]
        chosen.append(tuple(reversed(part)))
    return Split(chosen[2], chosen[1], chosen[0])


def build_dataset(build: Build, split: Split, inputs: Inputs, label: Label, known_by: date) -> Dataset:
    """Every part, built day by day: signals as known on the as-of day, labels as known by `known_by`."""
    return Dataset(
        inputs,
        split,
        _part(build, split.train, inputs, label, known_by),
        _part(build, split.validate, inputs, label, known_by),
        _part(build, split.test, inputs, label, known_by),
    )


def _part(build: Build, days: tuple[date, ...], inputs: Inputs, label: Label, known_by: date) -> Part:
    built = [_day(build, day, inputs, label, known_by) for day in days]
    tables = tuple(table for table, _ in built)
    return Part(
        np.concatenate([matrix(table, inputs) for table in tables]),
        np.concatenate([y for _, y in built]),
        np.concatenate([np.asarray(table.column("customer_id").to_pylist(), dtype=np.str_) for table in tables]),
        {day: table.num_rows for day, table in zip(days, tables, strict=True)},
        tables,
    )


def _day(build: Build, day: date, inputs: Inputs, label: Label, known_by: date) -> tuple[pa.Table, Numbers]:
    names = tuple(dict.fromkeys((*inputs.names, *scope_signals(label))))
    before = build(day, day, names)
    before = before.filter(pa.array(in_scope(before, label)))
    after = build(day + timedelta(days=label.until_days), known_by, after_signals(label))
    y = assets_drop(before, after, label)
    known = ~np.isnan(y)
    return before.filter(pa.array(known)), y[known]
