"""The made bank: books that add up, people who can be told apart, and the same bytes every time."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.contract import TABLES
from features.database import connect, metadata
from features.delivery.parquet import check_parquet
from features.errors import Refusal
from features.intake import intake
from features.progress import Progress
from features.settings import read_settings
from features.sources.simulated.parts import ROWS_A_GROUP, Parts
from features.sources.simulated.simulate import simulate
from features.sources.simulated.world import HERE, read_world

Bank = duckdb.DuckDBPyConnection

CUSTOMERS = 1800
LAST_DAY = "2026-07-01"


def _prints(folder: Path) -> dict[str, str]:
    files = sorted(folder.rglob("*.parquet"))
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def bank(made: Path) -> Bank:
    """All files as tables; `current_*` hold the latest version of each row as known on the last day."""
    folder, connection = made, duckdb.connect()
    for path in sorted(folder.glob("*.parquet")):
        connection.execute(f"CREATE TABLE {path.stem} AS FROM read_parquet('{path}')")
    connection.execute(f"CREATE TABLE transactions AS FROM read_parquet('{folder}/transactions/*.parquet')")
    for table, key in (("accounts", "account_id"), ("contacts", "contact_id"), ("transactions", "transaction_id")):
        connection.execute(f"""CREATE TABLE current_{table} AS FROM {table}
            QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY known_at DESC) = 1""")
    connection.execute(f"""CREATE TABLE assets AS
        WITH ends AS (
            SELECT customer_id, account_id, product, ts::DATE AS day, arg_max(balance_after, transaction_id) AS balance
            FROM current_transactions JOIN current_accounts USING (account_id, customer_id)
            WHERE status = 'booked' AND product IN ('current', 'savings', 'term', 'wealth') GROUP BY ALL
        ), steps AS (
            SELECT *, balance - lag(balance, 1, 0) OVER (PARTITION BY account_id ORDER BY day) AS change FROM ends
        ), held AS (
            SELECT customer_id, day, sum(sum(change)) OVER (PARTITION BY customer_id ORDER BY day) AS assets
            FROM steps GROUP BY customer_id, day
        )
        SELECT *, lead(day, 1, DATE '{LAST_DAY}') OVER (PARTITION BY customer_id ORDER BY day) AS until FROM held""")
    return connection


def _count(bank: Bank, query: str) -> int:
    row = bank.execute(f"SELECT count(*) FROM ({query})").fetchone()
    assert row is not None
    return int(row[0])


def _mean_assets(as_of: str, first: int, last: int) -> str:
    """SQL of mean assets over the days [as_of + first, as_of + last)."""
    begins, ends = f"(DATE '{as_of}' + {first})", f"(DATE '{as_of}' + {last})"
    return f"sum(assets * greatest(0, least(until, {ends}) - greatest(day, {begins}))) / ({last} - {first})"


@pytest.mark.parametrize(("threads", "chunk"), [(2, 200), (2, 73), (1, 130)])
def test_the_same_seed_gives_the_same_bytes_whatever_the_threads_and_the_portions(
    tmp_path: Path, threads: int, chunk: int
) -> None:
    simulate(tmp_path / "one", customers=200, months=6, threads=1, chunk=200)
    simulate(tmp_path / "two", customers=200, months=6, threads=threads, chunk=chunk)
    assert _prints(tmp_path / "one") == _prints(tmp_path / "two")
    assert len(_prints(tmp_path / "one")) == 9 + 6 + 9


def test_a_row_group_has_one_size_however_the_rows_came(tmp_path: Path) -> None:
    rows = pa.table({"customer_id": [f"C{n:05d}" for n in range(2 * ROWS_A_GROUP + 77)]})
    for name, portion in (("whole", 10**6), ("bits", 33_333)):
        with Parts(tmp_path / name) as parts:
            for first in range(0, rows.num_rows, portion):
                parts.add("customers", rows.slice(first, portion))
    assert _prints(tmp_path / "whole") == _prints(tmp_path / "bits")
    written = pq.ParquetFile(tmp_path / "bits" / "customers.parquet").metadata
    assert [written.row_group(place).num_rows for place in range(3)] == [ROWS_A_GROUP, ROWS_A_GROUP, 77]


def test_damage_to_a_file_does_not_go_unseen(tmp_path: Path) -> None:
    simulate(tmp_path, customers=40, months=4)
    path = tmp_path / "transactions" / "2025-02.parquet"
    check_parquet(path)
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)
    with pytest.raises(Refusal, match="damaged"):
        check_parquet(path)


def test_a_bank_that_cannot_be_finished_leaves_the_one_before_it_whole(
    tmp_path: Path,
) -> None:
    simulate(tmp_path / "bank", customers=40, months=4)
    before = _prints(tmp_path / "bank")

    class Stopped(Progress):
        def step(self, name: str, done: int, total: int) -> None:
            if done == 1:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(tmp_path / "bank", customers=60, months=4, chunk=20, progress=Stopped())
    assert _prints(tmp_path / "bank") == before
    assert [path.name for path in tmp_path.iterdir()] == ["bank"]


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("three years of work")
    with pytest.raises(Refusal, match="thesis"):
        simulate(tmp_path, customers=40, months=4)
    assert (tmp_path / "thesis.doc").read_text() == "three years of work"


def test_the_intake_accepts_every_row_of_it(tmp_path: Path) -> None:
    simulate(tmp_path / "bank", customers=120, months=4)
    settings = read_settings(home=tmp_path / "home", database_url="", identity_key="")
    settings.home.mkdir()
    engine = connect(settings.database)
    metadata.create_all(engine)
    delivered = datetime(2025, 5, 10, tzinfo=UTC)
    report = intake(HERE, tmp_path / "bank", settings, engine, delivered_at=delivered)
    engine.dispose()
    assert {name for name, count in report.tables.items() if count.quarantined} == set(), report.first
    assert set(report.tables) == set(TABLES) - {"balances"}
    assert 120 < report.tables["customers"].accepted < 140  # a renewed document is a second version


def test_another_seed_makes_other_people_of_the_same_number(tmp_path: Path) -> None:
    simulate(tmp_path / "a", customers=60, months=4, seed=1)
    simulate(tmp_path / "b", customers=60, months=4, seed=2)
    one, two = _prints(tmp_path / "a"), _prints(tmp_path / "b")
    assert one.keys() == two.keys()
    assert one["transactions/2025-01.parquet"] != two["transactions/2025-01.parquet"]


def test_making_it_again_shorter_leaves_no_month_behind(tmp_path: Path) -> None:
    simulate(tmp_path, customers=40, months=5)
    simulate(tmp_path, customers=40, months=4)
    assert sorted(path.stem for path in (tmp_path / "transactions").iterdir()) == [f"2025-0{m}" for m in range(1, 5)]


@pytest.mark.parametrize(("customers", "months"), [(0, 18), (10**8, 18), (10, 2), (10, 500)])
def test_a_size_that_makes_no_sense_is_refused_before_anything_is_written(
    tmp_path: Path, customers: int, months: int
) -> None:
    with pytest.raises(Refusal, match="ask for"):
        simulate(tmp_path / "bank", customers=customers, months=months)
    assert not (tmp_path / "bank").exists()


def test_a_world_without_its_first_day_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bank.yaml").write_text("seed: 1\n")
    (tmp_path / "words.yaml").write_text("surnames: [A]\n")
    with pytest.raises(Refusal, match="first_day"):
        read_world(tmp_path)


def test_every_balance_follows_from_the_one_before_to_the_fen(bank: Bank) -> None:
    breaks = """SELECT 1 FROM (SELECT CASE WHEN status = 'booked' THEN amount ELSE 0 END AS moved, balance_after,
            lag(balance_after) OVER (PARTITION BY account_id ORDER BY ts, transaction_id, status) AS before
        FROM transactions)
        WHERE before IS NOT NULL AND balance_after <> before + moved"""
    assert _count(bank, "FROM transactions") > CUSTOMERS * 100
    assert _count(bank, breaks) == 0


def test_what_an_account_held_and_all_that_was_booked_add_up_to_what_it_holds(bank: Bank) -> None:
    sums = """SELECT account_id, sum(amount) FILTER (status = 'booked') AS moved,
            arg_max(balance_after, (ts, transaction_id)) - arg_min(balance_after - CASE WHEN status = 'booked'
                THEN amount ELSE 0 END, (ts, transaction_id)) AS change
        FROM current_transactions GROUP BY account_id"""
    assert _count(bank, sums) > 3 * CUSTOMERS
    assert _count(bank, f"FROM ({sums}) WHERE moved <> change") == 0


def test_nobody_holds_less_than_nothing_and_nobody_is_owed_by_a_loan(bank: Bank) -> None:
    held = "FROM transactions JOIN current_accounts USING (account_id) WHERE product"
    assert _count(bank, f"{held} IN ('current', 'savings', 'term', 'wealth') AND balance_after < 0") == 0
    assert _count(bank, f"{held} IN ('loan', 'mortgage') AND balance_after > 0") == 0


def test_over_forty_months_nobody_pays_a_loan_back_twice(tmp_path: Path) -> None:
    simulate(tmp_path, customers=60, months=40)
    owed = f"""FROM read_parquet('{tmp_path}/transactions/*.parquet') JOIN (SELECT DISTINCT account_id, product
        FROM read_parquet('{tmp_path}/accounts.parquet')) USING (account_id) WHERE product IN ('loan', 'mortgage')"""
    with duckdb.connect() as connection:
        assert _count(connection, owed) > 500
        assert _count(connection, f"{owed} AND balance_after > 0") == 0


def test_declined_and_pending_rows_move_nothing(bank: Bank) -> None:
    still = """FROM (
            SELECT *, lag(balance_after) OVER (PARTITION BY account_id ORDER BY ts, transaction_id, status) AS before
            FROM transactions) WHERE status <> 'booked' AND before IS NOT NULL"""
    assert _count(bank, still) > 100
    assert _count(bank, f"{still} AND before <> balance_after") == 0
    assert _count(bank, "FROM transactions WHERE status = 'declined' AND decline_reason IS NULL") == 0


def test_a_pending_transfer_is_booked_later_as_a_second_version(bank: Bank) -> None:
    pairs = """SELECT transaction_id FROM transactions GROUP BY transaction_id
        HAVING count(*) = 2 AND min(known_at) < max(known_at)
            AND arg_min(status, known_at) = 'pending' AND arg_max(status, known_at) = 'booked'"""
    twice = "SELECT transaction_id FROM transactions GROUP BY transaction_id HAVING count(*) > 1"
    assert _count(bank, pairs) > 100
    assert _count(bank, twice) == _count(bank, pairs)
    assert _count(bank, "FROM current_transactions WHERE status = 'pending'") > 0


def test_an_account_that_was_closed_was_open_before_we_knew(bank: Bank) -> None:
    closed = "SELECT account_id FROM accounts GROUP BY account_id HAVING count(closed_on) = 1"
    both = f"""SELECT account_id FROM ({closed}) JOIN accounts USING (account_id)
        GROUP BY account_id HAVING count(*) = 2 AND arg_min(closed_on IS NULL, known_at)"""
    assert _count(bank, closed) > 50
    assert _count(bank, closed) == _count(bank, both)
    left = """FROM (SELECT account_id, arg_max(balance_after, (ts, transaction_id)) AS balance FROM current_transactions
        WHERE status = 'booked' GROUP BY 1)
        JOIN current_accounts USING (account_id) WHERE closed_on IS NOT NULL AND balance <> 0"""
    assert _count(bank, left) == 0


def test_nothing_is_known_before_it_happens(bank: Bank) -> None:
    for table in ("transactions", "contacts", "app_events"):
        assert _count(bank, f"FROM {table} WHERE known_at < ts") == 0
    assert _count(bank, "FROM contacts WHERE resolved_at > known_at OR first_response_at > known_at") == 0
    late = _count(bank, "FROM transactions WHERE known_at > ts + INTERVAL 20 HOUR") / _count(bank, "FROM transactions")
    assert 0.002 < late < 0.02


def test_salaries_come_on_working_days_unless_they_are_late(bank: Bank) -> None:
    free = "SELECT day FROM calendar WHERE kind = 'holiday'"
    off = f"FROM current_transactions WHERE kind = 'salary' AND (isodow(ts) > 5 OR ts::DATE IN ({free}))"
    worked = f"{off} AND ts::DATE NOT IN (SELECT day FROM calendar WHERE kind = 'make_up_workday')"
    assert _count(bank, worked) < 0.01 * _count(bank, "FROM current_transactions WHERE kind = 'salary'")


@pytest.mark.parametrize("as_of", ["2025-06-30", "2025-10-28", "2026-03-01", "2026-04-02"])
def test_of_those_with_money_four_to_nine_in_a_hundred_lose_half_of_it(bank: Bank, as_of: str) -> None:
    row = bank.execute(f"""SELECT avg((after <= 0.5 * before)::INTEGER) FROM (
        SELECT {_mean_assets(as_of, -90, 0)} AS before, {_mean_assets(as_of, -7, 0)} AS latest,
            {_mean_assets(as_of, 30, 90)} AS after
        FROM assets GROUP BY customer_id) WHERE before >= 2000 AND latest > 0.3 * before""").fetchone()
    assert row is not None
    assert 0.04 < row[0] < 0.09


def test_many_great_falls_mean_nothing(bank: Bank) -> None:
    row = bank.execute(f"""SELECT avg((after <= 0.5 * before)::INTEGER), count(*) FROM (
        SELECT {_mean_assets("2025-12-01", -90, 0)} AS before, {_mean_assets("2025-12-01", -7, 0)} AS latest,
            {_mean_assets("2025-12-01", -37, -7)} AS earlier, {_mean_assets("2025-12-01", 30, 90)} AS after
        FROM assets GROUP BY customer_id) WHERE before >= 2000 AND latest <= 0.6 * earlier""").fetchone()
    assert row is not None
    assert row[1] > 20
    assert 0.15 < row[0] < 0.75


SITUATIONS = {
    "large_spend": "SELECT customer_id FROM past WHERE kind = 'card' AND amount <= -5000 AND age < 7",
    "balance_drop": f"""SELECT customer_id FROM assets GROUP BY 1
        HAVING {_mean_assets(LAST_DAY, -7, 0)} <= 0.5 * {_mean_assets(LAST_DAY, -37, -7)}
            AND {_mean_assets(LAST_DAY, -37, -7)} - {_mean_assets(LAST_DAY, -7, 0)} >= 50000""",
    "same_name_outflow": """SELECT customer_id FROM past
        WHERE kind = 'transfer' AND own_account AND counterparty_bank IS NOT NULL AND age < 7
        GROUP BY 1 HAVING sum(amount) FILTER (amount < 0) <= -50000""",
    "idle_inflow": """SELECT customer_id FROM past
        WHERE kind = 'transfer' AND amount >= 100000 AND NOT own_account AND age BETWEEN 3 AND 6""",
    "salary_stopped": """SELECT customer_id FROM past WHERE kind = 'salary' AND age < 120 GROUP BY 1
        HAVING count(DISTINCT date_trunc('month', ts)) >= 3 AND min(age) > 38""",
    "deposit_maturity": f"""SELECT customer_id FROM current_accounts
        WHERE product = 'term' AND matures_on - DATE '{LAST_DAY}' IN (7, 1, -1)""",
    "short_before_due": f"""SELECT customer_id FROM current_accounts
        JOIN (SELECT customer_id, arg_max(-amount, ts) AS last FROM past
              WHERE kind = 'repayment' AND amount < 0 GROUP BY 1) USING (customer_id)
        JOIN (SELECT customer_id, arg_max(assets, day) AS assets FROM assets GROUP BY 1) USING (customer_id)
        WHERE due_day - day(DATE '{LAST_DAY}') BETWEEN 0 AND 3 AND assets < last""",
    "complaint_no_callback": f"""SELECT customer_id FROM current_contacts WHERE kind = 'complaint'
        AND resolved_at >= DATE '{LAST_DAY}' - 30 AND (first_response_at IS NULL OR reopened)""",
    "repeat_contact": f"""SELECT customer_id FROM current_contacts
        WHERE ts >= DATE '{LAST_DAY}' - 7 GROUP BY customer_id, topic_id HAVING count(*) >= 2""",
}  # fmt: skip


@pytest.mark.parametrize("situation", SITUATIONS)
def test_some_are_in_each_situation_on_the_last_day_and_most_are_not(bank: Bank, situation: str) -> None:
    bank.execute(f"""CREATE OR REPLACE TEMP VIEW past AS SELECT *, datediff('day', ts, TIMESTAMP '{LAST_DAY}') AS age
        FROM current_transactions WHERE status = 'booked'""")
    found = _count(bank, f"SELECT DISTINCT customer_id FROM ({SITUATIONS[situation]})")
    assert 1 <= found <= 0.12 * CUSTOMERS


def test_contacts_speak_of_the_topics_of_the_closed_list_and_settle_later(bank: Bank) -> None:
    assert _count(bank, "SELECT DISTINCT topic_id FROM contacts") == 25
    assert _count(bank, "FROM contacts WHERE text IS NULL OR length(text) < 4") == 0
    settled = """SELECT contact_id FROM contacts GROUP BY 1
        HAVING count(*) = 2 AND arg_min(resolved_at IS NULL, known_at)"""
    assert _count(bank, settled) > 1000


def test_nobody_is_real(bank: Bank) -> None:
    real = "NOT made_up OR phone NOT LIKE '100%' OR id_number NOT LIKE '000000%'"
    assert _count(bank, f"FROM identities WHERE {real}") == 0
    assert _count(bank, "FROM identities") == CUSTOMERS


def test_each_manager_has_about_a_hundred_customers_and_minutes_for_them(bank: Bank) -> None:
    assert _count(bank, "FROM managers WHERE daily_minutes = 240") == CUSTOMERS // 100
    crowded = "SELECT manager_id FROM customers WHERE manager_id IS NOT NULL GROUP BY 1 HAVING count(*) > 150"
    assert _count(bank, crowded) == 0
    assert _count(bank, "FROM customers WHERE manager_id NOT IN (SELECT manager_id FROM managers)") == 0
