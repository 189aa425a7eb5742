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


JANUARY = {"ts": "2026-01-20 10:00:00", "known": "2026-01-20 11:00:00"}
MARCH = {"ts": "2026-03-02 10:00:00", "known": "2026-03-02 11:00:00"}


def test_a_days_delivery_leaves_the_files_of_other_months_as_they_lie(small_bank):
    small_bank.pay(small_bank.payment(90, **JANUARY), *[small_bank.payment(number) for number in range(5)])
    small_bank.take()
    before = {month: path.stat().st_mtime_ns for month, path in small_bank.warehouse.files("transactions").items()}
    small_bank.pay(small_bank.payment(91, **MARCH), small_bank.payment(6))
    small_bank.take()
    after = small_bank.warehouse.files("transactions")
    assert {month for month, path in after.items() if path.stat().st_mtime_ns == before.get(month)} == {"2026-01"}
    assert sorted(after) == ["2026-01", "2026-02", "2026-03"]


def test_a_payment_that_is_booked_in_another_month_ends_its_first_version_there(found_bank):
    """Pending in January, booked in March: whoever looks in February sees it pending, later it counts once."""
    whole, halves = found_bank(), found_bank()
    pending, booked = whole.payment(90, **JANUARY), whole.payment(90, **MARCH)
    others = [whole.payment(number) for number in range(5)]
    whole.pay(pending, booked, *others)
    whole.take()
    for part in ([*others, pending], [booked]):
        halves.pay(*part)
        halves.take()
    assert _files(halves) == _files(whole)
    when = "SELECT strftime(ts, '%m') FROM transactions WHERE transaction_id = 'T90'"
    assert halves.ask(when, datetime(2026, 2, 10)) == [("01",)]  # noqa: DTZ001
    assert halves.ask(when) == [("03",)]


def test_rows_whose_key_is_a_word_of_a_list_count_once_however_often_they_come(small_bank):
    """A day of the calendar and a consent: their keys are not only ids."""
    payday = "SELECT DATE '2026-03-05' AS day, 'payday' AS kind, NULL AS _file, NULL AS _line, $known AS known_at"
    said = """SELECT 'C0' AS customer_id, 'care' AS purpose, 'phone' AS channel, true AS granted, $known AS ts,
        NULL AS _file, NULL AS _line, $known AS known_at"""
    small_bank.selects |= {"calendar": payday, "consents": said}
    for table in ("calendar", "consents"):
        small_bank.say(table, "$known", "TIMESTAMP '2026-01-01'")
    small_bank.take()
    before = small_bank.stored()
    small_bank.take(NEXT_DAY)
    assert small_bank.stored() == before
    assert small_bank.ask("SELECT count(*) FROM calendar") == [(1,)]
    assert small_bank.ask("SELECT count(*) FROM consents") == [(1,)]


@pytest.mark.parametrize("table", ["customers", "accounts", "transactions", "identities"])
def test_a_day_on_which_a_table_has_no_rows_changes_nothing_of_it(small_bank, table):
    small_bank.selects["identities"] = """SELECT id AS customer_id, 'Ann' AS name, true AS made_up, _file, _line,
        TIMESTAMP '2025-01-01' AS known_at FROM read_csv('customers.csv')"""
    small_bank.take()
    before, version = _files(small_bank), small_bank.warehouse.version
    small_bank.selects[table] += " WHERE id = 'nobody'"
    small_bank.take(NEXT_DAY)
    assert (_files(small_bank), small_bank.warehouse.version) == (before, version)


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
