"""One challenger: fitted, calibrated, measured beside its rivals on the later days, and judged by the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from training.artefact import Champion
from training.baselines import balance_fell, logistic
from training.calibration import Calibration, fit_calibration, second_half
from training.dataset import Dataset
from training.gate import Case, Decision, Rival, decide, single_aucs
from training.matrix import matrix
from training.metrics import Numbers, Quality, difference, quality
from training.model import Model, fit_model
from training.settings import TrainingSettings


@dataclass(frozen=True)
class Trial:
    """A challenger with its measures on the later days; `rankings` are those of the baselines, for plots."""

    model: Model
    calibration: Calibration
    quality: Quality
    probability: Numbers
    rivals: Mapping[str, Rival]
    rankings: Mapping[str, Numbers]
    champion: Rival | None
    decision: Decision


def try_model(dataset: Dataset, settings: TrainingSettings, seed: int, champion: Champion | None) -> Trial:
    """Fit on the training days, stop and calibrate on halves of the validation days, judge on the later days."""
    model, calibration = _fitted(dataset, settings, seed)
    test, names = dataset.test, dataset.inputs.names
    raw = model.raw(test.x, names)
    probability = calibration.probability(raw)
    measured = quality(test.y, raw, probability, settings.metrics)
    told = logistic(dataset.train.x, dataset.train.y, test.x, settings.baselines.logistic_c, seed)
    fallen = balance_fell(test.x, names, settings.baselines.balance_fell)

    def rival(score: Numbers, p: Numbers | None) -> Rival:
        gap = difference(test.y, raw, score, test.customers, settings.metrics, seed)
        return Rival(quality(test.y, score, p, settings.metrics), gap)

    rivals = {"logistic": rival(told, told), "balance_fell": rival(fallen, None)}
    lacks = _lacks(champion, dataset)
    held = None
    if champion is not None and lacks is None:
        scores = _scores_of(champion, dataset.test.tables)
        held = rival(scores, champion.calibration.probability(scores))
    leaks = single_aucs(dataset.train.x, dataset.train.y, names)
    case = Case(measured, calibration.slope, model.names, dataset.inputs.subjects, rivals, held, lacks, leaks)
    rankings = {"logistic": told, "balance_fell": fallen}
    return Trial(model, calibration, measured, probability, rivals, rankings, held, decide(case, settings.gate))


def _fitted(dataset: Dataset, settings: TrainingSettings, seed: int) -> tuple[Model, Calibration]:
    train, names = dataset.train, dataset.inputs.names
    second = second_half(dataset.validate.customers)
    model = fit_model(train.x, train.y, *dataset.validate.taken(~second), names, settings.model, seed)
    rows, y = dataset.validate.taken(second)
    return model, fit_calibration(model.raw(rows, names), y)


def _lacks(champion: Champion | None, dataset: Dataset) -> str | None:
    """The first signal that the champion reads and the later days do not have."""
    if champion is None:
        return None
    return next((name for name in champion.inputs.names if name not in dataset.inputs.names), None)


def _scores_of(champion: Champion, tables: tuple[pa.Table, ...]) -> Numbers:
    rows = np.concatenate([matrix(table, champion.inputs) for table in tables])
    return champion.model.raw(rows, champion.inputs.names)
