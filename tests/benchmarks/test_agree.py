"""Who compares two results sees every kind of difference, and no difference where there is none."""

from __future__ import annotations

import math
from datetime import date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.yardstick.agree import SIGNALS, agree
from features.catalogue import read_folders

DAY = date(2026, 7, 1)


@pytest.fixture(scope="module")
def catalogue():
    return read_folders([SIGNALS])


@pytest.fixture
def same(catalogue, tmp_path):
    """Two folders that say the same in their own ways, one of them changed by `change` (signal -> value)."""

    def write(change=None, customers=(1, 2, 3)):
        values = {name: [float(at + number) for number in range(3)] for at, name in enumerate(catalogue.stored)}
        ours = {"customer_id": ["1", "2", "3"], "as_of": [DAY] * 3, **values}
        turned = {name: [column[2], column[0], column[1]] for name, column in values.items()}
        days = [datetime.fromisoformat("2026-07-01 00:00")] * 3
        theirs = {"customer_id": [customers[2], *customers[:2]], "as_of": days, **turned, **(change or {})}
        for name, columns in (("ours", ours), ("theirs", theirs)):
            (tmp_path / name).mkdir()
            kept = {key: column for key, column in columns.items() if column is not None}
            pq.write_table(pa.table(kept), tmp_path / name / f"{name}.parquet")
        return agree(tmp_path / "ours", tmp_path / "theirs", catalogue)

    return write


def test_order_and_types_of_keys_are_no_difference(same):
    found = same()
    assert (found.rows, found.signals, found.missing, found.differ) == (3, 79, [], {})


@pytest.mark.parametrize(
    ("signal", "apart"),
    [("n_tx_7", 1e-6), ("sum_in_7", 0.0051), ("bal_last", 0.0051), ("mean_abs_30", 2e-4), ("mean_abs_30", math.nan)],
)
def test_a_signal_that_differs_is_named_with_the_customer(same, catalogue, signal, apart):
    at = catalogue.stored.index(signal)
    found = same({signal: [at + 2.0 + apart, float(at), at + 1.0]})
    (only,) = found.differ
    assert only == signal
    assert found.differ[signal]["rows"] == 1
    assert found.differ[signal]["examples"][0][0] == "3 on 2026-07-01"


def test_what_binary_fractions_leave_behind_is_no_difference(same, catalogue):
    at = catalogue.stored.index("sum_in_7")
    assert same({"sum_in_7": [at + 2.0 + 1e-9, float(at), at + 1.0]}).differ == {}


def test_a_signal_or_a_customer_that_lacks_is_named(same):
    assert same({"n_cp_30": None}).missing == ["they lack n_cp_30"]


def test_other_customers_are_no_agreement(same):
    assert "2 only on one side" in same(customers=(1, 2, 4)).missing[0]
