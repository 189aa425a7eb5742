"""Who counts, and who left: the label `assets_drop` and the customers it is asked of. Pure."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from training.matrix import numbers, texts
from training.metrics import Numbers
from training.settings import Label

Mask = NDArray[np.bool_]


def scope_signals(label: Label) -> tuple[str, ...]:
    """The signals that `in_scope` reads."""
    return (label.before, "assets_mean_7d", "accounts_open", "is_staff", "segment")


def after_signals(label: Label) -> tuple[str, ...]:
    """The signals that the label reads at the end of the outcome window."""
    return (label.after, "accounts_open")


def in_scope(table: pa.Table, label: Label) -> Mask:
    """True for customers whose leaving can be asked about at the table's as-of day.

    Left out: staff, customers with no open account or whose money is gone already, and those whose mean assets
    before (currency units) are below the floor of their segment or unknown.
    """
    before = numbers(table, label.before)
    latest = numbers(table, "assets_mean_7d")
    floors = np.array([label.floors.get(segment or "", label.floor) for segment in texts(table, "segment")])
    staff = numbers(table, "is_staff") == 1
    open_accounts = numbers(table, "accounts_open") > 0
    with np.errstate(invalid="ignore"):
        return np.asarray((before >= floors) & (latest > label.gone * before) & open_accounts & ~staff, dtype=bool)


def assets_drop(before: pa.Table, after: pa.Table, label: Label) -> Numbers:
    """1 left, 0 stayed, nan unknown: one value a row of `before` (built at the as-of day).

    `after` is built at as_of + until_days, so that its mean covers [as_of + lead_days, as_of + until_days). A customer
    who has no row or no open account there has left.
    """
    place = {name: row for row, name in enumerate(after.column("customer_id").to_pylist())}
    rows = np.array([place.get(name, -1) for name in before.column("customer_id").to_pylist()], dtype=np.int64)
    mean, open_accounts = _taken(numbers(after, label.after), rows), _taken(numbers(after, "accounts_open"), rows)
    held = numbers(before, label.before)
    gone = (rows < 0) | (open_accounts == 0)
    with np.errstate(invalid="ignore"):
        dropped = np.where(np.isnan(mean) | np.isnan(held), np.nan, (mean <= label.drop * held).astype(np.float64))
    return np.where(gone, 1.0, dropped)


def _taken(values: Numbers, rows: NDArray[np.int64]) -> Numbers:
    if not len(values):
        return np.full(len(rows), np.nan)
    return np.where(rows < 0, np.nan, values[rows])
