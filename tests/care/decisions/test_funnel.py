from datetime import date, timedelta

import pytest

from care.decisions.decide import decide

DAY = date(2026, 6, 1)  # a Monday

YES = {"purpose": "marketing", "channel": "phone", "granted": True}


def fate_of(found, rule_id, customer_id="c1"):
    mine = found.candidates[
        (found.candidates["customer_id"] == customer_id) & (found.candidates["rule_id"] == rule_id)
    ].iloc[0]
    return mine["stage"], mine["fate"], mine["reason"]


def past(days_ago, rule_id="drop", key="", state="done", refused=False):
    return {
        "customer_id": "c1", "rule_id": rule_id, "key": key, "as_of": DAY - timedelta(days=days_ago), "state": state,
        "refused": refused,
    }  # fmt: skip


def test_a_colleague_is_never_called_not_even_for_service(bank):
    people = [{"customer_id": "c1", "manager_id": "m1", "is_staff": True}]
    found = decide(bank.night("c1 due", "c1 offer", customers=people))
    assert fate_of(found, "due") == fate_of(found, "offer") == ("eligible", "stopped", "staff")


def test_an_offer_needs_a_yes_and_silence_is_none(bank):
    assert fate_of(decide(bank.night("c1 offer")), "offer") == ("eligible", "stopped", "no_opt_in")
    assert fate_of(decide(bank.night("c1 offer", consents=[{"customer_id": "c1", **YES}])), "offer")[1] == "task"


def test_a_yes_to_another_channel_than_the_rules_is_no_yes(bank):
    said = [{"customer_id": "c1", **YES, "channel": "wechat"}]
    assert fate_of(decide(bank.night("c1 offer", consents=said)), "offer")[2] == "no_opt_in"


def test_care_goes_on_until_the_customer_withdraws(bank):
    assert fate_of(decide(bank.night("c1 drop")), "drop")[1] == "task"
    no = [{"customer_id": "c1", "purpose": "care", "channel": "phone", "granted": False}]
    found = decide(bank.night("c1 drop", "c1 due", consents=no))
    assert fate_of(found, "drop") == ("eligible", "stopped", "consent_withdrawn")
    assert fate_of(found, "due")[1] == "task"


def test_an_open_complaint_silences_offers_and_says_so(bank):
    found = decide(bank.night("c1 offer", "c1 complaint", consents=[{"customer_id": "c1", **YES}]))
    assert fate_of(found, "offer") == ("suitable", "stopped", "suppressed")
    assert '"by": "complaint"' in found.candidates.set_index("rule_id").loc["offer", "detail"]
    assert fate_of(found, "complaint")[1] == "task"


@pytest.mark.parametrize(("days_ago", "fate"), [(29, "cool_down"), (30, "new_task"), (31, "new_task")])
def test_a_cool_down_of_thirty_days_ends_on_the_thirtieth_day(bank, days_ago, fate):
    assert fate_of(decide(bank.night("c1 drop", past=[past(days_ago)])), "drop")[2] == fate


@pytest.mark.parametrize(("days_ago", "fate"), [(59, "cool_down"), (60, "new_task")])
def test_a_no_doubles_the_cool_down(bank, days_ago, fate):
    assert fate_of(decide(bank.night("c1 drop", past=[past(days_ago, refused=True)])), "drop")[2] == fate


def test_a_cool_down_is_per_key_and_rule_and_customer(bank):
    found = decide(bank.night("c1 drop 50000 k2", "c2 drop 50000 k1", past=[past(1, key="k1")]))
    assert set(found.candidates["reason"]) == {"new_task"}


def test_a_withdrawn_task_reached_nobody_and_starts_no_cool_down(bank):
    assert fate_of(decide(bank.night("c1 drop", past=[past(1, state="withdrawn")])), "drop")[2] == "new_task"


def test_the_newest_of_several_contacts_counts(bank):
    assert fate_of(decide(bank.night("c1 drop", past=[past(10), past(90)])), "drop")[2] == "cool_down"


def test_a_class_rests_at_least_as_long_as_the_policy_says(bank):
    bank.with_rule("offer", cool_down=1)
    yes = [{"customer_id": "c1", **YES}]
    found = decide(bank.night("c1 offer", consents=yes, past=[past(13, rule_id="offer")]))
    assert fate_of(found, "offer")[2] == "cool_down"


def test_what_nobody_can_weigh_is_not_called(bank):
    night = bank.night("c1 drop")
    night.likelihood.iloc[0] = float("nan")
    found = decide(night)
    assert fate_of(found, "drop") == ("arbitration", "stopped", "likelihood_unknown")
    assert '"probability": null' in found.candidates["detail"].iloc[0]


def test_a_call_that_costs_more_than_it_brings_is_made_only_where_we_owe_it(bank):
    found = decide(bank.night("c1 drop 1", "c2 complaint 1", "c3 due 1"))
    assert fate_of(found, "drop", "c1") == ("arbitration", "stopped", "not_worth_it")
    assert fate_of(found, "complaint", "c2")[1] == fate_of(found, "due", "c3")[1] == "task"


def test_a_superseded_reason_gives_way_to_the_one_that_contains_it(bank):
    bank.with_rule("outflow", supersedes=("drop",))
    found = decide(bank.night("c1 drop", "c1 outflow", "c2 drop"))
    assert fate_of(found, "drop") == ("arbitration", "stopped", "superseded")
    assert fate_of(found, "drop", "c2")[1] == "task"


def test_the_first_stage_that_stops_a_candidate_is_the_one_that_is_stored(bank):
    bank.with_rule("offer", holdout=0.4)
    bank.with_policy(
        holdout=bank.policy.holdout.value.model_copy(
            update={"most": dict.fromkeys(("service", "care", "marketing"), 1.0)}
        )
    )
    held = decide(bank.night("c1 offer", past=[past(1, rule_id="offer")]))
    assert fate_of(held, "offer")[0] == "eligible"
    rested = decide(bank.night("c1 offer", consents=[{"customer_id": "c1", **YES}], past=[past(1, rule_id="offer")]))
    assert fate_of(rested, "offer")[0] == "contact_policy"


def test_the_day_a_task_must_be_done_by_steps_over_weekends_and_holidays(bank):
    friday = date(2026, 6, 5)
    calendar = [{"day": date(2026, 6, 8), "kind": "holiday"}, {"day": date(2026, 6, 13), "kind": "make_up_workday"}]
    found = decide(bank.night("c1 drop", "c2 outflow", as_of=friday, calendar=calendar))
    assert found.tasks.set_index("customer_id")["due_on"].to_dict() == {"c1": date(2026, 6, 9), "c2": friday}
    saturday = decide(bank.night("c1 drop", as_of=date(2026, 6, 12), calendar=calendar))
    assert saturday.tasks["due_on"].tolist() == [date(2026, 6, 13)]
