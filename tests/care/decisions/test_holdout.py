from hypothesis import given, settings
from hypothesis import strategies as st

from care.decisions.decide import decide
from care.decisions.holdout import place, places

MANY = [f"C{number:06d}" for number in range(20_000)]


def test_the_place_of_a_customer_never_moves():
    assert place("C0000001", "care-2026") == 0.02366736702355074
    assert place("C0000001", "care-2027") != place("C0000001", "care-2026")


def test_five_in_a_hundred_are_left_alone():
    share = (places(MANY, "care-2026") < 0.05).mean()
    assert 0.045 < share < 0.055


@given(st.text(), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_a_larger_share_holds_back_the_same_customers_and_more(customer, one, other):
    small, large = sorted((one, other))
    assert (place(customer, "x") < small) <= (place(customer, "x") < large)


def test_those_left_alone_are_stored_with_what_their_task_was_worth(bank):
    bank.with_rule("drop", holdout=0.2)
    people = [{"customer_id": one, "manager_id": "m1"} for one in MANY[:300]]
    found = decide(bank.night(*(f"{one} drop 50000" for one in MANY[:300]), customers=people))
    held = found.candidates[found.candidates["reason"] == "holdout"]
    assert 40 <= len(held) <= 80
    assert (held["expected_minor"] == 496_500).all()
    assert set(held["customer_id"]).isdisjoint(found.tasks["customer_id"])
    assert '"share": 0.2' in held["detail"].iloc[0]


def test_nobody_is_held_back_from_a_fact_that_is_owed(bank):
    bank.with_rule("due", holdout=0.5)
    people = [{"customer_id": one, "manager_id": "m1"} for one in MANY[:100]]
    found = decide(bank.night(*(f"{one} due" for one in MANY[:100]), customers=people))
    assert "holdout" not in set(found.candidates["stage"])
