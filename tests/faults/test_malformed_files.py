"""Two thousand malformed files: none crashes the intake, every broken line is named, no good line is lost."""

from __future__ import annotations

import csv
import os
import random
import shutil
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pytest

from features.contract import TABLES
from features.database import connect, metadata
from features.delivery import bytes_of
from features.delivery.lines import DelimitedText
from features.errors import Refusal
from features.intake import intake
from features.settings import read_settings
from features.warehouse import Warehouse, read_files
from tests.faults.malform import ON_FILES, ON_LINES, malformed

FILES = 2_000 if os.environ.get("FORECARE_FULL") == "1" else 150
AT_ONCE = 25
LONG = 20_000  # bytes: such files are not read in small blocks, which would take long
SEED = 8
DELIVERED = datetime(2026, 3, 10, 12, tzinfo=UTC)
SELECTS = {
    "customers": """SELECT id AS customer_id, DATE '2025-01-01' AS opened_on, _file, _line
        FROM read_csv('people.csv')""",
    "accounts": """SELECT account AS account_id, id AS customer_id, 'current' AS product, 'CNY' AS currency,
        DATE '2025-01-01' AS opened_on, NULL AS closed_on, _file, _line FROM read_csv('people.csv')""",
    "transactions": """SELECT id AS transaction_id, account AS account_id, customer AS customer_id,
        TRY_CAST(ts AS TIMESTAMP) AS ts, amount, kind, memo AS category, 'booked' AS status, _file, _line,
        known AS known_at FROM read_csv('payments/*')""",
}


class Bank:
    """A bank that hands over a folder of payment files, each time to a home that is empty."""

    def __init__(self, root):
        self.root, self.source, self.data = root, root / "source", root / "data"
        self.source.mkdir()
        (self.data / "payments").mkdir(parents=True)
        self.engine = connect(read_settings(home=root, database_url="").database)
        metadata.create_all(self.engine)
        for table, sql in SELECTS.items():
            (self.source / f"{table}.sql").write_text(sql, encoding="utf-8")
        people = "".join(f"C{number},A{number}\n" for number in range(5))
        (self.data / "people.csv").write_text(f"id,account\n{people}", encoding="utf-8")

    def take(self, files):
        """What arrived, id to amount; which lines are named, (file, line); how many rows are said to be set aside."""
        home, payments = self.root / "home", self.data / "payments"
        for folder in (home, payments):
            shutil.rmtree(folder, ignore_errors=True)
        payments.mkdir()
        for file in files:
            (payments / file.name).write_bytes(file.content)
        settings = read_settings(home=home, database_url="", identity_key="", bad_rows_limit=1.0)
        report = intake(self.source, self.data, settings, self.engine, delivered_at=DELIVERED)
        stored = Warehouse(home).files("transactions")
        arrived = {}
        if stored:
            with duckdb.connect() as connection:
                files = read_files(TABLES["transactions"], stored)
                rows = connection.execute(f"SELECT transaction_id, amount FROM {files}").fetchall()
            arrived = dict(rows)
            assert len(arrived) == len(rows)
        with (report.set_aside / "transactions.csv").open(encoding="utf-8-sig", newline="") as written:
            named = [(row["file"].removeprefix("payments/"), int(row["line"])) for row in csv.DictReader(written)]
        assert report.tables["transactions"].accepted == len(arrived)
        assert report.tables["transactions"].quarantined == len(named)
        return arrived, named


def faults(files, arrived, named):
    """What the intake did wrong with these files, in words."""
    found = []
    expected = {key: amount for file in files for key, amount in file.arrives.items()}
    for file in files:
        lines = Counter(line for name, line in named if name == file.name)
        told = [f"{file.name}:{line} is broken and not named" for line in sorted(file.must_name - lines.keys())]
        told += [f"{file.name}:{line} is good and named" for line in sorted(lines.keys() - file.may_name)]
        told += [f"{file.name}:{line} is named twice" for line, times in lines.items() if times > 1]
        told += [f"{file.name}: {key} is lost" for key in file.arrives if key not in arrived]
        told += [
            f"{file.name}: {key} arrived as {arrived[key]}, not {amount}"
            for key, amount in file.arrives.items()
            if arrived.get(key, amount) != amount
        ]
        found += [f"{one} ({'; '.join(file.made_by)})" for one in told]
    return found + [f"{key[:60]!r} arrived and stands in no good line" for key in arrived if key not in expected]


def usable(count, seed=SEED):
    """So many files of which none is to be refused."""
    files = (malformed(number, seed) for number in range(10 * count))
    return [file for _, file in zip(range(count), (file for file in files if not file.refused), strict=False)]


@pytest.fixture
def bank(tmp_path):
    opened = Bank(tmp_path)
    yield opened
    opened.engine.dispose()


def in_small_blocks(monkeypatch, dice):
    """Read as if files were far longer than a block: lines and records lie across the blocks' edges."""
    whole, size = DelimitedText.batches, dice.choice([1, 100, 1_000])

    def batches(self):
        self.block = size
        yield from whole(self)

    monkeypatch.setattr(DelimitedText, "batches", batches)
    monkeypatch.setattr(bytes_of, "CHUNK", dice.choice([64, 500, 5_000]))


def test_every_broken_line_is_named_and_no_good_line_is_lost(bank, monkeypatch):
    files = [file for number in range(FILES) if not (file := malformed(number, SEED)).refused]
    found, dice = [], random.Random(SEED)
    files.sort(key=lambda file: len(file.content) > LONG)
    for turn, begin in enumerate(range(0, len(files), AT_ONCE)):
        some = files[begin : begin + AT_ONCE]
        with monkeypatch.context() as patched:
            if turn % 2 == 0 and len(some[-1].content) <= LONG:
                in_small_blocks(patched, dice)
            found += faults(some, *bank.take(some))
    assert sum(len(file.must_name) for file in files) > FILES
    assert sum(len(file.arrives) for file in files) > 5 * FILES
    assert found == []


def test_a_file_that_cannot_be_used_is_refused_by_name_and_nothing_is_stored(bank):
    files = [file for number in range(FILES) if (file := malformed(number, SEED)).refused]
    beside = usable(1)[0]
    assert len(files) >= FILES // 20
    for file in files:
        with pytest.raises(Refusal, match=file.name):
            bank.take([replace(beside, name="a.csv"), file])
        assert not (bank.root / "home/warehouse/manifest.json").exists(), file.made_by


def test_every_mutation_has_its_turn():
    made = {name for number in range(FILES) for name in malformed(number, SEED).made_by}
    assert made == {*ON_LINES, *ON_FILES}


def test_files_that_are_as_they_were_arrive_whole(bank):
    files = [file for number in range(400) if len((file := malformed(number, SEED)).must_name) == 0][:8]
    files = [file for file in files if not file.refused]
    arrived, named = bank.take(files)
    assert named == []
    assert arrived == {key: amount for file in files for key, amount in file.arrives.items()}


def _lose_a_row(patched):
    whole = DelimitedText.batches

    def batches(self):
        for table in whole(self):
            yield table.slice(1) if isinstance(table, pa.Table) and self.name.startswith("payments/") else table

    patched.setattr(DelimitedText, "batches", batches)


def _hush(patched):
    patched.setattr(DelimitedText, "_complain", lambda self, line, reason: None)


def _name_the_next(patched):
    complain = DelimitedText._complain
    patched.setattr(DelimitedText, "_complain", lambda self, line, reason: complain(self, line + 1, reason))


def _count_from_the_wrong_line(patched):
    table = DelimitedText._table
    patched.setattr(DelimitedText, "_table", lambda self, *given: table(self, *given[:-1], given[-1] + 1))


@pytest.mark.parametrize(
    ("plant", "told"),
    [
        (_lose_a_row, "is lost"),
        (_hush, "is broken and not named"),
        (_name_the_next, "is good and named"),
        (_count_from_the_wrong_line, "is broken and not named"),
    ],
)
def test_a_planted_defect_is_found(bank, monkeypatch, plant, told):
    files = usable(8)
    with monkeypatch.context() as patched:
        plant(patched)
        assert any(told in one for one in faults(files, *bank.take(files)))
