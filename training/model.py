"""The booster: fit, score, explain, to text and back. The only importer of lightgbm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.errors import Refusal
from training.metrics import Numbers
from training.settings import Fit

PATIENCE = 120  # seconds that a child process may take over one model text
CLOSE = 1e-9  # in log-odds: the same text scores the same rows


@dataclass(frozen=True)
class Model:
    """A fitted booster and the signals it reads, in their order."""

    booster: Any
    names: tuple[str, ...]

    def raw(self, rows: Numbers, names: Sequence[str]) -> Numbers:
        """Log-odds, one a row; `names` are the columns of `rows`, and a different list or order is refused."""
        self._check(names)
        if not len(rows):
            return np.empty(0)
        return np.asarray(self.booster.predict(rows, raw_score=True), dtype=np.float64)

    def contributions(self, rows: Numbers, names: Sequence[str]) -> Numbers:
        """Exact TreeSHAP in log-odds: one column a signal and the base value last; a row adds up to its raw score."""
        self._check(names)
        if not len(rows):
            return np.empty((0, len(self.names) + 1))
        return np.asarray(self.booster.predict(rows, pred_contrib=True), dtype=np.float64)

    def to_text(self) -> str:
        """LightGBM's own text."""
        return str(self.booster.model_to_string(num_iteration=-1))

    @property
    def rounds(self) -> int:
        """Trees kept."""
        return int(self.booster.num_trees())

    def importance(self) -> dict[str, float]:
        """Share of the total gain by signal, largest first."""
        gain = np.asarray(self.booster.feature_importance("gain"), dtype=np.float64)
        shares = gain / gain.sum() if gain.sum() else gain
        return dict(sorted(zip(self.names, shares.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0])))

    def _check(self, names: Sequence[str]) -> None:
        if tuple(names) != self.names:
            wrong = next((pair for pair in zip(names, self.names, strict=False) if pair[0] != pair[1]), None)
            count = f"{len(names)} of {len(self.names)} signals"
            what = f"'{wrong[0]}' stands where '{wrong[1]}' should" if wrong else count
            raise Refusal(what, place="churn model", remedy="pass the signals it was trained on, in its order")


def fit_model(
    rows: Numbers, y: Numbers, stop_rows: Numbers, stop_y: Numbers, names: Sequence[str], settings: Fit, seed: int
) -> Model:
    """Fit on rows, stop early on stop_rows; the same inputs and seed give the same text."""
    import lightgbm

    params = {**settings.params, "seed": seed, "verbosity": -1}
    training = lightgbm.Dataset(rows, y, feature_name=list(names), params={"verbosity": -1}, free_raw_data=True)
    stopping = training.create_valid(stop_rows, stop_y)
    booster = lightgbm.train(
        params, training, settings.rounds, valid_sets=[stopping],
        callbacks=[lightgbm.early_stopping(settings.stop_after, verbose=False)],
    )  # fmt: skip
    # Through the text, so that what was measured is what is kept.
    return from_text(str(booster.model_to_string(num_iteration=booster.best_iteration)))


def from_text(text: str) -> Model:
    """A model from LightGBM's text. Damaged text can end the process: check its hash first, and `prove` it once."""
    import lightgbm

    booster = lightgbm.Booster(model_str=text)
    return Model(booster, tuple(booster.feature_name()))


def canary_rows(rows: Numbers) -> Numbers:
    """Five made-up rows (each signal at its 5, 25, 50, 75, 95 % point): nobody's, but typical."""
    filled = np.where(np.all(np.isnan(rows), axis=0), 0.0, rows)
    return np.asarray(np.nanquantile(filled, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0), dtype=np.float64)


def prove(text: str, rows: Numbers, expected: Numbers, *, place: str) -> None:
    """Parse the text and score canary rows in a child process; Refusal if it dies or scores them otherwise."""
    asked = json.dumps({"text": text, "rows": rows.tolist()}).encode()
    path = os.pathsep.join(part for part in sys.path if part)
    child = subprocess.run(
        [sys.executable, "-m", "training.model"],
        input=asked, capture_output=True, timeout=PATIENCE, check=False, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    try:
        # LightGBM may talk before, and of a damaged text in any bytes; the answer is the last line.
        found = json.loads(child.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        found = None
    if child.returncode or found is None:
        raise Refusal("the model text cannot be loaded", place=place, remedy="train again")
    if not np.allclose(found, expected, rtol=0, atol=CLOSE):
        raise Refusal("the model scores otherwise than when it was trained", place=place, remedy="train again")


def _answer() -> None:
    asked = json.load(sys.stdin)
    model = from_text(asked["text"])
    json.dump(model.raw(np.array(asked["rows"], dtype=np.float64), model.names).tolist(), sys.stdout)


if __name__ == "__main__":
    _answer()
