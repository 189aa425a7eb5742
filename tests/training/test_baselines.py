import numpy as np
import pytest

from training.baselines import balance_fell, logistic
from training.metrics import auc_roc


def test_logistic_regression_learns_from_rows_with_gaps_outliers_and_an_empty_signal() -> None:
    generator = np.random.default_rng(1)
    rows = generator.normal(size=(4000, 3))
    y = (generator.random(4000) < 1 / (1 + np.exp(2 - 1.5 * rows[:, 0]))).astype(float)
    rows[generator.random(4000) < 0.1, 0] = np.nan
    rows[:3, 1] = 1e12
    rows[:, 2] = np.nan
    p = logistic(rows[:2000], y[:2000], rows[2000:], 0.1, 1)
    assert ((p > 0) & (p < 1)).all()
    assert auc_roc(y[2000:], p) > 0.7
    assert p.mean() == pytest.approx(y.mean(), abs=0.03)


def test_logistic_regression_is_the_same_each_time() -> None:
    generator = np.random.default_rng(2)
    rows, y = generator.normal(size=(500, 3)), (generator.random(500) < 0.2).astype(float)
    assert np.array_equal(logistic(rows, y, rows, 0.1, 1), logistic(rows, y, rows, 0.1, 1))


def test_whose_balance_fell_most_comes_first_and_who_has_none_comes_last() -> None:
    rows = np.array([[1.0, 0.9], [2.0, 0.1], [3.0, np.nan], [4.0, 1.5]])
    score = balance_fell(rows, ("assets", "assets_ratio_7_30"), "assets_ratio_7_30")
    assert np.argsort(-score).tolist() == [1, 0, 3, 2]
    assert np.isfinite(balance_fell(np.full((3, 1), np.nan), ("r",), "r")).all()
