"""An intake that was killed anywhere: the history stands as it was, and the next try ends as an unbroken one ends."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from features.intake import intake

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
COUNTS = "manifest.json"  # the write by which the new history counts: all files were read before it
TAKE = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from features.database import connect
from features.intake import intake
from features.settings import read_settings

root, last, seen = Path(sys.argv[1]), sys.argv[2], 0
settings = read_settings(home=root / "home", database_url="", bad_rows_limit=0.5)
engine, noon = connect(settings.database), datetime(2026, 3, 10, 12, tzinfo=UTC)

def kill(event, arguments):
    global seen
    written = event == "open" and isinstance(arguments[1], str) and arguments[1][0] in "wax"
    if (written or event in ("os.rename", "os.mkdir", "os.remove", "shutil.rmtree")) and "home" in str(arguments[0]):
        seen += 1
        if str(seen) == last or (event == "os.rename" and str(arguments[1]).endswith(last)):
            os._exit(9)

sys.addaudithook(kill)
intake(root / "source", root / "data", settings, engine, delivered_at=noon)
"""


class Watching:
    """Somebody who notes which steps were worked on."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def step(self, name: str, done: int, total: int | None) -> None:
        if name not in self.steps:
            self.steps.append(name)


def _killed(bank, at: int | str) -> bool:
    """Whether an intake died at its `at`-th write, or at that of a file `at` (False: it was over before that)."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", TAKE, str(bank.root), str(at)]
    ended = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert ended.returncode in (0, 9), ended.stderr
    return ended.returncode == 9


def _two_days(found_bank):
    """A bank with a first delivery behind it, and a second with corrections, late and bad rows before it."""
    bank = found_bank()
    bank.take(NOON - timedelta(days=1))
    changed = [bank.payment(number, amount="99.99", known="2026-03-10 09:00:00") for number in range(5)]
    late = [bank.payment(number, ts="2025-12-31 10:00:00", known="2026-03-10 08:00:00") for number in range(40, 44)]
    bank.pay(*[bank.payment(number) for number in range(30)], *changed, *late, "T50,too,few")
    return bank


def _take_again(bank, watching: Watching | None = None, delivered_at: datetime = NOON):
    return intake(bank.source, bank.data, bank.settings, bank.engine, delivered_at=delivered_at, progress=watching)


STEPS = range(1, 80) if os.environ.get("FORECARE_FULL") else (1, 2, 4, 7, 11, 16, 22, 29, COUNTS)


@pytest.mark.parametrize("at", STEPS)
def test_killed_at_any_write_nothing_is_lost_doubled_or_half_there(found_bank, at):
    unbroken, bank = _two_days(found_bank), _two_days(found_bank)
    before = bank.stored()
    _take_again(unbroken)
    if _killed(bank, at):
        assert bank.stored() in (before, unbroken.stored())
        report = _take_again(bank)
        assert report.tables["transactions"].quarantined == 1
    assert bank.stored() == unbroken.stored()
    assert not (bank.settings.home / "intake").exists()


def test_what_was_read_before_the_interruption_is_not_read_again(small_bank):
    small_bank.take(NOON)
    small_bank.put("customers.csv", (small_bank.data / "customers.csv").read_bytes() + b"C9,2025-01-01\n")
    assert _killed(small_bank, COUNTS)
    watching = Watching()
    _take_again(small_bank, watching)
    assert not [step for step in watching.steps if step.startswith("intake: read")]
    assert small_bank.ask("SELECT count(*) FROM customers") == [(6,)]


def test_a_day_later_the_delivery_that_was_cut_off_keeps_its_own_moment(found_bank):
    bank = found_bank()
    bank.say("transactions", "TRY_CAST(known AS TIMESTAMP)", "NULL")
    for table, sql in bank.selects.items():
        (bank.source / f"{table}.sql").write_text(sql, encoding="utf-8")
    assert _killed(bank, COUNTS)
    _take_again(bank, delivered_at=NOON + timedelta(days=1))
    assert bank.ask("SELECT DISTINCT known_at FROM transactions") == [(NOON.replace(tzinfo=None),)]


def test_another_delivery_does_not_go_on_from_the_one_that_was_cut_off(small_bank):
    small_bank.take(NOON - timedelta(days=1))
    small_bank.pay(*[small_bank.payment(number) for number in range(25)])
    assert _killed(small_bank, COUNTS)
    small_bank.pay(*[small_bank.payment(number) for number in range(40)])
    watching = Watching()
    _take_again(small_bank, watching)
    assert "intake: read transactions.csv" in watching.steps
    assert small_bank.ask("SELECT count(*) FROM transactions") == [(40,)]


def test_a_file_that_was_damaged_since_the_interruption_is_read_again(small_bank):
    small_bank.take(NOON - timedelta(days=1))
    small_bank.pay(*[small_bank.payment(number) for number in range(25)])
    assert _killed(small_bank, COUNTS)
    staged = sorted((small_bank.settings.home / "intake").glob("*.parquet"))
    assert staged
    for path in staged:
        path.write_bytes(path.read_bytes()[:-9])
    _take_again(small_bank)
    assert small_bank.ask("SELECT count(*) FROM transactions") == [(25,)]
