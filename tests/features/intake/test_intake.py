"""What is taken in and what is set aside: exact money, known people, no future; nothing in force unchecked."""

from __future__ import annotations

import csv
import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import Refusal

MOST = 10**17  # minor units: 10^15 currency units
NO_AMOUNTS = ("NaN", "inf", "-inf", "1e400", "1e3", "1.234", "0.001", f"{10**15}.01", "9" * 20, "abc", "12,5", "", " ")
BINARY = ("1e400", "'nan'::DOUBLE", "'inf'::DOUBLE", "0.1::DOUBLE + 0.2::DOUBLE", "1.001::DECIMAL(18, 3)", "true")
TOO_WIDE = ("170141183460469231731687303715884105727::HUGEINT", f"{'9' * 35}.99::DECIMAL(38, 2)", "DATE '2026-01-01'")


def _boundaries() -> list[str]:
    """200 amounts around zero, around whole units, and around the largest one, written as a bank writes them."""
    near = [n + step for n in (0, 100, 10**9, 10**15, MOST - 20) for step in range(20)]
    return [f"{sign}{minor // 100}.{minor % 100:02d}" for minor in near for sign in ("", "-")]


def test_two_hundred_amounts_at_the_boundaries_are_kept_to_the_cent(small_bank):
    amounts = _boundaries()
    assert len(amounts) == 200
    small_bank.pay(*[small_bank.payment(number, amount=amount) for number, amount in enumerate(amounts)])
    assert small_bank.take().tables["transactions"].quarantined == 0
    kept = dict(small_bank.ask("SELECT transaction_id, amount FROM transactions"))
    assert kept == {f"T{number}": int(Decimal(amount) * 100) for number, amount in enumerate(amounts)}


def test_the_largest_amount_is_taken_and_one_cent_more_is_not(small_bank):
    small_bank.pay(
        small_bank.payment(0, amount="1000000000000000"),
        small_bank.payment(1, amount="-1000000000000000.00"),
        small_bank.payment(2, amount="1000000000000000.01"),
    )
    report = small_bank.take()
    assert small_bank.ask("SELECT amount FROM transactions ORDER BY transaction_id") == [(MOST,), (-MOST,)]
    assert report.first[0].startswith("transactions.csv:4: column amount: 1000000000000000.01 is above")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(minor=st.lists(st.integers(-MOST, MOST), min_size=1, max_size=40))
def test_whatever_amounts_a_bank_writes_their_sum_is_exact(found_bank, minor):
    bank = found_bank()
    written = [f"{'-' if one < 0 else ''}{abs(one) // 100}.{abs(one) % 100:02d}" for one in minor]
    bank.pay(*[bank.payment(number, amount=amount) for number, amount in enumerate(written)])
    bank.take()
    assert bank.ask("SELECT sum(amount) FROM transactions") == [(sum(minor),)]


def test_what_is_no_exact_amount_is_set_aside(small_bank):
    bad = [small_bank.payment(number, amount=f'"{text}"') for number, text in enumerate(NO_AMOUNTS)]
    small_bank.settings = small_bank.settings.model_copy(update={"bad_rows_limit": 1.0})
    small_bank.pay(*bad, small_bank.payment(99))
    report = small_bank.take()
    assert report.tables["transactions"].quarantined == len(NO_AMOUNTS)
    assert small_bank.ask("SELECT transaction_id FROM transactions") == [("T99",)]


@pytest.mark.parametrize("amount", [*BINARY, *TOO_WIDE])
def test_a_number_that_is_no_exact_amount_is_set_aside_and_does_not_end_the_run(found_bank, amount):
    bank = found_bank(bad_rows_limit=1.0)
    bank.say("transactions", "amount,", f"{amount} AS amount,")
    assert bank.take().tables["transactions"].quarantined == 20


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"ts": "2026-03-10 13:00:00"}, "column ts: 2026-03-10 13:00:00 is in the future"),
        ({"ts": "infinity"}, "column ts: "),
        ({"ts": "2026-13-01"}, "column ts: is missing"),
        ({"known": "2027-01-01"}, "column known_at: 2027-01-01 00:00:00 is in the future"),
        ({"customer": "C9"}, "column customer_id: 'C9' is not known"),
        ({"account": "A9"}, "column account_id: 'A9' is not known"),
        ({"kind": "gamble"}, "column kind: 'gamble' is none of salary"),
        ({"id": ""}, "column transaction_id: is missing"),
    ],
)
def test_a_row_that_cannot_be_true_is_set_aside_with_file_line_and_column(small_bank, changed, complaint):
    small_bank.pay(small_bank.payment(0), small_bank.payment(1, **changed), small_bank.payment(2))
    report = small_bank.take()
    assert report.first[0].startswith(f"transactions.csv:3: {complaint}")
    assert small_bank.ask("SELECT transaction_id FROM transactions ORDER BY 1") == [("T0",), ("T2",)]


def test_the_quarantine_holds_each_bad_row_and_only_those_of_the_last_delivery(small_bank):
    small_bank.pay(small_bank.payment(0), small_bank.payment(1, kind="gamble"))
    report = small_bank.take()
    with (report.set_aside / "transactions.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["file"], row["line"], row["column"]) == ("transactions.csv", "3", "kind")
    assert json.loads(row["row"])["transaction_id"] == "T1"
    small_bank.pay(small_bank.payment(0))
    small_bank.take()
    assert "gamble" not in (report.set_aside / "transactions.csv").read_text(encoding="utf-8-sig")


def test_only_the_people_who_run_the_service_can_read_the_quarantine(small_bank):
    report = small_bank.take()
    assert stat.S_IMODE(report.set_aside.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in report.set_aside.iterdir()} == {0o600}


def test_a_day_given_for_an_instant_is_set_aside_because_nobody_knows_whose_midnight(found_bank):
    bank = found_bank(bad_rows_limit=1.0)
    bank.say("transactions", "TRY_CAST(ts AS TIMESTAMP)", "TRY_CAST(ts AS DATE)")
    report = bank.take()
    assert report.tables["transactions"].accepted == 0
    assert "as utc(...) makes it" in report.first[0]


def test_two_is_neither_true_nor_false(found_bank):
    bank = found_bank(bad_rows_limit=1.0)
    bank.say("customers", "_file,", "CASE id WHEN 'C0' THEN 2 WHEN 'C1' THEN 1 ELSE 0 END AS is_staff, _file,")
    bank.take()
    assert bank.ask("SELECT customer_id, is_staff FROM customers ORDER BY 1")[:2] == [("C1", True), ("C2", False)]


def test_an_account_in_another_currency_is_set_aside(small_bank):
    small_bank.say("accounts", "'CNY'", "CASE id WHEN 'A1' THEN 'EUR' ELSE 'CNY' END")
    report = small_bank.take()
    assert report.first[0] == "accounts.csv:3: column currency: 'EUR' has no rate to CNY"
    assert report.tables["transactions"].quarantined == 4  # of the account that is not there


def test_over_the_limit_nothing_is_replaced(small_bank):
    small_bank.take()
    before = small_bank.stored()
    small_bank.pay(*[small_bank.payment(number, amount="NaN") for number in range(20)], small_bank.payment(30))
    with pytest.raises(Refusal, match=r"20 of 21 rows of transactions are bad .*first transactions\.csv:2: column"):
        small_bank.take()
    assert small_bank.stored() == before


def test_a_source_without_a_needed_table_or_with_an_unknown_column_is_refused(found_bank):
    lacking, surplus = found_bank(), found_bank()
    del lacking.selects["accounts"]
    with pytest.raises(Refusal, match=r"accounts.*write accounts\.sql"):
        lacking.take()
    surplus.say("customers", "_file,", "'x' AS segmnt, _file,")
    with pytest.raises(Refusal, match=r"'segmnt' is not in the contract's table customers; did you mean 'segment'"):
        surplus.take()


def test_another_bank_does_not_move_into_the_same_home(found_bank):
    first, second = found_bank(), found_bank()
    first.take()
    second.settings = first.settings
    second.source = second.source.rename(second.root / "another")
    before = first.stored()
    with pytest.raises(Refusal, match=r"this home holds the bank of source 'source'.*FORECARE_HOME"):
        second.take()
    assert first.stored() == before


def test_killed_before_the_manifest_is_replaced_the_old_history_stands(small_bank):
    small_bank.take()
    before = small_bank.stored()
    small_bank.pay(*[small_bank.payment(number) for number in range(30)])
    script = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from features.database import connect
from features.intake import intake
from features.settings import read_settings

def kill(event, arguments):
    if event == "os.rename" and str(arguments[1]).endswith("manifest.json"):
        os._exit(9)

root = Path(sys.argv[1])
settings = read_settings(home=root / "home", database_url="", bad_rows_limit=0.5)
sys.addaudithook(kill)
engine, noon = connect(settings.database), datetime(2026, 3, 10, 12, tzinfo=UTC)
intake(root / "source", root / "data", settings, engine, delivered_at=noon)
"""
    house = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": str(house)}
    ended = subprocess.run([sys.executable, "-c", script, str(small_bank.root)], env=environment, check=False)
    assert ended.returncode == 9
    assert small_bank.stored() == before
    small_bank.take()
    assert small_bank.ask("SELECT count(*) FROM transactions") == [(30,)]


def test_a_row_without_a_time_of_knowing_is_known_from_its_delivery_on(small_bank):
    small_bank.say("transactions", "TRY_CAST(known AS TIMESTAMP)", "NULL")
    small_bank.take(datetime(2026, 3, 10, 20, tzinfo=UTC))
    early, late = datetime(2026, 3, 10, 19, 59), datetime(2026, 3, 10, 20)  # noqa: DTZ001
    assert small_bank.ask("SELECT count(*) FROM transactions", early) == [(0,)]
    assert small_bank.ask("SELECT count(*) FROM transactions", late) == [(20,)]


def test_a_table_that_comes_without_any_row_is_taken_in_empty_and_the_rest_goes_on(small_bank):
    small_bank.pay()
    small_bank.put("accounts.csv", "id,customer\n")
    report = small_bank.take()
    assert (report.tables["accounts"].accepted, report.tables["transactions"].accepted) == (0, 0)
    assert report.tables["customers"].accepted == 5


def test_of_identities_too_none_may_come(small_bank):
    small_bank.selects["identities"] = (
        "SELECT id AS customer_id, true AS made_up, _file, _line FROM read_csv('people.csv')"
    )
    small_bank.put("people.csv", "id\n")
    assert small_bank.take().tables["identities"].accepted == 0
