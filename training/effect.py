"""What care brought about, told from the customers who were left alone on purpose: a difference with an interval.

Customers are held out at random with a known chance, so whoever was treated stands beside whoever was not. Outcomes are
adjusted by what was known before (CUPED: Deng, Xu, Kohavi, Walker, WSDM 2013), which takes noise away and no effect.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.errors import Refusal
from training.metrics import Numbers

Mask = NDArray[np.bool_]
LEAST = 2
"""Customers in each arm without whom nothing can be said."""


@dataclass(frozen=True)
class Effect:
    """Mean outcome of the treated less that of the held out, per customer, for customers like the treated.

    low and high: the interval at one look; always_low and always_high: the one that stays valid when looked at every
    day. unadjusted: the same difference without the pre-period; kept_variance: share of its variance that is left after
    the adjustment.
    """

    treated: int
    held_out: int
    estimate: float
    error: float
    low: float
    high: float
    always_low: float
    always_high: float
    unadjusted: float
    kept_variance: float

    def covers(self, truth: float) -> bool:
        """Whether the interval at one look holds a value."""
        return self.low <= truth <= self.high


def effect(
    outcome: Numbers, held_out: Mask, odds: Numbers, before: Numbers, *, confidence: float = 0.95
) -> Effect | None:
    """The effect of not being held out, for customers like the treated; None with fewer than LEAST in an arm.

    outcome (n): what came of each customer; held_out (n): left alone; odds (n): chance of being treated over chance of
    being held out, by design; before (n, k): what was known before anybody was treated. Raises Refusal for numbers that
    are none.
    """
    if not (np.isfinite(outcome).all() and np.isfinite(before).all() and (odds > 0).all()):
        raise Refusal("outcomes, odds and what was known before must be numbers", place="effect")
    treated = ~held_out
    if min(int(treated.sum()), int(held_out.sum())) < LEAST:
        return None
    weight = np.where(held_out, odds, 1.0)
    adjusted, spent = _adjusted(outcome, held_out, before, weight)
    plain = _difference(outcome, held_out, weight)
    estimate = _difference(adjusted, held_out, weight)
    variance, freedom = _variance(adjusted, held_out, weight, spent)
    raw, _ = _variance(outcome, held_out, weight, 0)
    error = math.sqrt(variance)
    half = _quantile(confidence, freedom) * error
    always = half * _always(confidence) / _quantile(confidence, math.inf)
    return Effect(
        int(treated.sum()), int(held_out.sum()), estimate, error, estimate - half, estimate + half,
        estimate - always, estimate + always, plain, variance / raw if raw > 0 else 1.0,
    )  # fmt: skip


def true_effect(with_care: Numbers, without: Numbers, held_out: Mask, odds: Numbers) -> float:
    """The effect that `effect` estimates, where what would have come of each customer without care is known.

    With care less without, of the treated, less the same of the held out (with their odds): what both arms get alike is
    no effect of being treated.
    """
    return _difference(with_care - without, held_out, np.where(held_out, odds, 1.0))


def _difference(values: Numbers, held_out: Mask, weight: Numbers) -> float:
    mean = [np.average(values[arm], weights=weight[arm]) for arm in (~held_out, held_out)]
    return float(mean[0] - mean[1])


def _adjusted(outcome: Numbers, held_out: Mask, before: Numbers, weight: Numbers) -> tuple[Numbers, int]:
    """The outcome less what `before` foretells of it, and how many numbers that took."""
    varying = before[:, before.std(axis=0) > 0] if before.size else before.reshape(len(outcome), 0)
    if not varying.shape[1]:
        return outcome, 0
    centred = (varying - np.average(varying, axis=0, weights=weight)) / varying.std(axis=0)
    design = np.column_stack([np.ones(len(outcome)), ~held_out, centred])
    root = np.sqrt(weight)
    slopes, _, rank, _ = np.linalg.lstsq(design * root[:, None], outcome * root, rcond=None)
    return outcome - centred @ slopes[2:], max(0, int(rank) - 2)


def _variance(values: Numbers, held_out: Mask, weight: Numbers, spent: int) -> tuple[float, float]:
    """Variance of the difference of the arms' means, and its degrees of freedom: those of the smaller arm.

    Few are held out, and what is rare may not have happened to any of them: then their own spread says too little, and
    the spread of all stands in for it. Both rules err on the wide side; docs/decisions/0011 has the measured coverage.
    """
    means = [np.average(values[arm], weights=weight[arm]) for arm in (held_out, ~held_out)]
    centred = values - np.where(held_out, *means)
    every = float((weight * centred**2).sum() / weight.sum() * len(values) / max(1, len(values) - 2 - spent))
    total, smaller = 0.0, len(values)
    for arm in (~held_out, held_out):
        w, n = weight[arm], int(arm.sum())
        own = float((w * centred[arm] ** 2).sum() / w.sum() * n / (n - 1))
        total += max(own, every) * float((w**2).sum() / w.sum() ** 2)
        smaller = min(smaller, n)
    return total, float(smaller - 1)


def _quantile(confidence: float, freedom: float) -> float:
    from scipy.stats import t

    return float(t.ppf((1 + confidence) / 2, freedom))


def _always(confidence: float) -> float:
    """How many standard errors an interval needs that holds at every look, tightest at the last one.

    Asymptotic confidence sequence: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, Annals of Statistics 2024, eq. 6.
    """
    alpha = 1 - confidence
    tuned = -2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)
    return math.sqrt(2 * (tuned + 1) / tuned * math.log(math.sqrt(tuned + 1) / alpha))
