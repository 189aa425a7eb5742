"""The rows behind a value: which count, why the others do not, and nothing that a person wrote."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from features.audit.dialect import DIALECTS
from features.audit.evidence import evidence
from features.audit.question import Named, Question, speak
from features.catalogue import read_folders
from tests.features.signals.by_hand import open_by_hand
from tests.features.signals.oracle import BERLIN, utc

DAY = date(2026, 7, 1)
SIGNALS = """
- {name: 'spent_{w}d', from: transactions, windows: [30], sum: -amount, where: "amount < 0 and channel <> 'atm'",
   unit: money, owner: tests, zh: 花费, en: spent}
- {name: said, from: contacts, look_back: 30, last: text, where: text is not null, unit: text, owner: tests, zh: 所说,
   en: said}
- {name: 'held_{w}d', from: balances, windows: [30], carry: account_id, mean: balance, unit: money, owner: tests,
   zh: 持有, en: held}
- {name: twice, expression: 2 * spent_30d, unit: money, owner: tests, zh: 两倍, en: twice}
"""
CUSTOMER = {"customer_id": "A", "opened_on": date(2020, 1, 1)}
ACCOUNT = {"account_id": "A1", "customer_id": "A", "product": "current", "opened_on": date(2020, 1, 1)}


def payment(number, days, amount, channel="app"):
    ts = utc(DAY - timedelta(days=days), 36_000_000_000)
    row = {"transaction_id": f"T{number}", "account_id": "A1", "customer_id": "A", "ts": ts, "known_at": ts}
    return row | {
        "amount": amount,
        "channel": channel,
        "kind": "card",
        "status": "booked",
        "balance_after": 1000 * days,
    }


ROWS = {
    "customers": [CUSTOMER, {**CUSTOMER, "customer_id": "B"}],
    "accounts": [ACCOUNT],
    "transactions": [
        payment(1, 45, -100), payment(2, 20, -200), payment(3, 19, 300), payment(4, 18, -400, None),
        payment(5, 5, -500), payment(6, 90, -1),
    ],
    "contacts": [{"contact_id": "K1", "customer_id": "A", "ts": utc(DAY - timedelta(days=3)), "text": "my secret"}],
    "balances": [],
}  # fmt: skip


@pytest.fixture
def found(tmp_path):
    """The evidence of a signal of customer A."""
    (tmp_path / "tests.yaml").write_text(SIGNALS, encoding="utf-8")
    catalogue, history = read_folders([tmp_path]), open_by_hand(ROWS)

    def of(name, most=50, customer="A"):
        question = Question(DAY, DAY, BERLIN, Named(history.tables), DIALECTS["duckdb"], speak("en"), customer)
        return evidence(catalogue, name, question, history.connection, most=most)

    yield of
    history.connection.close()


def test_every_row_says_whether_it_counts_and_if_not_why(found):
    (part,) = found("spent_30d")

    assert {row["transaction_id"]: row["status"] for row in part.rows} == {
        "T5": "counts", "T2": "counts", "T4": "unknown", "T3": "false", "T1": "outside",
    }  # fmt: skip
    assert part.counts == {"counts": 2, "false": 1, "outside": 1, "unknown": 1}
    assert [row["measure"] for row in part.rows[:2]] == [5.0, 2.0]


def test_instants_are_told_in_the_banks_zone(found):
    (part,) = found("spent_30d")

    assert str(part.rows[0]["at"]) == "2026-06-26 10:00:00+02:00"


def test_rows_that_count_come_first_where_not_all_are_shown(found):
    (part,) = found("spent_30d", most=1)

    assert [row["transaction_id"] for row in part.rows] == ["T5"]
    assert sum(part.counts.values()) == 5


def test_what_a_person_wrote_is_never_shown(found):
    (part,) = found("said")

    assert part.counts == {"counts": 1}
    assert "secret" not in str(part.rows)


def test_of_levels_the_last_before_the_window_counts_since_it_is_held_into_it(found):
    (part,) = found("held_30d")

    days = {(DAY - row["day"]).days: row["status"] for row in part.rows}
    assert days == {90: "outside", 45: "counts", 20: "counts", 19: "counts", 18: "counts", 5: "counts"}


def test_an_expression_shows_the_rows_of_what_it_reads(found):
    assert [part.signal.name for part in found("twice")] == ["spent_30d"]


def test_another_customers_rows_are_not_there(found):
    (part,) = found("spent_30d", customer="B")

    assert (part.rows, part.counts) == ([], {})
