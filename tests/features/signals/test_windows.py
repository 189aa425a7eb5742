"""What a build sees of a customer: levels held from day to day, moments that lie ahead, tables not handed over."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from features.build import build_from
from features.catalogue import read_catalogue
from features.errors import Refusal
from tests.features.signals.people import DAY, LI, NEEDED, ZONE, account, days_ago, moved, said


def test_a_balance_is_held_until_the_next_one(li):
    rows = [moved(1, 100, days=10, balance_after=10_000), moved(2, 100, days=2, balance_after=40_000)]
    found = li({"transactions": rows}, "assets", "assets_mean_7d", "assets_peak_180d", "assets_min_90d")
    assert found["assets"] == 400
    assert found["assets_mean_7d"] == pytest.approx((5 * 100 + 2 * 400) / 7)
    assert (found["assets_peak_180d"], found["assets_min_90d"]) == (400, 100)


def test_the_balance_that_stood_before_a_window_counts_in_it(li):
    found = li({"transactions": [moved(1, 100, days=500, balance_after=7_700)]}, "assets_mean_7d", "assets_slope_90d")
    assert found["assets_mean_7d"] == 77
    assert found["assets_slope_90d"] == 0


def test_money_that_arrived_last_week_has_no_mean_of_the_month_before(li):
    rows = {"transactions": [moved(1, 500_000, days=3, balance_after=500_000)]}
    found = li(rows, "assets_mean_7d", "assets_mean_30d_before_7d", "assets_ratio_7_30")
    assert found["assets_mean_7d"] == 5000
    assert found["assets_mean_30d_before_7d"] is None
    assert found["assets_ratio_7_30"] is None


def test_the_banks_own_balance_of_a_day_goes_before_the_booked_one(li):
    rows = {
        "transactions": [moved(1, 1, days=5, balance_after=100), moved(2, 1, days=3, balance_after=300)],
        "balances": [{"account_id": "C", "customer_id": "li", "day": DAY - timedelta(days=5), "balance": 900}],
    }
    found = li(rows, "assets_peak_180d", "assets")
    assert (found["assets_peak_180d"], found["assets"]) == (9, 3)


def test_a_closed_account_holds_nothing_from_its_closing_day_on(li):
    rows = {
        "accounts": [account("C", "current"), account("S", "savings", closed_on=DAY - timedelta(days=3))],
        "transactions": [
            moved(1, 1, days=20, balance_after=10_000), moved(2, 1, days=20, account_id="S", balance_after=50_000)
        ],
    }  # fmt: skip
    found = li(rows, "assets", "assets_mean_7d", "accounts_open", "accounts_closed_180d")
    assert found["assets"] == 100
    assert found["assets_mean_7d"] == pytest.approx((4 * 600 + 3 * 100) / 7)
    assert (found["accounts_open"], found["accounts_closed_180d"]) == (1, 1)


def test_what_is_booked_on_the_closing_day_itself_is_not_held(li):
    rows = {
        "accounts": [account("S", "savings", closed_on=DAY - timedelta(days=3))],
        "transactions": [
            moved(1, 1, days=20, account_id="S", balance_after=50_000),
            moved(2, 1, days=3, account_id="S", balance_after=70_000),
        ],
    }
    found = li(rows, "assets", "assets_peak_180d", "assets_mean_7d")
    assert (found["assets"], found["assets_peak_180d"]) == (0, 500)
    assert found["assets_mean_7d"] == pytest.approx(4 * 500 / 7)


def test_a_closing_that_lies_ahead_is_not_known_yet(li):
    rows = {"accounts": [account("C", "current", closed_on=DAY)]}
    assert li(rows, "accounts_open", "accounts_closed_180d") | {"accounts_open": 1, "accounts_closed_180d": 0} == li(
        rows, "accounts_open", "accounts_closed_180d"
    )


def test_a_complaint_answered_tomorrow_is_open_today(li):
    names = "unresolved_90d", "complaints_no_callback_30d", "days_since_complaint_closed"
    tomorrow = {"resolved_at": days_ago(-1), "first_response_at": days_ago(-1)}
    found = li({"contacts": [said(1, days=5, **tomorrow)]}, *names)
    assert [found[name] for name in names] == [1, 0, None]
    found = li({"contacts": [said(1, days=5, resolved_at=days_ago(2))]}, *names)
    assert [found[name] for name in names] == [0, 1, 2]


def test_declined_and_pending_rows_move_no_money(li):
    rows = [
        moved(1, -10_000, days=1, kind="card", status="declined", decline_reason="limit"),
        moved(2, -20_000, days=1, status="pending"),
        moved(3, -30_000, days=1),
    ]
    names = "money_out_7d", "card_spend_7d", "transactions_7d", "declines_7d", "pending_transfers_1d"
    found = li({"transactions": rows}, *names)
    assert [found[name] for name in names] == [300, 0, 1, 1, 1]


def test_moves_between_own_accounts_here_are_neither_in_nor_out(li):
    rows = [
        moved(1, -10_000, days=1, own_account=True), moved(2, 10_000, days=1, account_id="S", own_account=True),
        moved(3, -70_000, days=2, own_account=True, counterparty_bank="another"), moved(4, 5_000, days=3),
    ]  # fmt: skip
    names = "money_in_7d", "money_out_7d", "own_outflow_7d", "own_outflow_largest_7d", "largest_in_day_7d"
    found = li({"transactions": rows, "accounts": [account("C", "current"), account("S", "savings")]}, *names)
    assert [found[name] for name in names] == [50, 700, 700, 700, DAY - timedelta(days=3)]


def test_what_is_due_and_what_ends_next(li):
    rows = {
        "accounts": [
            account("C", "current"), account("M", "mortgage", due_day=31), account("K", "credit_card", due_day=30),
            account("T1", "term", matures_on=DAY - timedelta(days=1)), account("T2", "term", matures_on=DAY),
            account("T0", "term", matures_on=DAY - timedelta(days=2)),
        ],
        "balances": [
            {"account_id": name, "customer_id": "li", "day": DAY - timedelta(days=9), "balance": value}
            for name, value in (("T0", 1), ("T1", 7_000_000), ("T2", 2), ("K", -30_000), ("M", -900_000))
        ],
    }  # fmt: skip
    found = li(rows)
    assert (found["next_due_on"], found["due_in_days"]) == (date(2026, 7, 30), 29)
    assert (found["term_next_maturity_on"], found["term_next_maturity_days"]) == (DAY - timedelta(days=1), -1)
    assert found["term_maturing_amount"] == 70_000
    assert (found["card_owed"], found["loan_owed"]) == (300, 9_000)


def test_the_31st_of_a_short_month_is_its_last_day(by_hand):
    day = date(2026, 2, 28)
    rows = {"customers": [LI], "accounts": [account("M", "mortgage", due_day=31)]}
    names = ["next_due_on", "due_in_days"]
    table = build_from(by_hand(rows, tables=NEEDED), read_catalogue(), [day], zone=ZONE, names=names)
    assert table.to_pylist()[0]["next_due_on"] == day
    assert table.to_pylist()[0]["due_in_days"] == 0


def test_a_table_that_was_not_handed_over_is_unknown_not_zero(li):
    found = li({})
    assert found["contacts_30d"] is None
    assert found["logins_28d"] is None
    assert found["logins_ratio_28_84"] is None
    assert found["transactions_30d"] == 0
    assert li({"contacts": []})["contacts_30d"] == 0


def test_an_account_without_a_known_balance_is_not_worth_zero(li):
    assert li({}, "assets", "wealth_balance") | {"assets": None} == li({}, "assets", "wealth_balance")
    rows = {"accounts": [account("W", "wealth")]}
    assert li(rows, "wealth_balance")["wealth_balance"] is None
    assert li({}, "wealth_balance")["wealth_balance"] == 0


def test_an_amount_beyond_doubles_is_added_up_to_the_cent(li):
    rows = [moved(1, 10**16 + 1, days=1), moved(2, -(10**16), days=1), moved(3, 7, days=2)]
    found = li({"transactions": rows}, "money_in_7d", "mean_amount_90d")
    assert found["money_in_7d"] == (10**16 + 8) / 100


def test_the_customer_is_as_old_as_the_year_says(li):
    found = li({}, "age", "tenure_days", "segment", "is_staff", "has_manager")
    assert found["age"] == 36
    assert found["tenure_days"] == (DAY - LI["opened_on"]).days
    assert (found["segment"], found["is_staff"], found["has_manager"]) == ("mass", False, False)


def test_only_what_is_asked_for_comes_back_in_the_catalogues_order(li):
    found = li({}, "demand_share", "assets", "transactions_7d")
    assert list(found) == ["customer_id", "as_of", "transactions_7d", "assets", "demand_share"]
    assert found["as_of"] == DAY


def test_an_unknown_signal_is_refused_with_the_nearest_one(li):
    with pytest.raises(Refusal, match=r"unknown signal 'asets'; did you mean 'assets'\?"):
        li({}, "asets")


def test_the_same_rows_in_another_order_give_the_same_table(by_hand):
    rows = [moved(n, 100 * n - 350, days=n % 5, balance_after=n * 13, kind="card") for n in range(1, 40)]
    tables = []
    for each in (rows, rows[::-1]):
        history = by_hand(
            {"customers": [LI], "accounts": [account("C", "current")], "transactions": each}, tables=NEEDED
        )
        tables.append(build_from(history, read_catalogue(), [DAY], zone=ZONE))
    assert tables[0].equals(tables[1])
