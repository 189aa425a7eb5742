import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import Refusal
from training.calibration import Calibration, fit_calibration, second_half
from training.metrics import calibration_error


@settings(max_examples=25, deadline=None)
@given(slope=st.floats(0.3, 3), offset=st.floats(-4, 0), seed=st.integers(0, 1000))
def test_calibration_makes_said_and_seen_agree_whatever_the_distortion(slope: float, offset: float, seed: int) -> None:
    generator = np.random.default_rng(seed)
    truth = generator.normal(-2, 1.2, 20_000)
    y = (generator.random(20_000) < 1 / (1 + np.exp(-truth))).astype(float)
    raw = (truth - offset) / slope
    found = fit_calibration(raw[:10_000], y[:10_000])
    assert calibration_error(y[10_000:], found.probability(raw[10_000:]), 10) < 0.02
    assert found.slope == pytest.approx(slope, rel=0.2)


def test_calibration_keeps_the_order_of_customers() -> None:
    generator = np.random.default_rng(1)
    raw = generator.normal(size=500)
    y = (generator.random(500) < 1 / (1 + np.exp(-raw))).astype(float)
    p = fit_calibration(raw, y).probability(raw)
    assert np.array_equal(np.argsort(p), np.argsort(raw))
    assert ((p > 0) & (p < 1)).all()


def test_a_perfect_split_does_not_make_it_certain() -> None:
    raw = np.array([-1.0] * 20 + [1.0] * 20)
    p = fit_calibration(raw, (raw > 0).astype(float)).probability(raw)
    assert 0.01 < p.min() < 0.1
    assert 0.9 < p.max() < 0.99


def test_calibration_survives_its_text_to_the_last_bit() -> None:
    found = Calibration(0.1 + 0.2, -1 / 3)
    assert Calibration.from_text(found.to_text(), place="here") == found


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"slope": "x", "offset": 0}', '{"slope": NaN, "offset": 0}'])
def test_a_broken_calibration_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(Refusal, match=r"^churn version 3: "):
        Calibration.from_text(text, place="churn version 3")


def test_halves_depend_on_the_customer_alone_and_are_about_equal() -> None:
    names = [f"c{i}" for i in range(2000)]
    half = second_half(names)
    assert np.array_equal(half[::-1], second_half(names[::-1]))
    assert 900 < half.sum() < 1100
