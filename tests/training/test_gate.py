from dataclasses import replace

import numpy as np
import pytest

from training.gate import Case, Rival, decide, single_aucs
from training.metrics import Difference, Quality
from training.settings import read_training_settings

LIMITS = read_training_settings().gate
GOOD = Quality(auc_pr=0.4, auc_roc=0.85, lift=6.0, recall=0.3, brier=0.03, calibration_error=0.01)
WORSE = Rival(replace(GOOD, auc_pr=0.3), Difference(0.02, 0.1, 0.18))
BETTER = Rival(replace(GOOD, auc_pr=0.5), Difference(-0.18, -0.1, -0.02))
UNCLEAR = Rival(replace(GOOD, auc_pr=0.39), Difference(-0.02, 0.01, 0.04))
CASE = Case(GOOD, 1.0, ("assets", "age"), ("age", "assets", "segment"), {"logistic": WORSE, "balance_fell": WORSE})


def _codes(case: Case) -> tuple[bool, list[str]]:
    decision = decide(case, LIMITS)
    return decision.passed, [line.code for line in decision.reasons]


def test_a_challenger_that_beats_both_baselines_passes_and_says_by_how_much() -> None:
    passed, codes = _codes(CASE)
    assert passed
    assert codes == ["gate.logistic", "gate.balance_fell", "gate.calibration", "gate.auc"]
    assert "0.400" in decide(CASE, LIMITS).reasons[0].text("en")


@pytest.mark.parametrize("name", ["logistic", "balance_fell"])
def test_a_challenger_that_a_baseline_beats_stays_challenger(name: str) -> None:
    assert _codes(replace(CASE, baselines={**CASE.baselines, name: BETTER})) == (False, [f"gate.{name}"])


def test_against_a_champion_the_whole_interval_must_lie_above_zero() -> None:
    assert _codes(replace(CASE, champion=UNCLEAR)) == (False, ["gate.champion"])
    assert _codes(replace(CASE, champion=WORSE))[0]


def test_a_champion_whose_signals_are_gone_does_not_block_and_it_is_said() -> None:
    passed, codes = _codes(replace(CASE, champion_lacks="old_signal"))
    assert passed
    assert "gate.champion_gone" in codes


def test_a_leaky_challenger_is_caught_by_its_signal_and_by_being_too_good() -> None:
    generator = np.random.default_rng(1)
    y = (generator.random(2000) < 0.1).astype(float)
    rows = np.column_stack([generator.normal(size=2000), -y + generator.normal(0, 0.1, 2000)])
    leaks = single_aucs(rows, y, ("honest", "closed_next_month"))
    perfect = replace(GOOD, auc_roc=0.999, auc_pr=0.99)
    passed, codes = _codes(replace(CASE, challenger=perfect, leaks=leaks))
    assert not passed
    assert codes == ["gate.auc", "gate.single"]
    assert "closed_next_month" in decide(replace(CASE, leaks=leaks), LIMITS).reasons[0].text("zh")


def test_a_signal_that_is_missing_only_for_leavers_is_a_leak_too() -> None:
    y = np.array([1.0, 0.0] * 50)
    rows = np.where(y == 1, np.nan, 5.0)[:, None]
    assert single_aucs(rows, y, ("known_later",)) == {"known_later": 1.0}


@pytest.mark.parametrize("error", [0.2, float("nan"), None])
def test_an_uncalibrated_challenger_does_not_pass(error: float | None) -> None:
    assert _codes(replace(CASE, challenger=replace(GOOD, calibration_error=error))) == (False, ["gate.calibration"])


def test_a_calibration_that_turns_the_order_round_does_not_pass() -> None:
    assert _codes(replace(CASE, slope=-0.5)) == (False, ["gate.slope"])
    assert _codes(replace(CASE, slope=float("nan"))) == (False, ["gate.slope"])


def test_a_model_that_reads_something_outside_the_catalogue_does_not_pass() -> None:
    assert _codes(replace(CASE, names=("assets", "phone_number"))) == (False, ["gate.catalogue"])


def test_measures_that_are_not_numbers_do_not_pass() -> None:
    nothing = Rival(replace(GOOD, auc_pr=float("nan")), Difference(float("nan"), float("nan"), float("nan")))
    assert not _codes(replace(CASE, baselines={"logistic": nothing}))[0]
