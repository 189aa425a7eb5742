import numpy as np
import pytest

from features.errors import Refusal
from training.model import Model, canary_rows, fit_model, from_text, prove
from training.settings import read_training_settings

FIT = read_training_settings().model.model_copy(update={"rounds": 200, "stop_after": 20})
NAMES = ("assets", "logins", "age", "flag")


def _rows(seed: int, number: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    rows = generator.normal(size=(number, 4))
    rows[generator.random((number, 4)) < 0.1] = np.nan
    rows[:, 3] = generator.random(number) < 0.5
    raw = -2 + np.nan_to_num(rows[:, 0]) - np.nan_to_num(rows[:, 1]) * (rows[:, 3] == 1)
    return rows, (generator.random(number) < 1 / (1 + np.exp(-raw))).astype(float)


@pytest.fixture(scope="module")
def model() -> Model:
    return fit_model(*_rows(1), *_rows(2), NAMES, FIT, 7)


def test_the_same_rows_and_seed_give_the_same_text(model: Model) -> None:
    assert fit_model(*_rows(1), *_rows(2), NAMES, FIT, 7).to_text() == model.to_text()
    assert fit_model(*_rows(1), *_rows(2), NAMES, FIT, 8).to_text() != model.to_text()


def test_a_model_survives_its_text(model: Model) -> None:
    rows, _ = _rows(3)
    assert np.array_equal(from_text(model.to_text()).raw(rows, NAMES), model.raw(rows, NAMES))
    assert 10 < model.rounds < FIT.rounds


def test_contributions_add_up_to_the_raw_score(model: Model) -> None:
    rows, _ = _rows(4, 200)
    shares = model.contributions(rows, NAMES)
    assert shares.shape == (200, 5)
    assert np.allclose(shares.sum(axis=1), model.raw(rows, NAMES), atol=1e-9)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("logins", "assets", "age", "flag"), "'logins' stands where 'assets' should"),
        (("assets", "logins", "age"), "3 of 4 signals"),
        ((*NAMES, "more"), "5 of 4 signals"),
    ],
)
def test_columns_in_another_order_are_refused_and_never_matched_by_position(
    model: Model, names: tuple[str, ...], said: str
) -> None:
    with pytest.raises(Refusal, match=said):
        model.raw(np.zeros((2, len(names))), names)
    with pytest.raises(Refusal, match=said):
        model.contributions(np.zeros((2, len(names))), names)


def test_nobody_to_score_gives_no_scores(model: Model) -> None:
    assert model.raw(np.empty((0, 4)), NAMES).shape == (0,)
    assert model.contributions(np.empty((0, 4)), NAMES).shape == (0, 5)


def test_importance_finds_what_matters_and_shares_add_up(model: Model) -> None:
    shares = model.importance()
    assert next(iter(shares)) in ("assets", "logins")
    assert sum(shares.values()) == pytest.approx(1)


def test_a_sound_text_is_proved_and_a_damaged_one_kills_only_the_child(model: Model) -> None:
    rows = canary_rows(_rows(1)[0])
    expected = model.raw(rows, NAMES)
    prove(model.to_text(), rows, expected, place="churn version 1")
    damaged = model.to_text().replace("leaf_value=", "leaf_value=x", 1)[:2000]
    with pytest.raises(Refusal, match=r"^churn version 1: the model text cannot be loaded"):
        prove(damaged, rows, expected, place="churn version 1")


def test_canary_rows_are_numbers_even_where_a_signal_is_always_missing() -> None:
    rows, _ = _rows(1, 100)
    rows[:, 2] = np.nan
    assert np.isfinite(canary_rows(rows)).all()
    assert canary_rows(rows).shape == (5, 4)
