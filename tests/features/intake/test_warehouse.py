"""Stored history: the same rows are the same bytes, and what was known at a moment stays what was known then."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest

from features.contract import TABLES
from features.engine import open_history
from features.errors import Refusal
from features.warehouse import Warehouse

MARCH_1, MARCH_6, MARCH_11 = (datetime(2026, 3, day) for day in (1, 6, 11))  # noqa: DTZ001
NEXT_DAY = datetime(2026, 3, 11, 12, tzinfo=UTC)
AMOUNT_OF_T3 = "SELECT amount FROM transactions WHERE transaction_id = 'T3'"
EVERYTHING = "SELECT * FROM transactions ORDER BY ALL"
BALANCE = """SELECT 'A0' AS account_id, 'C0' AS customer_id, DATE '2026-03-05' AS day, '5.00' AS balance,
    NULL AS _file, NULL AS _line, TIMESTAMP '2026-03-05' AS known_at"""


def _files(bank) -> dict[str, bytes]:
    return {path: content for path, content in bank.stored().items() if path.endswith(".parquet")}


def test_the_same_delivery_twice_leaves_every_byte_as_it_was(small_bank):
    small_bank.take()
    before = small_bank.stored()
    small_bank.take(NEXT_DAY)
    assert small_bank.stored() == before


def test_the_same_delivery_without_times_of_knowing_makes_no_new_versions(small_bank):
    small_bank.say("transactions", "TRY_CAST(known AS TIMESTAMP)", "NULL")
    small_bank.take()
    before = small_bank.stored()
    small_bank.take(NEXT_DAY)
    assert small_bank.stored() == before


def test_rows_in_two_halves_or_at_once_are_the_same_bytes(found_bank):
    whole, halves = found_bank(), found_bank()
    rows = [whole.payment(number) for number in range(40)]
    whole.pay(*rows)
    whole.take()
    for half in (rows[1::2], rows[::2]):
        halves.pay(*half)
        halves.take()
    assert _files(halves) == _files(whole)
    assert halves.warehouse.version == whole.warehouse.version


def test_a_correction_changes_nothing_that_was_known_before_it(small_bank):
    small_bank.take()
    early = small_bank.ask(EVERYTHING, MARCH_1)
    small_bank.pay(small_bank.payment(3, amount="99.00", known="2026-03-05 00:00:00"))
    small_bank.take()
    assert small_bank.ask(EVERYTHING, MARCH_1) == early
    assert small_bank.ask(AMOUNT_OF_T3, MARCH_6) == [(9900,)]


def test_a_correction_that_claims_to_be_old_counts_from_its_delivery(small_bank):
    small_bank.take()
    early = small_bank.ask(EVERYTHING, MARCH_6)
    small_bank.pay(small_bank.payment(3, amount="99.00"))
    small_bank.take()
    assert small_bank.ask(EVERYTHING, MARCH_6) == early
    assert small_bank.ask(AMOUNT_OF_T3, MARCH_11) == [(9900,)]
    version = small_bank.warehouse.version
    small_bank.take(NEXT_DAY)
    assert small_bank.warehouse.version == version


def test_a_row_that_comes_late_changes_the_days_it_belongs_to(small_bank):
    small_bank.pay(small_bank.payment(0))
    small_bank.take()
    small_bank.pay(small_bank.payment(3))
    small_bank.take(NEXT_DAY)
    assert small_bank.ask(AMOUNT_OF_T3, MARCH_1) == [(1234,)]


def test_two_versions_in_one_delivery_follow_each_other_and_a_repetition_is_none(small_bank):
    small_bank.pay(
        small_bank.payment(0),
        small_bank.payment(0, amount="5", known="2026-03-01 00:00:00"),
        small_bank.payment(0, amount="5.00", known="2026-03-02 00:00:00"),
    )
    small_bank.take()
    (path,) = small_bank.warehouse.files("transactions").values()
    stored = [(row["amount"], row["superseded_at"]) for row in pq.read_table(path).to_pylist()]
    assert stored == [(1234, MARCH_1), (500, None)]


def test_of_rows_that_contradict_each_other_the_last_line_wins_today_and_tomorrow(small_bank):
    small_bank.pay(*[small_bank.payment(0, amount=str(amount)) for amount in (9, 1, 5, 7, 3)])
    small_bank.selects["transactions"] = f"SELECT * FROM ({small_bank.selects['transactions']}) ORDER BY hash(amount)"
    small_bank.take()
    assert small_bank.ask("SELECT amount FROM transactions") == [(300,)]
    before = small_bank.stored()
    small_bank.take(NEXT_DAY)
    assert small_bank.stored() == before


def test_who_opened_the_history_reads_on_while_the_next_delivery_is_taken(small_bank):
    small_bank.take()
    with open_history(small_bank.warehouse, small_bank.settings, known_by=MARCH_11) as history:
        small_bank.pay(small_bank.payment(50))
        small_bank.take()
        assert history.execute("SELECT count(*) FROM transactions").fetchone() == (20,)


def test_files_that_no_manifest_lists_are_swept_by_the_next_intake(small_bank):
    small_bank.take()
    stray = small_bank.settings.home / "warehouse/transactions/2026-02/left-by-a-kill.parquet"
    stray.write_bytes(b"half")
    small_bank.take()
    assert not stray.exists()


def test_a_stored_file_that_is_gone_is_named(small_bank):
    small_bank.take()
    (path,) = small_bank.warehouse.files("transactions").values()
    path.unlink()
    with pytest.raises(Refusal, match=rf"{path.name}: a stored file is gone"):
        small_bank.ask("SELECT 1")


def test_a_damaged_manifest_is_refused(small_bank):
    small_bank.take()
    (small_bank.settings.home / "warehouse/manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(Refusal, match=r"manifest\.json: cannot be read"):
        _ = small_bank.warehouse.version


def test_a_table_that_was_not_handed_over_is_empty_with_the_right_types(small_bank):
    small_bank.take()
    assert small_bank.warehouse.tables == {"customers", "accounts", "transactions"}
    described = dict(row[:2] for row in small_bank.ask("DESCRIBE contacts"))
    assert {column.name: described[column.name] for column in TABLES["contacts"].columns} == {
        column.name: column.kind.value for column in TABLES["contacts"].columns
    }
    assert small_bank.ask("SELECT count(*) FROM contacts") == [(0,)]


def test_the_history_does_not_tell_when_a_row_will_be_corrected(small_bank):
    small_bank.take()
    assert "superseded_at" not in [row[0] for row in small_bank.ask("DESCRIBE transactions")]


def test_nobody_knows_at_noon_what_the_balance_is_at_the_end_of_the_day(small_bank):
    small_bank.selects["balances"] = BALANCE
    small_bank.take()
    noon, midnight = datetime(2026, 3, 5, 4), datetime(2026, 3, 5, 16)  # noqa: DTZ001
    assert small_bank.ask("SELECT count(*) FROM balances", noon) == [(0,)]
    assert small_bank.ask("SELECT balance FROM balances", midnight) == [(500,)]


def test_the_last_day_is_that_of_the_newest_payment_in_the_banks_zone(small_bank):
    small_bank.pay(small_bank.payment(0), small_bank.payment(1, ts="2026-03-02 17:00:00", known="2026-03-02 18:00:00"))
    small_bank.take()
    assert str(small_bank.warehouse.last_day(small_bank.settings.zone)) == "2026-03-03"
    assert Warehouse(small_bank.root / "nowhere").last_day(small_bank.settings.zone) is None
