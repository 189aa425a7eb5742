"""Two hundred deliveries that are not what their manifest says: none is accepted, nothing stored is touched."""

from __future__ import annotations

import copy
import hashlib
import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from features.database import connect, metadata
from features.delivery import manifest
from features.errors import Refusal
from features.intake import intake
from features.settings import read_settings
from features.warehouse import Warehouse

FRAUDS = 200
PLANTED = 40
LAST, DAY = 5, date(2026, 3, 5)
PAYMENTS = "transactions.csv"
SELECTS = {
    "customers": """SELECT id AS customer_id, DATE '2025-01-01' AS opened_on, _file, _line
        FROM read_csv('customers.csv')""",
    "accounts": """SELECT id AS account_id, id AS customer_id, 'current' AS product, 'CNY' AS currency,
        DATE '2025-01-01' AS opened_on, NULL AS closed_on, _file, _line FROM read_csv('customers.csv')""",
    "transactions": """SELECT id AS transaction_id, customer AS account_id, customer AS customer_id,
        TIMESTAMP '2026-02-01 10:00:00' AS ts, amount, 'card' AS kind, 'booked' AS status, _file, _line
        FROM read_csv('transactions.csv')""",
}
Said = dict[str, object]


class Bank:
    """A bank whose delivery `LAST` is in force and whose next one lies ready with a true manifest."""

    def __init__(self, root: Path) -> None:
        self.source, self.data = root / "source", root / "data"
        self.source.mkdir()
        self.data.mkdir()
        for table, sql in SELECTS.items():
            (self.source / f"{table}.sql").write_text(sql, encoding="utf-8")
        self.settings = read_settings(home=root / "home", database_url="", bad_rows_limit=0.5)
        self.engine = connect(self.settings.database)
        metadata.create_all(self.engine)
        people = "id\n" + "".join(f"C{number}\n" for number in range(5))
        lines = "".join(f"T{number},C{number % 5},{number + 1}.{number:02d}\n" for number in range(30))
        self.files = {"customers.csv": people.encode(), PAYMENTS: f"id,customer,amount\n{lines}".encode()}
        self.hand_over(self.files, self.truth(LAST))
        self.take()
        self.stored = self.everything()

    def truth(self, sequence: int) -> dict:
        """A true manifest."""
        said = {
            name: {"rows": content.count(b"\n") - 1, "sha256": _hash(content)} for name, content in self.files.items()
        }
        said[PAYMENTS]["totals"] = {"amount": "469.35"}
        return {"business_date": DAY.isoformat(), "sequence": sequence, "files": said}

    def hand_over(self, files: dict[str, bytes], said: object) -> None:
        """Put a delivery into the data folder."""
        for path in self.data.iterdir():
            path.unlink()
        for name, content in files.items():
            (self.data / name).write_bytes(content)
        (self.data / "manifest.json").write_text(json.dumps(said), encoding="utf-8")

    def take(self) -> None:
        """Take in what lies ready."""
        intake(self.source, self.data, self.settings, self.engine, delivered_at=datetime(2026, 3, 10, tzinfo=UTC))

    def everything(self) -> dict[str, bytes]:
        """Every stored byte."""
        folder = Warehouse(self.settings.home).folder
        return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _other_payments(content: bytes, chance: random.Random) -> bytes:
    """The payments with one changed, left out, doubled, or two of them exchanged: the header stays."""
    head, *lines = content.splitlines(keepends=True)
    at, other = chance.sample(range(len(lines)), 2)
    match chance.randrange(5):
        case 0:
            lines[at] = lines[at].replace(b".", b"0.", 1)
        case 1:
            del lines[at]
        case 2:
            lines.insert(at, lines[other])
        case 3:
            lines[at], lines[other] = lines[other], lines[at]
        case _:
            (one, two), (three, four) = lines[at].rsplit(b",", 1), lines[other].rsplit(b",", 1)
            lines[at], lines[other] = one + b"," + four, three + b"," + two
    return head + b"".join(lines)


def bytes_are_others(files: dict, said: dict, chance: random.Random) -> None:
    files[PAYMENTS] = _other_payments(files[PAYMENTS], chance)


def hash_is_made_to_fit_but_not_the_total(files: dict, said: dict, chance: random.Random) -> None:
    at = chance.randrange(30)
    files[PAYMENTS] = files[PAYMENTS].replace(b",%d.%02d\n" % (at + 1, at), b",%d.%02d\n" % (at + 1, 99 - at))
    said["files"][PAYMENTS]["sha256"] = _hash(files[PAYMENTS])


def hash_is_made_to_fit_but_not_the_rows(files: dict, said: dict, chance: random.Random) -> None:
    files["customers.csv"] += b"C%d\n" % chance.randrange(5, 99)
    said["files"]["customers.csv"]["sha256"] = _hash(files["customers.csv"])


def rows_are_others(files: dict, said: dict, chance: random.Random) -> None:
    said["files"][chance.choice(list(files))]["rows"] += chance.choice([-3, -1, 1, 1000])


def total_is_another(files: dict, said: dict, chance: random.Random) -> None:
    said["files"][PAYMENTS]["totals"]["amount"] = chance.choice(["469.34", "469.36", "-469.35", "0", "469.3500000001"])


def hash_is_another(files: dict, said: dict, chance: random.Random) -> None:
    listed = said["files"][chance.choice(list(files))]
    at = chance.randrange(64)
    listed["sha256"] = (
        listed["sha256"][:at] + ("0" if listed["sha256"][at] != "0" else "1") + listed["sha256"][at + 1 :]
    )


def order_is_another(files: dict, said: dict, chance: random.Random) -> None:
    said["sequence"] = chance.choice([1, LAST - 1, LAST + 2, LAST + 100, 0, -1])


def last_one_again_with_other_content(files: dict, said: dict, chance: random.Random) -> None:
    said |= {"sequence": LAST, "business_date": str(DAY + timedelta(days=chance.choice([-1, 1, 30])))}


def day_goes_back(files: dict, said: dict, chance: random.Random) -> None:
    said["business_date"] = str(DAY - timedelta(days=chance.randrange(1, 400)))


def file_is_not_listed(files: dict, said: dict, chance: random.Random) -> None:
    del said["files"][chance.choice(list(files))]


def file_is_not_there(files: dict, said: dict, chance: random.Random) -> None:
    said["files"][f"extra{chance.randrange(9)}.csv"] = said["files"]["customers.csv"]


def file_lies_elsewhere(files: dict, said: dict, chance: random.Random) -> None:
    said["files"][chance.choice(["../data/customers.csv", "/etc/hosts"])] = said["files"]["customers.csv"]


def form_is_another(files: dict, said: dict, chance: random.Random) -> None:
    listed = said["files"][PAYMENTS]
    field, value = chance.choice([("rows", "30"), ("rows", 30.0), ("rows", None), ("sha256", ""), ("totals", [1])])
    place, key, wrong = chance.choice(
        [(listed, field, value), (said, "sequence", True), (said, "sequence", "6"), (said, "business_date", 20260305),
         (said, "signed", "yes"), (said, "files", {}), (listed["totals"], "amount", 469.35)]
    )  # fmt: skip
    place[key] = wrong


KINDS = [
    bytes_are_others, hash_is_made_to_fit_but_not_the_total, hash_is_made_to_fit_but_not_the_rows, rows_are_others,
    total_is_another, hash_is_another, order_is_another, last_one_again_with_other_content, day_goes_back,
    file_is_not_listed, file_is_not_there, file_lies_elsewhere, form_is_another,
]  # fmt: skip


def accepted(bank: Bank, number: int) -> Iterator[str]:
    """The frauds that went through, by kind and seed."""
    for seed in range(number):
        fraud = KINDS[seed % len(KINDS)]
        files, said = dict(bank.files), copy.deepcopy(bank.truth(LAST + 1))
        fraud(files, said, random.Random(seed))
        if (files, said) == (bank.files, bank.truth(LAST + 1)):
            yield f"{fraud.__name__} {seed} changed nothing"
        bank.hand_over(files, said)
        try:
            bank.take()
            yield f"{fraud.__name__} {seed}"
        except Refusal as refusal:
            if not refusal.place.startswith(str(bank.data)):  # refused for the harness, not for what was handed over
                yield f"{fraud.__name__} {seed}: {refusal}"


@pytest.fixture
def bank(tmp_path):
    founded = Bank(tmp_path)
    yield founded
    founded.engine.dispose()


def test_no_fraud_is_accepted_and_the_true_delivery_still_is(bank):
    assert list(accepted(bank, FRAUDS)) == []
    assert bank.everything() == bank.stored
    bank.hand_over(bank.files, bank.truth(LAST + 1))
    bank.take()
    assert Warehouse(bank.settings.home).manifest["delivery"]["sequence"] == LAST + 1


def test_the_check_finds_an_intake_that_looks_at_no_hash(bank, monkeypatch):
    monkeypatch.setattr(manifest, "_check_bytes", lambda *_: None)
    assert next(accepted(bank, PLANTED)) == "bytes_are_others 0"
