from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.dataset import build_dataset, split_days
from training.matrix import Inputs
from training.settings import read_training_settings

SETTINGS = read_training_settings()
GAP = timedelta(days=SETTINGS.label.until_days)


def test_eighteen_months_give_three_training_days_one_validation_day_and_two_later_days() -> None:
    split = split_days(date(2026, 6, 30), date(2025, 1, 1), SETTINGS)
    assert split is not None
    assert split.train == (date(2025, 7, 5), date(2025, 8, 4), date(2025, 9, 3))
    assert split.validate == (date(2025, 12, 2),)
    assert split.test == (date(2026, 3, 2), date(2026, 4, 1))


@settings(max_examples=100, deadline=None)
@given(length=st.integers(100, 2500), end=st.dates(date(2015, 1, 1), date(2030, 1, 1)))
def test_label_windows_of_two_parts_never_overlap_and_all_are_mature(length: int, end: date) -> None:
    first = end - timedelta(days=length)
    split = split_days(end, first, SETTINGS)
    if split is None:
        assert length < SETTINGS.history_days
        return
    assert max(split.test) + GAP <= end
    assert max(split.validate) + GAP <= min(split.test)
    assert max(split.train) + GAP <= min(split.validate)
    assert min(split.train) - timedelta(days=SETTINGS.features.look_back_days) >= first
    assert list(split.days) == sorted(set(split.days))
    assert len(split.train) <= SETTINGS.days.train


def test_too_short_a_history_has_no_split() -> None:
    assert split_days(date(2014, 3, 1), date(2013, 1, 1), SETTINGS) is None


def test_signals_are_as_known_then_and_labels_as_known_now() -> None:
    asked: list[tuple[date, date, tuple[str, ...]]] = []
    today = date(2026, 6, 30)

    def build(day: date, known_by: date, names: tuple[str, ...]) -> pa.Table:
        asked.append((day, known_by, names))
        row = {
            "assets_mean_90d": 10_000.0, "assets_mean_60d": 1.0, "assets_mean_7d": 9_000.0, "accounts_open": 1,
            "is_staff": False, "segment": "mass", "logins_28d": 3,
        }  # fmt: skip
        return pa.Table.from_pylist(
            [{"customer_id": name, "as_of": day, **{key: row[key] for key in names}} for name in ("anna", "bao")]
        )

    split = split_days(today, date(2025, 1, 1), SETTINGS)
    assert split is not None
    inputs = Inputs(
        ("logins_28d", "segment"), {"segment": ("mass", "affluent")}, {"logins_28d": "digital", "segment": "person"}
    )
    dataset = build_dataset(build, split, inputs, SETTINGS.label, today)
    for day, known_by, names in asked:
        assert (known_by == today) == ("assets_mean_60d" in names)
        assert day in split.days or day - GAP in split.days
        assert known_by in (day, today)
    assert dataset.train.x.shape == (6, 2)
    assert dataset.train.x[0].tolist() == [3, 0]
    assert dataset.test.y.tolist() == [1, 1, 1, 1]
    assert dataset.test.counts == dict.fromkeys(split.test, 2)
    assert dataset.validate.customers.tolist() == ["anna", "bao"]


@pytest.mark.parametrize("unknown", [np.nan, None])
def test_customers_without_a_label_are_not_in_the_set(unknown: float | None) -> None:
    def build(day: date, known_by: date, names: tuple[str, ...]) -> pa.Table:
        after = "assets_mean_60d" in names
        mean = {"assets_mean_60d": pa.array([unknown, 9.0], pa.float64())} if after else {
            "assets_mean_90d": pa.array([5e3, 5e3]), "assets_mean_7d": pa.array([5e3, 5e3]),
            "is_staff": pa.array([False, False]), "segment": pa.array(["mass", "mass"]),
        }  # fmt: skip
        return pa.table({"customer_id": ["anna", "bao"], "accounts_open": [1, 1], **mean})

    split = split_days(date(2026, 6, 30), date(2025, 1, 1), SETTINGS)
    assert split is not None
    inputs = Inputs(("assets_mean_7d",), {}, {"assets_mean_7d": "balance"})
    dataset = build_dataset(build, split, inputs, SETTINGS.label, date(2026, 6, 30))
    assert set(dataset.test.customers.tolist()) == {"bao"}
