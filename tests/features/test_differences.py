"""What changed between two catalogues, and between two tables of signals."""

from __future__ import annotations

import pyarrow as pa
import pytest

from features.catalogue import read_folders
from features.differences import compare_catalogues, compare_tables

ENTRY = """
- {{name: {name}, from: transactions, look_back: {days}, {does}, unit: {unit}, owner: tests, zh: 测试, en: test}}
"""


@pytest.fixture
def catalogue(tmp_path):
    """A catalogue of entries (name, days, does, unit)."""

    def of(*entries):
        folder = tmp_path / f"catalogue {len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        names = ("name", "days", "does", "unit")
        text = "".join(ENTRY.format(**dict(zip(names, entry, strict=True))) for entry in entries)
        (folder / "tests.yaml").write_text(text, encoding="utf-8")
        return read_folders([folder])

    return of


COUNT, SUM = ("payments", 30, "count: transaction_id", "count"), ("spent", 30, "sum: -amount", "money")


def test_catalogues_that_say_the_same_in_another_place_are_the_same(catalogue):
    assert not compare_catalogues(catalogue(COUNT, SUM), catalogue(SUM, COUNT))


def test_what_was_added_removed_and_changed_is_named(catalogue):
    found = compare_catalogues(catalogue(COUNT, SUM), catalogue(("payments", 90, *COUNT[2:]), ("in", 7, *SUM[2:])))

    assert (found.added, found.removed) == (["in"], ["spent"])
    assert found.changed == {"payments": {"days": (30, 90)}}


def test_a_changed_measure_is_told_as_it_is_written(catalogue):
    found = compare_catalogues(catalogue(SUM), catalogue(("spent", 30, "sum: abs(amount)", "money")))

    assert found.changed == {"spent": {"measure": ("-amount", "abs(amount)")}}


def signals(**columns):
    return pa.table({"customer_id": ["C1", "C2", "C3"], **columns})


def test_tables_that_hold_the_same_are_the_same():
    one = signals(spent=[1.0, None, 3.0], segment=["a", "b", None])

    assert not compare_tables(one, one.take([2, 0, 1]))


def test_rows_largest_difference_and_nulls_are_counted():
    before = signals(spent=[1.0, None, 3.0], segment=["a", "b", None])
    found = compare_tables(before, signals(spent=[1.0, 2.0, -4.5], segment=["a", "c", None])).changed

    assert (found["spent"].rows, found["spent"].largest, found["spent"].nulls) == (2, 7.5, 1)
    assert found["spent"].customers == ["C2", "C3"]
    assert (found["segment"].rows, found["segment"].largest, found["segment"].nulls) == (1, None, 0)


def test_customers_and_signals_of_one_side_are_counted_and_named():
    found = compare_tables(signals(spent=[1.0, 2.0, 3.0]), pa.table({"customer_id": ["C1", "C9"], "in": [0.0, 0.0]}))

    assert (found.customers, found.only_before, found.only_after) == (4, 2, 1)
    assert (found.added, found.removed, found.changed) == (["in"], ["spent"], {})
