"""A home that an older version filled: files that lack a column of today's contract."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from features.warehouse import Warehouse


@pytest.fixture
def older(small_bank):
    """A small bank whose payments of February were stored before the contract had `category` and `own_account`."""
    small_bank.take()
    warehouse = Warehouse(small_bank.settings.home)
    path = warehouse.files("transactions")["2026-02"]
    rows = pq.read_table(path).drop_columns(["category", "own_account"])
    older = path.with_name("0123456789abcdef01234567.parquet")
    pq.write_table(rows, older, store_schema=False)
    manifest = json.loads((warehouse.folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["tables"]["transactions"]["2026-02"] = older.name
    (warehouse.folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return small_bank


def test_its_history_is_read_and_the_new_column_is_not_known(older):
    assert older.ask("SELECT count(*), count(category), sum(amount) FROM transactions") == [(20, 0, 20 * 1234)]


def test_signals_are_built_over_old_and_new_files_together(older):
    from datetime import date

    from features.build import build_signals
    from features.catalogue import read_catalogue

    catalogue = read_catalogue()
    names = ["card_spend_30d", "categories_30d"]
    found = build_signals(older.warehouse, catalogue, date(2026, 3, 1), older.settings, names=names)
    assert found.column("card_spend_30d").to_pylist() == [0.0] * 5
    assert found.column("categories_30d").to_pylist() == [0.0] * 5
