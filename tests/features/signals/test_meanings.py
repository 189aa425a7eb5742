"""What the catalogue's signals say of a life: each the way its meaning promises."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.features.signals.people import DAY, LI, account, days_ago, moved, said, stated


def values(found, *names):
    return tuple(found[name] for name in names)


def paid(number, amount, *, days, **more):
    return moved(number, amount, days=days, **{"kind": "card", "counterparty_id": "shop", "category": "dining", **more})


def clicked(number, name, *, days, hour=12, **more):
    return {"event_id": f"V{number}", "customer_id": "li", "ts": days_ago(days, hour), "name": name, **more}


def card(**more):
    return account("K", "credit_card", **{"credit_limit": 1_000_000, "statement_day": 20, "due_day": 8, **more})


def test_the_same_charge_twice_in_a_day_is_seen_and_a_fare_is_not(li):
    rows = [
        paid(1, -5000, days=2), paid(2, -5000, days=1), paid(3, -7000, days=1),
        paid(4, -3000, days=1, category="transport"), paid(5, -3000, days=1, category="transport"),
        paid(6, -900, days=1), paid(7, -900, days=1),
    ]  # fmt: skip
    assert li({"transactions": rows}, "duplicate_charges_1d")["duplicate_charges_1d"] == 1


def test_a_payee_is_new_who_was_not_paid_in_the_half_year_before(li):
    rows = [paid(n, -100, days=days, counterparty_id=who) for n, (days, who) in enumerate(
        [(100, "old"), (3, "old"), (2, "new"), (1, "new"), (8, "last week")])]  # fmt: skip
    assert li({"transactions": rows}, "new_payees_7d")["new_payees_7d"] == 1


def test_a_kind_of_fee_is_new_once_a_year(li):
    fees = [(300, "late"), (2, "late"), (3, "annual"), (1, None)]
    rows = [moved(n, -100, days=days, kind="fee", category=kind) for n, (days, kind) in enumerate(fees)]
    found = li({"transactions": rows}, "new_fee_types_7d", "days_since_first_fee")
    assert values(found, "new_fee_types_7d", "days_since_first_fee") == (2, 300)


def test_trouble_to_log_in(li):
    rows = [clicked(n, "login_failed", days=1, hour=8 + n * 0.4) for n in range(4)]
    rows += [clicked(n, "login", days=days, detail=device) for n, (days, device) in enumerate(
        [(90, "phone"), (3, "phone"), (2, "tablet"), (1, "tablet")], 10)]  # fmt: skip
    rows += [clicked(n, name, days=1) for n, name in enumerate(["otp_sent", "otp_sent", "otp_entered"], 20)]
    names = "login_failure_burst_1d", "login_failures_1d", "new_devices_7d", "codes_unused_7d", "days_since_login"
    assert values(li({"app_events": rows}, *names), *names) == (3, 4, 1, 1, 1)


def test_a_salary_that_does_not_come(li):
    rows = [moved(n, 500_000, days=days, kind="salary") for n, days in enumerate((151, 121, 91, 61))]
    rows.append(moved(9, 400_000, days=35, kind="salary"))
    names = "salary_next_on", "salary_missing_days", "salary_median_180d", "salary_lowest_62d", "salary_highest_62d"
    found = li({"transactions": rows}, *names, "salary_change")
    assert values(found, *names) == (DAY - timedelta(days=6), 6, 5000, 4000, 5000)
    assert found["salary_change"] == pytest.approx(-0.2)
    assert li({}, "salary_missing_days")["salary_missing_days"] is None


def test_money_that_lies_idle(li):
    rows = {"balances": [stated("C", 4_999_999, days=40), stated("C", 5_000_000, days=10)]}
    found = li(rows, "idle_days_30d", "idle_days_90d")
    assert values(found, "idle_days_30d", "idle_days_90d") == (10, 10)
    assert li({}, "idle_days_30d")["idle_days_30d"] is None


def test_a_card_that_fills_up(li):
    rows = {"accounts": [card()], "balances": [stated("K", -200_000, days=20), stated("K", -800_000, days=5)]}
    names = "card_utilisation", "card_utilisation_change_14d"
    assert values(li(rows, *names), *names) == (0.8, 0.6)


def test_a_statement_and_what_is_left_of_it(li):
    rows = {
        "accounts": [card()],
        "balances": [
            stated("K", -100_000, days=45), stated("K", -200_000, days=15), stated("K", -350_000, days=11),
            stated("K", -260_000, days=5),
        ],
        "transactions": [moved(1, 90_000, days=6, account_id="K", kind="repayment")],
    }  # fmt: skip
    names = "statement_owed", "statement_unpaid", "statement_due_on", "statement_median_150d_before_31d"
    found = li(rows, *names, "statement_ratio", "statement_rise", "next_due_on")
    assert values(found, *names) == (3500, 2600, date(2026, 7, 8), 1000)
    assert values(found, "statement_ratio", "statement_rise", "next_due_on") == (3.5, 2500, date(2026, 7, 8))


def test_the_minimum_again_and_again(li):
    """Statements of 1,000 on the 20th; the minimum is 100, what counts as no more than it is 110."""
    months = {131: 100, 101: 110, 70: 111, 40: 110}
    rows = [moved(n, 100 * repaid, days=days - 15, account_id="K", kind="repayment")
            for n, (days, repaid) in enumerate(months.items())]  # fmt: skip
    history = {"accounts": [card()], "balances": [stated("K", -100_000, days=200)], "transactions": rows}
    names = "minimum_streak_180d", "minimum_missed_180d"
    assert values(li(history, *names), *names) == (1, 1)
    history["transactions"] = [{**row, "amount": 11_000} for row in rows]
    assert values(li(history, *names), *names) == (5, 1)


def test_a_day_after_the_due_day_is_one_day_past_due(li):
    history = {"accounts": [card(statement_day=10, due_day=30)], "balances": [stated("K", -100_000, days=40)]}
    assert li(history, "days_past_due")["days_past_due"] == 1
    history["transactions"] = [moved(1, 10_000, days=1, account_id="K", kind="repayment")]
    assert li(history, "days_past_due")["days_past_due"] == 0
    late = {**history, "accounts": [card(statement_day=1, due_day=20)]}
    assert li({**late, "transactions": []}, "days_past_due")["days_past_due"] == 11
    assert li(late, "days_past_due")["days_past_due"] == 0
    assert li({}, "days_past_due")["days_past_due"] is None


def test_a_subscription_that_became_dearer(li):
    rows = [paid(n, amount, days=days, counterparty_id="film", category="entertainment")
            for n, (days, amount) in enumerate([(95, -1500), (65, -1500), (35, -1500), (5, -1800)])]  # fmt: skip
    names = "recurring_out", "recurring_in", "recurring_out_monthly", "recurring_next_out_on", "recurring_next_out"
    found = li({"transactions": rows}, *names, "recurring_price_step", "recurring_price_payee", "recurring_confidence")
    assert values(found, *names) == (1, 0, 18, DAY + timedelta(days=25), 18)
    assert values(found, "recurring_price_step", "recurring_price_payee", "recurring_confidence") == (3, "film", 1)
    assert li({"transactions": rows}, "recurring_price_step_share")["recurring_price_step_share"] == pytest.approx(0.2)


def test_what_the_account_will_hold_when_the_bill_is_paid(li):
    """2,000 there, 5,000 of rent go on the 5th, 4,000 of salary come on the 7th, 3,500 are due on the 8th."""
    rent = [paid(n, -500_000, days=26 + 30 * n, kind="transfer", counterparty_id="landlord") for n in range(4)]
    pay = [moved(10 + n, 400_000, days=24 + 30 * n, kind="salary", counterparty_id="work") for n in range(4)]
    rows = {
        "accounts": [account("C", "current"), card()], "transactions": rent + pay,
        "balances": [stated("C", 200_000, days=3), stated("K", -350_000, days=15)],
    }  # fmt: skip
    names = "next_due_on", "expected_before_due", "due_amount", "projected_at_due"
    assert values(li(rows, *names), *names) == (date(2026, 7, 8), -1000, 3500, -2500)


def test_a_deposit_that_matured_is_placed_again_or_not(li):
    deposits = [account("T", "term", matures_on=DAY - timedelta(days=5), closed_on=DAY - timedelta(days=5))]
    out = [moved(1, -9_000_000, days=5, account_id="T", kind="wealth", own_account=True)]
    names = "term_matured_on", "term_matured_placed", "term_paid_out_30d"
    history = {"accounts": deposits, "transactions": out}
    assert values(li(history, *names), *names) == (DAY - timedelta(days=5), False, 90_000)
    history["accounts"].append(account("W", "wealth"))
    history["transactions"].append(moved(2, 9_000_000, days=3, account_id="W", kind="wealth", own_account=True))
    assert li(history, "term_matured_placed")["term_matured_placed"] is True
    assert li({}, "term_matured_placed")["term_matured_placed"] is None


def test_products_that_came_and_went(li):
    rows = [
        account("C", "current"), account("S", "savings", opened_on=DAY - timedelta(days=9)),
        account("W", "wealth", closed_on=DAY - timedelta(days=30)),
        account("T", "term", closed_on=DAY - timedelta(days=300)),
    ]  # fmt: skip
    names = "product_newest", "product_newest_days", "product_lost", "product_lost_days"
    found = li({"accounts": rows}, *names, "accounts_closed_share_180d", "accounts_closed_180d")
    assert values(found, *names) == ("savings", 9, "wealth", 30)
    assert values(found, "accounts_closed_share_180d", "accounts_closed_180d") == (pytest.approx(1 / 3), 1)


def test_cases_that_wait(li):
    rows = [
        said(1, days=30, case_id="A", resolved_at=days_ago(2)), said(2, days=12, case_id="B"),
        said(3, days=10, case_id="B", topic_id="fee"), said(4, days=9, case_id="C", topic_id="fee"),
        said(5, days=4, nps=3, csat=2, first_response_at=days_ago(4, 15)),
    ]  # fmt: skip
    names = "open_cases", "open_case_days", "open_case_level_used", "repeat_contacts_30d", "last_nps"
    found = li({"contacts": rows}, *names, "days_since_survey", "response_hours_180d")
    assert values(found, *names) == (2, 12, 0.8, 1, 3)
    assert values(found, "days_since_survey", "response_hours_180d") == (4, 3)


def test_money_on_its_way_to_platforms_and_back(li):
    sums = [(-500, "wallet"), (200, "wallet"), (-1000, "broker"), (-70, "platform"), (300, "fund"), (-9, "dining")]
    rows = [moved(n, amount, days=3, category=kind) for n, (amount, kind) in enumerate(sums)]
    names = "net_to_wallets_30d", "net_to_brokers_30d", "net_to_funds_30d", "net_to_platforms_30d"
    assert values(li({"transactions": rows}, *names), *names) == (3, 10, -3, 10.7)


def test_who_falls_below_the_line_of_the_tier(li):
    person = {**LI, "segment": "affluent", "document_expires_on": DAY + timedelta(days=60)}
    rows = {"customers": [person], "balances": [stated("C", 60_000_000, days=60), stated("C", 40_000_000, days=30)]}
    names = "tier_line_distance", "tier_line_distance_before_30d", "document_expires_in_days", "age_band"
    assert values(li(rows, *names), *names) == (-100_000, 100_000, 60, "35-44")
    assert li({}, "tier_line_distance")["tier_line_distance"] is None
