import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from training.metrics import (
    auc_roc,
    average_precision,
    calibration_bins,
    calibration_error,
    difference,
    lift_and_recall,
    quality,
)
from training.settings import read_training_settings

SETTINGS = read_training_settings().metrics


def _ranking(seed: int, ties: bool) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    y = (generator.random(400) < 0.1).astype(float)
    score = y + generator.normal(size=400)
    return y, np.round(score) if ties else score


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_ranking_measures_agree_with_an_independent_library(seed: int, ties: bool) -> None:
    y, score = _ranking(seed, ties)
    assert average_precision(y, score) == pytest.approx(average_precision_score(y, score), abs=1e-12)
    assert auc_roc(y, score) == pytest.approx(roc_auc_score(y, score), abs=1e-12)


def test_a_weight_of_two_counts_as_the_row_twice() -> None:
    y, score = _ranking(7, ties=True)
    twice = np.where(np.arange(len(y)) % 3 == 0, 2, 1)
    repeated = average_precision(np.repeat(y, twice), np.repeat(score, twice))
    assert average_precision(y, score, twice.astype(float)) == pytest.approx(repeated, abs=1e-12)


def test_the_order_of_rows_with_equal_scores_does_not_matter() -> None:
    y, score = _ranking(3, ties=True)
    assert average_precision(y[::-1], score[::-1]) == pytest.approx(average_precision(y, score), abs=1e-12)


def test_lift_and_recall_count_the_customers_that_managers_can_serve() -> None:
    y = np.array([1, 1, 0, 0, 1, 0, 0, 0, 0, 0], dtype=float)
    score = np.arange(10, 0, -1.0)
    assert lift_and_recall(y, score, 0.2) == (pytest.approx(1 / 0.3), pytest.approx(2 / 3))


def test_with_nobody_leaving_ranking_measures_are_undefined_and_not_zero() -> None:
    nobody = np.zeros(10)
    score = np.arange(10.0)
    assert np.isnan(
        [average_precision(nobody, score), auc_roc(nobody, score), *lift_and_recall(nobody, score, 0.1)]
    ).all()


def test_calibration_error_is_zero_where_what_is_said_is_seen_and_grows_with_exaggeration() -> None:
    generator = np.random.default_rng(1)
    p = generator.uniform(0, 0.3, 40_000)
    y = (generator.random(40_000) < p).astype(float)
    assert calibration_error(y, p, 10) < 0.01
    assert calibration_error(y, np.minimum(1, 3 * p), 10) > 0.2
    assert sum(rows for _, _, rows in calibration_bins(y, p, 10)) == 40_000


def test_a_ranking_without_probabilities_has_no_brier_score() -> None:
    y, score = _ranking(2, ties=False)
    found = quality(y, score, None, SETTINGS)
    assert (found.brier, found.calibration_error) == (None, None)
    assert found.auc_roc > 0.6


def test_a_model_against_itself_differs_by_nothing() -> None:
    y, score = _ranking(4, ties=False)
    customers = np.array([f"c{i % 200}" for i in range(400)])
    found = difference(y, score, score, customers, SETTINGS, 1)
    assert (found.low, found.middle, found.high) == (0, 0, 0)


def test_the_interval_of_a_difference_is_seeded_and_contains_it() -> None:
    y, score = _ranking(5, ties=False)
    customers = np.array([f"c{i % 200}" for i in range(400)])
    noise = np.random.default_rng(9).normal(size=400)
    first = difference(y, score, noise, customers, SETTINGS, 1)
    assert first == difference(y, score, noise, customers, SETTINGS, 1)
    assert first != difference(y, score, noise, customers, SETTINGS, 2)
    assert first.low < first.middle < first.high


def test_copies_of_a_customer_do_not_make_the_interval_narrower() -> None:
    y, score = _ranking(6, ties=False)
    customers = np.array([f"c{i}" for i in range(400)])
    noise = np.random.default_rng(9).normal(size=400)
    once = difference(y, score, noise, customers, SETTINGS, 1)
    four = difference(np.tile(y, 4), np.tile(score, 4), np.tile(noise, 4), np.tile(customers, 4), SETTINGS, 1)
    assert four.high - four.low == pytest.approx(once.high - once.low)
