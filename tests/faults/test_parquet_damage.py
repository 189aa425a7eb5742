"""Bits that flip in Parquet files, delivered or stored: refused, or every value read as it was written."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.database import connect, metadata
from features.delivery import landing
from features.errors import Refusal
from features.intake import intake
from features.settings import read_settings
from features.stored_files import check_stored, verify
from features.warehouse import Warehouse

MUTATIONS = 600 if os.environ.get("FORECARE_FULL") == "1" else 60
ROWS = 600
DELIVERED = datetime(2026, 3, 10, tzinfo=UTC)
SELECTS = {
    "customers": """SELECT DISTINCT customer AS customer_id, DATE '2025-01-01' AS opened_on, NULL AS _file,
        NULL AS _line, TIMESTAMP '2025-01-01' AS known_at FROM read_csv('people.csv')""",
    "accounts": """SELECT customer AS account_id, customer AS customer_id, 'current' AS product, 'CNY' AS currency,
        DATE '2025-01-01' AS opened_on, NULL AS closed_on, _file, _line, TIMESTAMP '2025-01-01' AS known_at
        FROM read_csv('people.csv')""",
    "transactions": """SELECT id AS transaction_id, customer AS account_id, customer AS customer_id, ts, amount,
        'card' AS kind, 'booked' AS status, _file, _line, ts AS known_at FROM read_parquet('payments.parquet')""",
}


class Bank:
    """A bank that hands its payments over as Parquet."""

    def __init__(self, root):
        self.root, self.source, self.data = root, root / "source", root / "data"
        self.engine = connect(read_settings(home=root, database_url="").database)
        metadata.create_all(self.engine)
        self.source.mkdir()
        self.data.mkdir()
        for table, sql in SELECTS.items():
            (self.source / f"{table}.sql").write_text(sql, encoding="utf-8")
        (self.data / "people.csv").write_text("customer\n" + "".join(f"C{n}\n" for n in range(5)), encoding="utf-8")
        self.file = self.data / "payments.parquet"
        start = int(datetime(2026, 2, 1, tzinfo=UTC).timestamp()) * 10**6
        payments = pa.table(
            {
                "id": [f"T{n}" for n in range(ROWS)],
                "customer": [f"C{n % 5}" for n in range(ROWS)],
                "ts": pa.array([start + n * 10**9 for n in range(ROWS)], pa.timestamp("us")),
                "amount": pa.array([Decimal(n * 7 % 1000) / 100 for n in range(ROWS)], pa.decimal128(18, 2)),
            }
        )
        pq.write_table(payments, self.file, row_group_size=200, write_page_checksum=True)

    def take(self, home):
        """What is stored of the payments after an intake into `home`."""
        settings = read_settings(home=self.root / home, database_url="", bad_rows_limit=0.0)
        intake(self.source, self.data, settings, self.engine, delivered_at=DELIVERED)
        return Warehouse(settings.home)


def _mutated(good: bytes, seed: int) -> bytes:
    """The file with a few bits flipped, a stretch of zeros, or its end gone."""
    chance, content = random.Random(seed), bytearray(good)
    at = chance.randrange(len(content))
    match chance.randrange(8):
        case 0:
            return bytes(content[:at])
        case 1:
            content[at : at + 64] = bytes(len(content[at : at + 64]))
        case 2:
            content[at] = (content[at] + chance.randrange(1, 256)) % 256
        case _:
            for _ in range(chance.randrange(1, 4)):
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return bytes(content)


def _silent(bank: Bank, number: int) -> Iterator[str]:
    """The mutations of the delivered file that were taken in with other values than it held."""
    good = bank.file.read_bytes()
    version = bank.take("whole").version
    for seed in range(number):
        bank.file.write_bytes(_mutated(good, seed))
        try:
            if bank.take(f"home{seed}").version != version:
                yield f"{seed} was taken in with other values"
        except Refusal as refusal:
            if "payments.parquet" not in str(refusal) and "transactions.sql" not in refusal.place:
                yield f"{seed} was refused for something else: {refusal}"


@pytest.fixture
def bank(tmp_path):
    founded = Bank(tmp_path)
    yield founded
    founded.engine.dispose()


def test_no_damage_of_a_delivered_file_changes_a_value_in_silence(bank):
    assert list(_silent(bank, MUTATIONS)) == []


def test_the_check_finds_an_intake_that_looks_at_no_checksum(bank, monkeypatch):
    monkeypatch.setattr(landing, "check_parquet", lambda _: None)
    assert next(_silent(bank, 60)).endswith("other values")


def test_every_damage_of_a_stored_file_is_named(bank):
    history = bank.take("whole")
    assert verify(history) == []
    (path,) = history.files("transactions").values()
    good = path.read_bytes()
    for seed in range(MUTATIONS):
        damaged = _mutated(good, seed)
        path.write_bytes(damaged)
        assert verify(history) == ([path] if damaged != good else [])
    path.write_bytes(_mutated(good, 2))
    with pytest.raises(Refusal, match=path.name):
        check_stored(history, ["transactions"])
    with pytest.raises(Refusal, match=path.name):
        bank.take("whole")
