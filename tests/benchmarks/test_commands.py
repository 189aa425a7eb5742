"""A bank of the yardstick's form goes in, and its signals come out, by the ordinary commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, datetime

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.yardstick.as_csv import write_bank, write_source
from benchmarks.yardstick.bank import PROJECT, SOURCE
from benchmarks.yardstick.plan import SIGNALS

at = datetime.fromisoformat  # local time of the bank
LI, WANG = 10_000_000, 10_000_001
TYPES = {
    "customers": pa.schema(
        [("customer_id", pa.int64()), ("segment", pa.string()), ("age", pa.int16()), ("opened_on", pa.date32()),
         ("closed_on", pa.date32())]
    ),
    "tx": pa.schema(
        [("customer_id", pa.int64()), ("account_id", pa.int64()), ("ts", pa.timestamp("us")), ("amount", pa.float64()),
         ("balance_after", pa.float64()), ("type", pa.string()), ("channel", pa.string()), ("counterparty", pa.int64()),
         ("own_transfer", pa.bool_()), ("mcc", pa.int16())]
    ),
    "contacts": pa.schema(
        [("customer_id", pa.int64()), ("ts", pa.timestamp("us")), ("channel", pa.string()), ("topic", pa.string()),
         ("resolved", pa.bool_())]
    ),
}  # fmt: skip
PAID = [
    (LI, LI * 10, at("2026-01-01 23:59:59"), -9.0, 1.0, "fee", "batch", None, False, None),  # a second too old
    (LI, LI * 10, at("2026-05-25 06:00:00"), 1000.1, 1001.1, "salary", "batch", 7, False, None),
    (LI, LI * 10, at("2026-06-25 06:00:00"), 1000.2, 2001.3, "salary", "batch", 7, False, None),
    (LI, LI * 10, at("2026-06-30 00:00:00"), -0.1, 2001.2, "card", "pos", 8, False, 5411),
    (LI, LI * 10 + 1, at("2026-06-30 12:00:00"), -500.03, 99.97, "transfer_out", "mobile", 9, True, None),
    (LI, LI * 10, at("2026-06-30 12:00:00"), -0.2, 2001.0, "card", "web", 8, False, 5411),  # of the same instant
]
ASKED = [
    (LI, at("2026-03-30 00:00:00"), "email", "fees", True),
    (LI, at("2026-04-06 00:00:00"), "phone", "fees", False),  # seven days after it, to the microsecond
    (LI, at("2026-06-29 00:00:00"), "phone", "complaint", True),
]
LI_HAS = {
    "n_tx_7": 4, "n_tx_180": 5, "sum_in_90": 2000.3, "sum_out_7": 500.33, "max_out_180": 500.03, "n_in_7": 1,
    "sum_card_30": 0.3, "n_card_30": 2, "sum_trf_out_30": 500.03, "sum_own_out_30": 500.03, "n_cash_180": 0,
    "active_days_30": 2, "n_cp_90": 3, "n_mcc_30": 1, "bal_last": 2001.0, "bal_min_90": 99.97, "bal_max_30": 2001.3,
    "bal_drop_180": 0.3 / 2001.3, "days_since_tx": 0.5, "days_since_salary": 5.75, "n_salary_180": 2,
    "salary_dom_std_180": 0.0, "gap_mean_90": 24 * (31 + 5.25) / 4, "share_mobile_90": 0.2, "share_branch_90": 0.0,
    "ratio_n_30_90": 3 * 4 / 5, "n_contacts_30": 1, "n_contacts_180": 3, "n_complaints_90": 1, "n_unresolved_180": 1,
    "n_repeat_90": 1, "days_since_contact": 2.0, "share_phone_180": 2 / 3,
}  # fmt: skip
WANG_LACKS = ("max_out_7", "mean_abs_30", "bal_last", "days_since_tx", "ratio_n_30_90", "share_phone_180")


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """Two customers: Li, who does things, and Wang, who does nothing."""
    folder = tmp_path_factory.mktemp("bank")
    people = [(LI, "young", 30, date(2020, 1, 1), None), (WANG, "premium", 60, date(2020, 1, 1), None)]
    for name, rows in (
        ("customers", people),
        ("contacts", ASKED),
        ("tx/tx_202601", PAID[:1]),
        ("tx/tx_202606", PAID[1:]),
    ):
        schema = TYPES[name.split("/")[0]]
        path = folder / f"{name}.parquet"
        path.parent.mkdir(exist_ok=True)
        columns = zip(*rows, strict=True)
        pq.write_table(pa.table([*map(list, columns)], schema=schema), path)
    return folder


def forecare(home, *words):
    """One command, a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", *map(str, words)],
        cwd=PROJECT, env={**os.environ, "FORECARE_HOME": str(home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


def built(home, out, days="2026-07-01"):
    """The rows of a build, by customer and day."""
    forecare(home, "signals", "build", "--catalogue", SIGNALS, "--as-of", days, "--out", out)
    rows = [row for path in sorted(out.glob("*.parquet")) for row in pq.read_table(path).to_pylist()]
    return {(row["customer_id"], str(row["as_of"])): row for row in rows}


def test_the_signals_of_two_customers_are_those_computed_by_hand(bank, tmp_path):
    forecare(tmp_path / "home", "intake", "--source", SOURCE, "--data", bank, "--json", tmp_path / "report.json")
    taken = json.loads((tmp_path / "report.json").read_text())["intake"]
    assert {name: one["accepted"] for name, one in taken.items()} == {
        "customers": 2, "accounts": 2, "transactions": 6, "contacts": 3,
    }  # fmt: skip
    rows = built(tmp_path / "home", tmp_path / "out", "2026-06-01,2026-07-01")
    assert len(rows) == 4
    li, wang = rows[str(LI), "2026-07-01"], rows[str(WANG), "2026-07-01"]
    assert {name: li[name] for name in LI_HAS} == pytest.approx(LI_HAS, rel=1e-12, abs=1e-12)
    assert {name for name in WANG_LACKS if wang[name] is not None} == set()
    assert (wang["n_tx_180"], wang["sum_out_90"], wang["n_repeat_90"]) == (0, 0, 0)
    assert rows[str(LI), "2026-06-01"]["n_tx_7"] == 1


def test_the_same_bank_as_text_gives_the_same(bank, tmp_path):
    write_bank(bank, tmp_path / "csv")
    write_source(tmp_path / "source")
    forecare(tmp_path / "text", "intake", "--source", tmp_path / "source", "--data", tmp_path / "csv")
    forecare(tmp_path / "home", "intake", "--source", SOURCE, "--data", bank)
    assert built(tmp_path / "text", tmp_path / "a") == built(tmp_path / "home", tmp_path / "b")


def test_an_amount_of_a_tenth_of_a_cent_is_set_aside_not_rounded(bank, tmp_path):
    with duckdb.connect() as connection:
        for path in bank.rglob("*.parquet"):
            copy = tmp_path / "data" / path.relative_to(bank)
            copy.parent.mkdir(parents=True, exist_ok=True)
            changed = "* REPLACE (amount - 0.001 AS amount)" if path.name == "tx_202601.parquet" else "*"
            connection.execute(f"COPY (SELECT {changed} FROM '{path}') TO '{copy}'")
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "intake", "--source", str(SOURCE), "--data", str(tmp_path / "data")],
        cwd=PROJECT, env={**os.environ, "FORECARE_HOME": str(tmp_path / "home")}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "tx_202601.parquet" in done.stderr
