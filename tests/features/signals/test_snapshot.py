"""Stored signals: through a real warehouse, written whole, read back as they were."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from features.build import build_signals
from features.catalogue import read_catalogue
from features.database import connect, metadata
from features.errors import Refusal
from features.intake import intake
from features.settings import read_settings
from features.snapshot import read_snapshot, write_snapshot
from features.warehouse import Warehouse

DAY = date(2026, 7, 1)
ROWS = {
    "customers": [
        "('li', DATE '2020-01-01', TIMESTAMP '2020-01-01')",
        "('an', DATE '2026-06-30', TIMESTAMP '2026-07-05')",
    ],
    "accounts": ["('C', 'li', 'current', 'CNY', DATE '2020-01-01', TIMESTAMP '2020-01-01')"],
    "transactions": [
        "('T1', 'C', 'li', TIMESTAMP '2026-06-20', 5000, 'salary', 'booked', TIMESTAMP '2026-06-20')",
        "('T1', 'C', 'li', TIMESTAMP '2026-06-20', 5100, 'salary', 'booked', TIMESTAMP '2026-07-03')",
        "('T2', 'C', 'li', TIMESTAMP '2026-06-30', -25.50, 'card', 'booked', TIMESTAMP '2026-07-02')",
        "('T3', 'C', 'li', TIMESTAMP '2026-07-02', -100, 'card', 'booked', TIMESTAMP '2026-07-02')",
    ],
}  # fmt: skip
COLUMNS = {
    "customers": "customer_id, opened_on, known_at",
    "accounts": "account_id, customer_id, product, currency, opened_on, known_at",
    "transactions": "transaction_id, account_id, customer_id, ts, amount, kind, status, known_at",
}


@pytest.fixture
def bank(tmp_path):
    """Settings and warehouse of a bank with two customers; the second is known late."""
    source = tmp_path / "source"
    source.mkdir()
    for name, rows in ROWS.items():
        select = f"SELECT *, 'by hand' AS _file, 1 AS _line FROM (VALUES {', '.join(rows)}) AS given({COLUMNS[name]})"
        (source / f"{name}.sql").write_text(select, encoding="utf-8")
    settings = read_settings(home=tmp_path / "home", time_zone="Asia/Shanghai", threads=1)
    engine = connect(settings.database)
    metadata.create_all(engine)
    delivered = datetime(2026, 8, 1, tzinfo=UTC)
    intake(source, tmp_path, settings, engine, delivered_at=delivered, progress=None)
    engine.dispose()
    return settings, Warehouse(settings.home)


def test_a_build_uses_what_was_known_by_then(bank):
    settings, warehouse = bank
    names = ["salary_last", "card_spend_7d"]
    then = build_signals(warehouse, read_catalogue(), DAY, settings, names=names).to_pylist()
    assert then == [{"customer_id": "li", "as_of": DAY, "card_spend_7d": 0, "salary_last": 5000}]
    later = build_signals(
        warehouse, read_catalogue(), DAY, settings, known_by=date(2026, 7, 9), names=names
    ).to_pylist()
    assert [row["customer_id"] for row in later] == ["an", "li"]
    assert (later[1]["salary_last"], later[1]["card_spend_7d"]) == (5100, 25.5)


def test_an_empty_warehouse_has_no_customers(tmp_path):
    settings = read_settings(home=tmp_path)
    assert build_signals(Warehouse(tmp_path), read_catalogue(), DAY, settings).num_rows == 0


def test_progress_is_told_from_the_first_step_to_the_last(bank):
    steps = []

    class Watcher:
        def step(self, name, done, total):
            steps.append((name, done, total))

    settings, warehouse = bank
    build_signals(warehouse, read_catalogue(), DAY, settings, progress=Watcher())
    total = steps[0][2]
    assert steps == [("signals", done, total) for done in range(total + 1)]


def test_a_snapshot_comes_back_as_it_was_written(bank):
    settings, warehouse = bank
    catalogue = read_catalogue()
    table = build_signals(warehouse, catalogue, DAY, settings)
    folder = write_snapshot(settings.home, table, DAY, catalogue, warehouse)
    assert folder == settings.home / "snapshots" / "as_of=2026-07-01"
    assert read_snapshot(settings.home, DAY).equals(table)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["rows"] == 1
    assert (manifest["as_of"], manifest["known_by"]) == ("2026-07-01", "2026-07-01")
    assert (manifest["catalogue"], manifest["warehouse"]) == (catalogue.version, warehouse.version)


def test_writing_the_same_day_twice_leaves_the_same_bytes(bank):
    settings, warehouse = bank
    catalogue = read_catalogue()

    def written():
        table = build_signals(warehouse, catalogue, DAY, settings)
        folder = write_snapshot(settings.home, table, DAY, catalogue, warehouse)
        return {path.name: path.read_bytes() for path in folder.parent.rglob("*") if path.is_file()}

    first = written()
    assert set(first) == {"signals.parquet", "manifest.json"}
    assert written() == first


def test_a_day_without_signals_is_refused(tmp_path):
    with pytest.raises(Refusal, match=r"no signals are stored for 2026-07-01; run 'forecare signals build"):
        read_snapshot(tmp_path, DAY)


def test_damaged_signals_are_refused(bank):
    settings, warehouse = bank
    table = pa.table({"customer_id": ["li"], "as_of": pa.array([DAY]), "assets": [1.0]})
    folder = write_snapshot(settings.home, table, DAY, read_catalogue(), warehouse)
    data = bytearray((folder / "signals.parquet").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "signals.parquet").write_bytes(data)
    with pytest.raises(Refusal, match="the stored signals are damaged"):
        read_snapshot(settings.home, DAY)
    (folder / "manifest.json").write_text("{")
    with pytest.raises(Refusal, match="the manifest cannot be read"):
        read_snapshot(settings.home, DAY)


def test_an_interrupted_write_leaves_the_day_before_as_it_was(bank, monkeypatch):
    settings, warehouse = bank
    table = pa.table({"customer_id": ["li"], "as_of": pa.array([DAY]), "assets": [1.0]})
    write_snapshot(settings.home, table, DAY, read_catalogue(), warehouse)

    def fail(*_args, **_more):
        raise OSError("no space left")

    monkeypatch.setattr("features.snapshot.json.dumps", fail)
    other = table.set_column(2, "assets", pa.array([2.0]))
    with pytest.raises(OSError, match="no space left"):
        write_snapshot(settings.home, other, DAY, read_catalogue(), warehouse)
    assert read_snapshot(settings.home, DAY).equals(table)
    assert [path.name for path in (settings.home / "snapshots").iterdir()] == ["as_of=2026-07-01"]
