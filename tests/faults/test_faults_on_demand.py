"""Every named fault of a delivery: the record says what it touched, and the intake does what was promised about it."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

import features
from features.contract import TABLES
from features.database import connect, metadata
from features.delivery import delivery, taking
from features.delivery.readers import find_calls, find_files
from features.errors import Refusal
from features.intake import intake
from features.settings import read_settings
from features.sources.simulated.faults import RECORD, FaultyTable, faults, plant, read_wish
from features.sources.simulated.simulate import simulate
from features.sources.simulated.spoiled_files import LATE
from features.warehouse import Warehouse, read_files

SEED = 11
DELIVERED = datetime(2026, 7, 1, tzinfo=UTC)
SOURCE = Path(features.__file__).parent / "sources/simulated"
BUT_TEXT = [fault.name for fault in faults().values() if not fault.text]


class Bank:
    """A made bank's true delivery, what an intake makes of it, and spoiled copies of it."""

    def __init__(self, root):
        self.root, self.true, self.count = root, root / "true", 0
        simulate(self.true, customers=250, months=5, seed=3)
        self.engine = connect(read_settings(home=root, database_url="").database)
        metadata.create_all(self.engine)
        self.taken = self.take(self.true, root / "home")

    def take(self, data, home, source=SOURCE):
        """The report of an intake."""
        settings = read_settings(home=home, database_url="", identity_key="", bad_rows_limit=0.02)
        home.mkdir(exist_ok=True)
        return intake(source, data, settings, self.engine, delivered_at=DELIVERED)

    def spoiled(self, *names, seed=SEED):
        """A copy with these faults, and what was done."""
        self.count += 1
        folder = self.root / f"spoiled{self.count}"
        shutil.copytree(self.true, folder)
        return folder, plant(folder, [read_wish(name) for name in names], seed=seed)

    def stored(self, home, table="transactions"):
        """Every stored version but what stands in no delivery, as a sorted list."""
        files = Warehouse(home).files(table)
        with duckdb.connect() as connection:
            stored = read_files(TABLES[table], files)
            rows = connection.execute(f"SELECT * EXCLUDE (superseded_at) FROM {stored}").fetchall()
        return sorted(rows, key=repr)


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    founded = Bank(tmp_path_factory.mktemp("faults"))
    yield founded
    founded.engine.dispose()


def touched(folder):
    return pq.read_table(folder / RECORD).to_pylist()


def named(home, table):
    """What stands in the quarantine, (file, line), once each time."""
    with (home / "quarantine" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as written:
        return sorted((row["file"], int(row["line"])) for row in csv.DictReader(written))


def broken_promises(bank, name):
    """What the intake of a delivery with this fault did otherwise than promised, in words."""
    fault = faults()[name]
    folder, planted = bank.spoiled(name)
    home = folder / "home"
    source = planted.source or SOURCE
    return list(
        {"merged": merged, "harmless": merged, "set_aside": set_aside, "refused": refused, "doubted": doubted}[
            fault.promise
        ](bank, fault, folder, home, source)
    )


def merged(bank, fault, folder, home, source):
    report = bank.take(folder, home, source)
    late = fault.name == "late_files"
    if {doubt.name for doubt in report.doubts} != ({"gap"} if late else set()):
        yield "days that are missing for now are not named, or something else is"
    if any(count.quarantined for count in report.tables.values()):
        yield "good rows were set aside"
    if late:
        waited_for = {row["key"] for row in touched(folder)}
        missing = set(bank.stored(bank.root / "home")) - set(bank.stored(home))
        if {row[0] for row in missing} != waited_for:
            yield "what came is not all but the late files"
        bank.take(folder / LATE, home, source)
    if fault.name == "corrections":
        yield from corrected(bank, folder, home)
    elif Warehouse(home).version != Warehouse(bank.root / "home").version:
        yield "the history is another one than that of the true delivery"


def corrected(bank, folder, home):
    new = {(row["key"], row["after"]) for row in touched(folder) if row["column"] == "amount"}
    more = set(bank.stored(home)) - set(bank.stored(bank.root / "home"))
    if {(row[0], f"{row[4] / 100:.2f}") for row in more} != new:
        yield "the corrections are not what came as later versions"
    if set(bank.stored(bank.root / "home")) - set(bank.stored(home)):
        yield "what was known before a correction is gone"


def set_aside(bank, fault, folder, home, source):
    report = bank.take(folder, home, source)
    wrong = touched(folder)
    if named(home, fault.table) != sorted({(row["file"], row["line"]) for row in wrong}):
        yield "the lines that are named are not those that were touched"
    if report.doubts:
        yield "good rows are doubted"
    keys = {row["key"] for row in wrong}
    good = [row for row in bank.stored(bank.root / "home", fault.table) if row[0] not in keys]
    if [row for row in bank.stored(home, fault.table) if row[0] not in keys] != good:
        yield "a good row is lost or changed"


def refused(bank, fault, folder, home, source):
    bank.take(bank.true, home)
    before = Warehouse(home).version
    try:
        bank.take(folder, home, source)
        yield "it was taken in"
    except Refusal as refusal:
        files = {row["file"] for row in touched(folder)}
        columns = {row["column"] for row in touched(folder)} - {None}
        if not any(one in str(refusal) for one in columns or files):
            yield f"what is wrong is not said: {refusal}"
    if Warehouse(home).version != before:
        yield "yesterday's history is no longer in force"


def doubted(bank, fault, folder, home, source):
    report = bank.take(folder, home, source)
    if fault.unit == "day":
        with duckdb.connect() as connection:
            files = f"read_parquet('{bank.true}/transactions/*.parquet')"
            keys = [row["key"] for row in touched(folder)]
            days = connection.execute(
                f"SELECT DISTINCT CAST(ts::DATE AS VARCHAR) FROM {files} WHERE transaction_id IN (SELECT unnest($1))",
                [keys],
            ).fetchall()
        said = {word for doubt in report.doubts for word in doubt.en.split() if word.rstrip(",")[:2] == "20"}
        if {day for (day,) in days} - {word.rstrip(",") for word in said}:
            yield "a missing day is not named"
    elif {doubt.place for doubt in report.doubts} != {row["file"] for row in touched(folder)}:
        yield f"the files that are doubted are not those that were touched: {report.doubts}"
    if not all(doubt.zh and doubt.en for doubt in report.doubts):
        yield "a doubt has no words"
    if any(count.quarantined for count in report.tables.values()):
        yield "a row was set aside that keeps the contract"


def test_nobody_doubts_the_true_delivery(bank):
    assert bank.taken.doubts == ()
    assert all(count.quarantined == 0 for count in bank.taken.tables.values())


@pytest.mark.parametrize("name", faults())
def test_the_intake_does_what_was_promised_about_a_fault(bank, name):
    assert broken_promises(bank, name) == []


@pytest.mark.parametrize("name", [name for name in BUT_TEXT if faults()[name].unit != "file" or "amount" in name])
def test_the_record_names_exactly_the_rows_that_differ(bank, name):
    folder, _ = bank.spoiled(name)
    with duckdb.connect() as connection:
        true, spoiled = (f"read_parquet('{one}/transactions/*.parquet')" for one in (bank.true, folder))
        if faults()[name].promise == "refused":
            return
        lost = f"SELECT transaction_id FROM (FROM {true} EXCEPT ALL FROM {spoiled})"
        more = f"SELECT transaction_id FROM (FROM {spoiled} EXCEPT ALL FROM {true})"
        differ = {row[0] for row in connection.execute(f"{lost} UNION {more}").fetchall()}
    assert differ == {row["key"] for row in touched(folder) if row["before"] != row["after"] or not row["column"]}
    assert differ


@pytest.mark.parametrize("name", [name for name in faults() if name != "late_files"])
def test_a_manifest_of_what_was_meant_lets_no_fault_through(bank, name):
    folder, planted = bank.spoiled(name)
    _write_manifest(bank.true, folder)
    with pytest.raises(Refusal, match=r"manifest|SHA-256|missing|damaged"):
        bank.take(folder, folder / "home", planted.source or SOURCE)
    assert not (folder / "home/warehouse/manifest.json").exists()


def test_a_manifest_names_the_file_that_is_late(bank):
    folder, _ = bank.spoiled("late_files")
    _write_manifest(bank.true, folder)
    late = touched(folder)[0]["file"]
    with pytest.raises(Refusal, match=f"'{late}' is listed but missing"):
        bank.take(folder, folder / "home")


def _write_manifest(true, folder):
    files = {}
    for select in sorted(SOURCE.glob("*.sql")):
        for call in find_calls(select.read_text(encoding="utf-8"), str(select)):
            for path in find_files(true, call.path, str(select)):
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                rows = pq.ParquetFile(path).metadata.num_rows
                files[path.relative_to(true).as_posix()] = {"rows": rows, "sha256": digest}
    said = {"business_date": "2025-06-01", "sequence": 1, "files": files}
    (folder / "manifest.json").write_text(json.dumps(said), encoding="utf-8")


def _bytes(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_seed_spoils_the_same_rows_to_the_same_bytes_and_another_seed_others(bank):
    names = ["duplicate_rows", "broken_lines", "missing_days", "wrong_encoding", "late_files"]
    first, again, other = (bank.spoiled(*names, seed=seed)[0] for seed in (1, 1, 2))
    assert _bytes(first) == _bytes(again)
    assert {row["key"] for row in touched(first)} != {row["key"] for row in touched(other)}


def test_several_faults_in_one_delivery_are_each_dealt_with(bank):
    folder, planted = bank.spoiled(
        "duplicate_rows", "broken_lines", "full_width_digits", "wrong_encoding", "missing_days"
    )
    home = folder / "home"
    report = bank.take(folder, home, planted.source)
    wrong = {
        (row["file"], row["line"])
        for row in touched(folder)
        if row["fault"] in ("broken_lines", "full_width_digits") and row["line"]
    }
    assert named(home, "transactions") == sorted(wrong)
    assert {doubt.name for doubt in report.doubts} == {"gap"}


def test_the_files_of_another_bank_can_be_spoiled_too(tmp_path):
    lines = "".join(f"T{n},K{n % 7},2026-02-{n % 28 + 1:02d} 10:00:00,{n}.50\n" for n in range(200))
    (tmp_path / "booked.csv").write_text(f"nr,konto,wann,betrag\n{lines}", encoding="utf-8")
    roles = {"key": "nr", "time": "wann", "amount": "betrag"}
    table = FaultyTable(name="transactions", files="booked.csv", roles=roles)
    done = plant(tmp_path, [read_wish("sign_flip"), read_wish("broken_lines:0.02")], seed=1, tables=[table])
    written = (tmp_path / "booked.csv").read_text(encoding="utf-8").splitlines()
    assert done.touched == {"sign_flip": 200, "broken_lines": 4}
    assert done.source is None
    assert sum("-" in line.split(",")[-1] or "-" in line.split(",")[-2] for line in written[1:]) >= 198
    broken = {row["line"] for row in touched(tmp_path) if row["fault"] == "broken_lines"}
    assert broken == {n for n, line in enumerate(written, 1) if line.count(",") != 3 or '"' in line}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("late_file", "did you mean 'late_files'"),
        ("late_files:0", "is not a share"),
        ("late_files:x", "is not a share"),
        ("late_files:1.5", "is not a share"),
    ],
)
def test_a_wish_that_is_none_is_refused_with_what_would_be_one(said, told):
    with pytest.raises(Refusal, match=told):
        read_wish(said)


def test_a_folder_without_the_table_is_refused(tmp_path):
    with pytest.raises(Refusal, match="no Parquet or CSV file"):
        plant(tmp_path, [read_wish("sign_flip")], seed=1)


def _lose_a_complaint(patched):
    write = delivery.write_quarantine
    patched.setattr(delivery, "write_quarantine", lambda folder, table, all_: write(folder, table, all_[1:]))


def _doubt_nothing(patched):
    patched.setattr(taking, "doubts_about", lambda *_, **__: [])


def _do_not_look_at_columns(patched):
    patched.setattr(taking, "doubts_about_columns", lambda *_: [])


@pytest.mark.parametrize(
    ("plant_defect", "fault", "told"),
    [
        (_lose_a_complaint, "broken_lines", "not those that were touched"),
        (_doubt_nothing, "missing_days", "missing day is not named"),
        (_doubt_nothing, "sign_flip", "not those that were touched"),
        (_do_not_look_at_columns, "drifting_column", "not those that were touched"),
    ],
)
def test_a_planted_defect_of_the_intake_is_found(bank, monkeypatch, plant_defect, fault, told):
    with monkeypatch.context() as patched:
        plant_defect(patched)
        assert any(told in one for one in broken_promises(bank, fault))


def test_the_documentation_names_every_fault_beside_what_the_intake_does():
    said = (Path(features.__file__).parents[1] / "docs/intake.md").read_text(encoding="utf-8")
    rows = [line for line in said.splitlines() if line.startswith("| ")]
    begins = {
        "merged": "merges", "harmless": "makes no difference", "set_aside": "sets each line aside",
        "refused": "refuses", "doubted": "takes it in and doubts",
    }  # fmt: skip
    for fault in faults().values():
        assert any(fault.name in row and f"| {begins[fault.promise]}" in row for row in rows), fault.name
