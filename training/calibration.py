"""Raw scores to probabilities: Platt's logistic curve, two numbers kept as JSON, applied in numpy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.errors import Refusal
from training.metrics import Numbers

STEPS = 50  # Newton's method ends long before
SMALL = 1e-10


@dataclass(frozen=True)
class Calibration:
    """p = 1 / (1 + exp(-(slope x raw + offset)))."""

    slope: float
    offset: float

    def probability(self, raw: Numbers) -> Numbers:
        """Probabilities in (0, 1) of raw scores (log-odds)."""
        return _logistic(self.slope * raw + self.offset)

    def to_text(self) -> str:
        """Canonical JSON."""
        return json.dumps({"slope": self.slope, "offset": self.offset}, sort_keys=True)

    @classmethod
    def from_text(cls, text: str, *, place: str) -> Calibration:
        """Back from JSON; Refusal names `place` if it is none of ours."""
        try:
            data = json.loads(text)
            found = cls(float(data["slope"]), float(data["offset"]))
        except (ValueError, KeyError, TypeError):
            raise Refusal("is no calibration", place=place, remedy="train again") from None
        if not (np.isfinite(found.slope) and np.isfinite(found.offset)):
            raise Refusal("calibration is not finite", place=place, remedy="train again")
        return found


def fit_calibration(raw: Numbers, y: Numbers) -> Calibration:
    """Platt's curve by Newton's method, with his smoothed targets so that few rows cannot make it certain.

    raw and y must not be rows that the model was fitted to.
    """
    leavers = float(np.sum(y))
    stayers = len(y) - leavers
    target = np.where(y == 1, (leavers + 1) / (leavers + 2), 1 / (stayers + 2))
    columns = np.column_stack([raw, np.ones(len(raw))])
    weights = np.array([1.0, 0.0])
    for _ in range(STEPS):
        p = _logistic(columns @ weights)
        slope = columns.T @ (p - target)
        curve = (columns * (p * (1 - p))[:, None]).T @ columns + SMALL * np.eye(2)
        step = np.linalg.solve(curve, slope)
        # Far from the best curve a full step can overshoot for good: halve it until the loss falls.
        while (
            _loss(columns @ (weights - step), target) > _loss(columns @ weights, target) and np.abs(step).max() > SMALL
        ):
            step = step / 2
        weights = weights - step
        if np.abs(step).max() <= SMALL:
            break
    return Calibration(float(weights[0]), float(weights[1]))


def second_half(customers: Iterable[str]) -> NDArray[np.bool_]:
    """True for the customers whose validation rows calibrate; the others stop the fit. A hash of the id decides."""
    return np.array(
        [hashlib.blake2b(name.encode(), digest_size=1).digest()[0] & 1 == 1 for name in customers], dtype=bool
    )


def _logistic(value: Numbers) -> Numbers:
    return 1.0 / (1.0 + np.exp(-np.clip(value, -500.0, 500.0)))


def _loss(value: Numbers, target: Numbers) -> float:
    """Log loss of log-odds, without overflow."""
    return float(np.sum(np.logaddexp(0.0, value) - target * value))
