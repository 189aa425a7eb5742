"""An effect told from a holdout: right on average, honest about its width, and quiet where nothing can be said."""

import numpy as np
import pytest

from features.errors import Refusal
from training.effect import effect, true_effect

ODDS = 9.0  # one in ten is held out


def _bank(rng, number, *, saved):
    """Risk known before, who would leave without care, who leaves with it, who is held out; a tenth are."""
    risk = rng.normal(size=(number, 1))
    leaves = (rng.random(number) < 0.1 * np.exp(risk[:, 0]).clip(0, 5)).astype(float)
    stays = rng.random(number) < saved
    held_out = rng.random(number) < 1 / (1 + ODDS)
    without, treated = leaves, np.where(stays, 0.0, leaves)
    return risk, without, np.where(held_out, without, treated), held_out


def _estimated(seed, number=600, saved=0.4):
    before, without, outcome, held_out = _bank(np.random.default_rng(seed), number, saved=saved)
    odds = np.full(number, ODDS)
    return effect(outcome, held_out, odds, before), true_effect(outcome, without, held_out, odds)


def test_the_interval_covers_the_truth_about_as_often_as_it_says_and_the_always_valid_one_more_often():
    found = [_estimated(seed) for seed in range(400)]
    covered = np.mean([one.covers(truth) for one, truth in found])
    always = np.mean([one.always_low <= truth <= one.always_high for one, truth in found])
    assert 0.92 <= covered <= 0.99
    assert always >= covered


def test_the_estimate_is_right_on_average():
    found = [_estimated(seed, number=400) for seed in range(400)]
    errors = np.array([one.estimate - truth for one, truth in found])
    assert abs(errors.mean()) < 3 * errors.std() / np.sqrt(len(errors))


def test_what_was_known_before_takes_noise_away():
    kept = [_estimated(seed, number=2_000)[0].kept_variance for seed in range(20)]
    assert np.mean(kept) < 0.97


def test_holdouts_of_unequal_chance_are_weighed():
    """Half are held out with a chance of one half and leave more often: unweighed, care would seem to help."""
    rng = np.random.default_rng(5)
    risky = np.arange(20_000) % 2 == 0
    chance = np.where(risky, 0.5, 0.1)
    held_out = rng.random(len(risky)) < chance
    outcome = (rng.random(len(risky)) < np.where(risky, 0.3, 0.1)).astype(float)
    nothing_known = np.zeros((len(risky), 0))
    weighed = effect(outcome, held_out, (1 - chance) / chance, nothing_known)
    unweighed = effect(outcome, held_out, np.ones(len(risky)), nothing_known)
    assert weighed.covers(0)
    assert not unweighed.covers(0)


def test_nobody_to_compare_with_is_no_effect():
    outcome, before = np.zeros(5), np.zeros((5, 0))
    assert effect(outcome, np.array([True, False, False, False, False]), np.ones(5), before) is None


def test_nothing_that_happened_to_anybody_is_an_effect_of_nothing():
    held_out = np.array([True, True, False, False, False])
    found = effect(np.zeros(5), held_out, np.ones(5), np.zeros((5, 0)))
    assert (found.estimate, found.low, found.high) == (0, 0, 0)


def test_outcomes_that_are_no_numbers_are_refused():
    with pytest.raises(Refusal, match="must be numbers"):
        effect(np.array([1.0, np.nan]), np.array([True, False]), np.ones(2), np.zeros((2, 0)))
