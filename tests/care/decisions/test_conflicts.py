"""The book's rules against each other: which of two that are true of one customer has its say."""

import pytest

from care.decisions.decide import decide
from care.nouns import CareClass
from care.rules import read_book
from features.catalogue import read_catalogue

FRAUD = ("elder_transfer", "login_trouble")
SILENCE_MARKETING = (*FRAUD, "complaint_no_callback", "first_overdue")


@pytest.fixture(scope="module")
def book():
    return read_book(None, read_catalogue())


@pytest.fixture
def night(bank, book):
    """The decisions of a night in which these rules are true of customer c9, who agreed to everything."""
    plain = {"holdout": 0.0, "probability": 0.3}
    bank.rules = {rule_id: rule.model_copy(update=plain) for rule_id, rule in book.rules.items()}
    yes = [
        {"customer_id": "c9", "purpose": str(purpose), "channel": "any", "granted": True}
        for purpose in CareClass
    ]  # fmt: skip

    def run(*rule_ids):
        return decide(bank.night(*(f"c9 {rule_id} 200000" for rule_id in rule_ids), consents=yes))

    return run


def fates(decisions):
    rows = decisions.candidates.to_dict("records")
    return {row["rule_id"]: (row["fate"], row["reason"]) for row in rows}


def stopped(decisions):
    return {
        rule_id for rule_id, (fate, reason) in fates(decisions).items() if (fate, reason) == ("stopped", "suppressed")
    }


def test_a_falling_balance_money_gone_elsewhere_and_to_platforms_are_one_task_with_three_reasons(night):
    decisions = night("balance_drop", "same_name_outflow", "platform_drift")
    assert len(decisions.tasks) == 1
    assert set(decisions.reasons["rule_id"]) == {"balance_drop", "same_name_outflow", "platform_drift"}


def test_who_wants_to_repay_a_loan_is_not_offered_a_use_for_the_money(night):
    decisions = night("idle_inflow", "prepayment_intent")
    assert stopped(decisions) == {"idle_inflow"}
    assert list(decisions.reasons["rule_id"]) == ["prepayment_intent"]


@pytest.mark.parametrize("trouble", ["utilisation_surge", "minimum_streak", "first_overdue"])
def test_instalments_are_never_offered_to_somebody_in_trouble_with_a_card(night, trouble):
    decisions = night("large_spend", trouble)
    assert stopped(decisions) == {"large_spend"}
    assert list(decisions.reasons["rule_id"]) == [trouble]


def test_an_offer_alone_comes_through(night):
    assert list(night("large_spend").reasons["rule_id"]) == ["large_spend"]


@pytest.mark.parametrize("silencer", SILENCE_MARKETING)
def test_marketing_is_off_while_something_is_late_a_complaint_waits_or_fraud_is_near(night, book, silencer):
    offers = [rule.id for rule in book.rules.values() if rule.care_class is CareClass.MARKETING]
    assert len(offers) >= 3
    assert stopped(night(silencer, *offers)) == set(offers)


@pytest.mark.parametrize("alarm", FRAUD)
def test_a_fraud_alert_holds_everything_else_back(night, book, alarm):
    decisions = night(*book.rules)
    assert set(decisions.reasons["rule_id"]) == set(FRAUD)
    others = [rule_id for rule_id in book.rules if rule_id not in FRAUD]
    decisions = night(alarm, *others)
    assert stopped(decisions) == set(others)
    assert list(decisions.reasons["rule_id"]) == [alarm]


def test_a_late_bill_and_a_waiting_complaint_leave_service_and_care_alone(night):
    decisions = night("first_overdue", "complaint_no_callback", "repeat_contact", "balance_drop")
    assert stopped(decisions) == set()
    assert len(decisions.tasks) == 1
    assert len(decisions.reasons) == 4


def test_no_two_rules_silence_each_other(book):
    for rule in book.rules.values():
        assert not [other for other in rule.suppressed_by if rule.id in book.rules[other].suppressed_by]
