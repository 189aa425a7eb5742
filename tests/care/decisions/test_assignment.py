from datetime import date

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from care.decisions.assignment import assign, manager_days
from care.decisions.decide import decide
from care.decisions.policy import read_policy

DAY = date(2026, 6, 1)  # a Monday

M = ("manager_id", "name", "branch_id", "team_id", "daily_minutes", "away_from", "away_to")


def team(*rows):
    return [dict(zip(M, row, strict=True)) for row in rows]


def test_a_night_leaves_a_tenth_of_the_day_free(bank):
    assert decide(bank.night()).managers["minutes"].tolist() == [180]


def test_money_a_minute_decides_and_the_customer_breaks_ties(bank):
    found = decide(bank.night("c3 drop 50000", "c1 drop 50000", "c2 drop 90000"))
    assert found.tasks.sort_values("position")["customer_id"].tolist() == ["c2", "c1", "c3"]


def test_a_fact_that_is_owed_today_comes_before_any_money(bank):
    found = decide(bank.night("c1 drop 900000", "c2 due 100"))
    assert found.tasks.sort_values("position")["customer_id"].tolist() == ["c2", "c1"]


def test_what_does_not_fit_waits_says_why_and_a_smaller_one_takes_the_place(bank):
    managers = team(("m1", None, "b1", None, 30, None, None))  # 27 minutes
    found = decide(bank.night("c1 churn 90000", "c2 churn 80000", "c3 due 50000", managers=managers))
    fates = found.candidates.set_index("customer_id")[["fate", "stage", "reason", "manager_id"]].T.to_dict("list")
    assert fates["c1"][0] == fates["c3"][0] == "task"
    assert fates["c2"] == ["waiting", "capacity", "no_minutes", "m1"]
    assert found.managers[["minutes_given", "tasks", "waiting"]].values.tolist() == [[25, 2, 1]]


def test_a_colleague_of_the_team_stands_in_for_a_manager_who_is_away(bank):
    away = (date(2026, 5, 30), DAY)
    managers = team(
        ("m1", None, "b1", "t1", 200, *away),
        ("m2", None, "b1", "t2", 300, None, None),
        ("m3", None, "b1", "t1", 100, None, None),
    )
    assert decide(bank.night("c1 drop", managers=managers)).tasks["manager_id"].tolist() == ["m3"]
    back = team(
        ("m1", None, "b1", "t1", 200, date(2026, 5, 1), date(2026, 5, 31)),
        *(tuple(row.values()) for row in managers[1:]),
    )
    assert decide(bank.night("c1 drop", managers=back)).tasks["manager_id"].tolist() == ["m1"]


def test_without_a_team_the_branch_helps_and_without_a_branch_the_task_waits(bank):
    gone = (date(2026, 5, 30), None)
    managers = team(("m1", None, "b1", None, 200, *gone), ("m2", None, "b1", None, 300, None, None))
    assert decide(bank.night("c1 drop", managers=managers)).tasks["manager_id"].tolist() == ["m2"]
    found = decide(bank.night("c1 drop", managers=managers[:1]))
    assert found.tasks.empty
    assert found.candidates["reason"].tolist() == ["manager_away"]


def test_a_customer_of_nobody_is_called_by_the_branch_if_there_is_one(bank):
    people = [{"customer_id": "c1", "branch_id": "b1"}, {"customer_id": "c2"}]
    found = decide(bank.night("c1 drop", "c2 drop", customers=people))
    assert found.candidates["reason"].tolist() == ["new_task", "no_manager"]


def test_a_bank_that_hands_over_no_managers_gets_lists_by_the_names_on_its_customers(bank):
    found = decide(bank.night("c1 drop", managers=[]))
    assert found.managers[["manager_id", "minutes", "tasks"]].values.tolist() == [["m1", 216, 1]]


NAMES = st.sampled_from(["m1", "m2", "m3", None])
BRANCHES = st.sampled_from(["b1", "b2", None])


@given(
    st.lists(st.tuples(NAMES, BRANCHES, st.integers(1, 60)), max_size=40),
    st.lists(
        st.tuples(BRANCHES, st.sampled_from(["t1", None]), st.integers(0, 120), st.booleans()), min_size=3, max_size=3
    ),
)
@settings(max_examples=150, deadline=None)
def test_nobody_is_ever_given_more_minutes_than_there_are(asked, desks):
    managers = pd.DataFrame(
        [
            (f"m{n}", None, branch, one, minutes, DAY if away else None, None)
            for n, (branch, one, minutes, away) in enumerate(desks, 1)
        ],
        columns=list(M),
    )
    days = manager_days(managers, pd.DataFrame(columns=["manager_id", "branch_id"]), DAY, read_policy())
    tasks = pd.DataFrame(asked, columns=["own", "branch_id", "minutes"])
    found = assign(tasks, days)
    given_away = found.groupby("manager_id")["minutes"].sum()
    free = days.set_index("manager_id")["minutes"]
    assert (given_away <= free[given_away.index]).all()
    assert (found["manager_id"].isna() == (found["waits_for"] != "")).all()
    left = free.sub(given_away, fill_value=0)
    for own, minutes, why in zip(found["own"], found["minutes"], found["waits_for"], strict=True):
        if why == "no_minutes" and own in free.index and free[own] > 0:
            assert left[own] < minutes
