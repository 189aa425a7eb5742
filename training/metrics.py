"""How good a ranking and a probability are: pure numpy, seeded intervals over customers.

y is 0 or 1, one row a customer and as-of day; score ranks (higher leaves sooner); p is a probability.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.settings import Metrics

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Quality:
    """Quality on one set of rows; brier and calibration_error are None for a ranking without probabilities."""

    auc_pr: float
    auc_roc: float
    lift: float
    recall: float
    brier: float | None
    calibration_error: float | None

    def as_json(self) -> dict[str, float | None]:
        """Rounded to six digits, as shown and stored."""
        return {name: None if value is None else round(value, 6) for name, value in vars(self).items()}


def quality(y: Numbers, score: Numbers, p: Numbers | None, settings: Metrics) -> Quality:
    """All measures of one model on one set of rows with both outcomes."""
    lift, recall = lift_and_recall(y, score, settings.served_share)
    return Quality(
        average_precision(y, score),
        auc_roc(y, score),
        lift,
        recall,
        None if p is None else float(np.mean((p - y) ** 2)),
        None if p is None else calibration_error(y, p, settings.bins),
    )


def average_precision(y: Numbers, score: Numbers, weight: Numbers | None = None) -> float:
    """Area under precision and recall as a step sum; rows with equal scores count together."""
    return _ranked(y, score)(np.ones(len(y)) if weight is None else weight)


def _ranked(y: Numbers, score: Numbers) -> Callable[[Numbers], float]:
    """Average precision as a function of row weights: sorting is done once."""
    order = np.argsort(-score, kind="stable")
    hits, ranked = y[order], score[order]
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)

    def weighted(weight: Numbers) -> float:
        heavy = weight[order]
        found = np.cumsum(heavy * hits)[ends]
        taken = np.cumsum(heavy)[ends]
        if not found[-1]:
            return float("nan")
        precision = np.divide(found, taken, out=np.zeros_like(found), where=taken > 0)
        return float(np.sum(np.diff(found, prepend=0.0) * precision) / found[-1])

    return weighted


def auc_roc(y: Numbers, score: Numbers) -> float:
    """Chance that a leaver ranks above a stayer, ties counted half; nan where one of them is missing."""
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[place]
    leavers = float(np.sum(y))
    stayers = len(y) - leavers
    if not leavers or not stayers:
        return float("nan")
    return float((np.sum(rank[y == 1]) - leavers * (leavers + 1) / 2) / (leavers * stayers))


def lift_and_recall(y: Numbers, score: Numbers, share: float) -> tuple[float, float]:
    """In the highest `share` of rows: their rate over the rate of all, and the share of all leavers among them."""
    served = max(1, int(np.ceil(share * len(y))))
    found = float(np.sum(y[np.argsort(-score, kind="stable")[:served]]))
    total = float(np.sum(y))
    if not total:
        return float("nan"), float("nan")
    return found / served / (total / len(y)), found / total


def calibration_bins(y: Numbers, p: Numbers, bins: int) -> list[tuple[float, float, int]]:
    """(mean probability, observed share, rows) in bins of equal size, lowest probabilities first."""
    parts = np.array_split(np.argsort(p, kind="stable"), min(bins, len(p)))
    return [(float(np.mean(p[part])), float(np.mean(y[part])), len(part)) for part in parts]


def calibration_error(y: Numbers, p: Numbers, bins: int) -> float:
    """Mean distance between probability said and share seen, over bins of equal size."""
    return float(sum(rows * abs(said - seen) for said, seen, rows in calibration_bins(y, p, bins)) / len(y))


@dataclass(frozen=True)
class Difference:
    """A difference with its interval."""

    low: float
    middle: float
    high: float

    def as_json(self) -> list[float]:
        """[low, middle, high], rounded to six digits."""
        return [round(value, 6) for value in (self.low, self.middle, self.high)]


def difference(
    y: Numbers, score: Numbers, other: Numbers, customers: NDArray[np.str_], settings: Metrics, seed: int
) -> Difference:
    """Average precision of `score` less that of `other` on the same rows; customers are resampled, not rows."""
    mine, theirs = _ranked(y, score), _ranked(y, other)
    _, owner = np.unique(customers, return_inverse=True)
    number = int(owner.max()) + 1
    generator = np.random.default_rng(seed)
    drawn = []
    for _ in range(settings.bootstrap):
        weight = np.bincount(generator.integers(0, number, number), minlength=number)[owner].astype(np.float64)
        drawn.append(mine(weight) - theirs(weight))
    tail = (1 - settings.interval) / 2
    low, high = np.nanquantile(drawn, [tail, 1 - tail])
    ones = np.ones(len(y))
    return Difference(float(low), mine(ones) - theirs(ones), float(high))
