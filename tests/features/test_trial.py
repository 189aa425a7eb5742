"""How a signal is spread, and what a new one repeats."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue import read_folders
from features.profile import bars, profiles, read_profile_form
from features.trial import rank_correlation

SIGNALS = """
- defaults: {owner: tests}
- {name: spent, from: transactions, look_back: 7, sum: -amount, unit: money, zh: 花费, en: spent}
- {name: seen_on, from: transactions, look_back: 7, last: day, unit: day, zh: 日期, en: day}
- {name: segment, from: customers, last: segment, unit: text, zh: 客群, en: segment}
"""


@pytest.fixture
def profile(tmp_path):
    """The profile of values as one of the signals above."""
    (tmp_path / "tests.yaml").write_text(SIGNALS, encoding="utf-8")
    signals = read_folders([tmp_path]).signals
    types = {"spent": pa.float64(), "seen_on": pa.date32(), "segment": pa.string()}

    def of(name, values):
        return profiles(pa.table({name: pa.array(values, types[name])}), [signals[name]])[0]

    return of


def test_unknown_and_zero_are_counted_apart(profile):
    found = profile("spent", [None, 0.0, 0.0, 5.0])

    assert (found.customers, found.nulls, found.zeros) == (4, 1, 2)
    assert (found.quantiles[0.0], found.quantiles[0.5], found.quantiles[1.0]) == (0.0, 0.0, 5.0)


def test_whole_numbers_have_a_bar_each(profile):
    found = profile("spent", [1.0, 1.0, 3.0, 4.0])

    assert (found.edges, found.bins) == ((1.0, 4.0), (2, 0, 1, 1))


def test_bars_hold_everybody_between_the_trimmed_ends(profile):
    values = [math.sqrt(n) for n in range(1, 1001)]
    found = profile("spent", [*values, 10.0**12])

    assert len(found.bins) == read_profile_form().bins
    assert found.edges[1] < 100
    assert 980 <= sum(found.bins) <= 1000


def test_days_are_spread_like_numbers(profile):
    found = profile("seen_on", [date(2026, 7, 1), date(2026, 7, 3), None])

    assert found.quantiles[1.0] == date(2026, 7, 3)
    assert found.bins == (1, 0, 1)


def test_of_a_text_the_commonest_are_named(profile):
    found = profile("segment", ["mass", "mass", "private", None])

    assert found.values == (("mass", 2), ("private", 1))
    assert found.edges is None


def test_a_signal_that_nobody_has_has_no_bars(profile):
    assert profile("spent", [None, None]).bins == ()
    assert bars(()) == ""


def test_a_histogram_is_a_line_of_text_in_which_one_customer_is_seen():
    assert bars([10_000, 0, 1]) == "█ ▁"


NUMBERS = st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=3, max_size=40)


@settings(deadline=None)
@given(NUMBERS)
def test_rank_correlation_is_pearsons_over_mean_ranks(pairs):
    one, other = (np.array(column, float) for column in zip(*pairs, strict=True))
    ranks = [np.array([(sum(b < a for b in v) + sum(b <= a for b in v) + 1) / 2 for a in v]) for v in (one, other)]
    varies = all(rank.std() > 0 for rank in ranks)

    assert rank_correlation(one, other) == pytest.approx(np.corrcoef(*ranks)[0, 1] if varies else 0.0, abs=1e-9)


def test_a_growing_curve_is_a_repetition_and_what_is_unknown_is_left_out():
    one, other = np.array([1.0, 2, 3, np.nan, 9]), np.array([1.0, 8, 27, 5, np.nan])

    assert rank_correlation(one, other) == pytest.approx(1.0)
    assert rank_correlation(one, -other) == pytest.approx(-1.0)
