"""Tasks from candidates, and what becomes of tasks that are open already."""

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from care.decisions.decide import decide
from care.decisions.inputs import OPEN_COLUMNS
from care.nouns import CANDIDATE_COLUMNS, Fate, Stage

DAY = date(2026, 6, 1)
TOMORROW = DAY + timedelta(days=1)


def test_three_matches_of_one_customer_give_one_task_with_three_reasons(bank):
    found = decide(bank.night("c1 outflow 60000", "c1 drop 50000", "c1 churn 90000", "c2 drop 10000"))
    assert len(found.tasks) == 2
    mine = found.tasks[found.tasks["customer_id"] == "c1"].iloc[0]
    reasons = found.reasons[found.reasons["task_id"] == mine["task_id"]]
    assert reasons["rule_id"].tolist() == ["churn", "outflow", "drop"]
    assert reasons["rank"].tolist() == [1, 2, 3]
    assert (mine["value_minor"], mine["minutes"], mine["deadline"]) == (9_000_000, 26, "P1")
    # 90,000 x 0.5 x 0.2, less 26 minutes at 3 and one disturbance of 5: the same money is not counted three times.
    assert mine["expected_minor"] == 900_000 - 7_800 - 500
    assert mine["per_minute"] == 8917 / 26


def test_a_quiet_night_gives_nothing(bank):
    found = decide(bank.night())
    assert found.tasks.empty
    assert found.candidates.empty
    assert list(found.candidates.columns) == list(CANDIDATE_COLUMNS)
    assert found.managers["tasks"].tolist() == [0]


@pytest.fixture
def two_nights(bank, next_night):
    """The first night's tasks, changed by a person, handed to the second."""

    def run(first, second, as_of=TOMORROW, change=None, **tables):
        before = decide(bank.night(*first, **tables))
        tasks = before.tasks.astype(object)
        for name, value in (change or {}).items():
            tasks[name] = [value] * len(tasks)
        return before, decide(next_night(bank.night(*second, as_of=as_of, **tables), tasks, before.reasons))

    return run


def test_an_open_task_goes_on_with_a_new_reason_and_is_not_doubled(two_nights):
    first, second = two_nights(["c1 drop"], ["c1 drop", "c1 churn 90000"])
    assert second.tasks["task_id"].tolist() == first.tasks["task_id"].tolist()
    task = second.tasks.iloc[0]
    assert (task["event"], task["day"], task["as_of"], task["minutes"]) == ("kept", TOMORROW, DAY, 23)
    assert set(second.candidates["reason"]) == {"open_task"}


def test_a_more_urgent_new_reason_brings_the_last_day_forward(two_nights):
    first, second = two_nights(["c1 drop"], ["c1 drop", "c1 outflow"], as_of=DAY + timedelta(days=1))
    assert first.tasks["due_on"].tolist() == [TOMORROW]
    first, second = two_nights(
        ["c1 offer"],
        ["c1 outflow"],
        consents=[{"customer_id": "c1", "purpose": "marketing", "channel": "phone", "granted": True}],
    )
    assert first.tasks["due_on"].tolist() == [DAY + timedelta(days=7)]
    assert second.tasks["due_on"].tolist() == [TOMORROW]


def test_a_task_that_is_no_longer_true_is_taken_back_before_anybody_saw_it(two_nights):
    _, second = two_nights(["c1 drop"], [])
    assert second.tasks[["state", "event", "position"]].values.tolist() == [["withdrawn", "withdrawn", None]]
    _, second = two_nights(["c1 drop"], [], change={"state": "seen"})
    assert second.tasks[["state", "event", "position"]].values.tolist() == [["seen", "kept", 1]]


def test_a_task_past_its_last_day_expires_and_starts_the_cool_down(two_nights):
    _, second = two_nights(["c1 outflow"], ["c1 outflow", "c1 drop"])
    old = second.tasks[second.tasks["as_of"] == DAY].iloc[0]
    assert (old["state"], old["event"]) == ("expired", "expired")
    assert second.candidates.set_index("rule_id")["reason"].to_dict() == {"outflow": "cool_down", "drop": "new_task"}
    assert len(second.tasks) == 2


def test_a_task_that_is_being_worked_on_does_not_expire(two_nights):
    _, second = two_nights(["c1 outflow"], [], change={"state": "in_progress"})
    assert second.tasks[["state", "day"]].values.tolist() == [["in_progress", TOMORROW]]


def test_a_task_that_was_put_off_rests_until_its_day_and_then_comes_back(two_nights):
    put_off = {"state": "snoozed", "snoozed_until": DAY + timedelta(days=2), "due_on": DAY + timedelta(days=2)}
    _, second = two_nights(["c1 drop"], ["c1 drop"], change=put_off)
    assert second.tasks[["state", "event", "day"]].values.tolist() == [["snoozed", "resting", DAY]]
    assert second.candidates["reason"].tolist() == ["resting_task"]
    _, third = two_nights(["c1 drop"], [], as_of=DAY + timedelta(days=2), change=put_off)
    assert third.tasks[["state", "event", "snoozed_until"]].values.tolist() == [["assigned", "assigned", None]]


def test_a_task_that_no_longer_fits_goes_back_into_the_queue_and_its_candidate_waits(two_nights):
    managers = [{"manager_id": "m1", "branch_id": "b1", "daily_minutes": 12}]  # ten minutes
    first, second = two_nights(["c1 drop 50000"], ["c1 drop 50000", "c2 outflow 90000"], managers=managers)
    by = second.tasks.set_index("customer_id")
    assert by[["state", "event"]].T.to_dict("list") == {"c1": ["queued", "put_back"], "c2": ["assigned", "created"]}
    waiting = second.candidates.set_index("customer_id").loc["c1"]
    assert (waiting["fate"], waiting["task_id"]) == ("waiting", first.tasks["task_id"].iloc[0])


def test_what_a_manager_has_begun_keeps_its_minutes_before_all_else(two_nights):
    managers = [{"manager_id": "m1", "branch_id": "b1", "daily_minutes": 12}]
    matches = ["c1 drop 50000", "c2 outflow 90000"]
    _, second = two_nights(matches[:1], matches, change={"state": "seen"}, managers=managers)
    assert second.tasks[["customer_id", "state"]].values.tolist() == [["c1", "seen"]]


RULE_IDS = ["outflow", "drop", "churn", "offer", "due", "complaint"]
MATCHES = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from(RULE_IDS), st.integers(-10, 10**6)),
    max_size=25,
    unique_by=lambda one: one[:2],
)


@given(MATCHES, MATCHES, st.integers(0, 120), st.randoms(use_true_random=False))
@settings(max_examples=12, deadline=None)
def test_every_candidate_has_one_fate_and_the_order_of_rows_changes_nothing(
    new_bank, next_night, first, second, minutes, shuffle
):
    bank = new_bank()
    managers = [{"manager_id": "m1", "branch_id": "b1", "daily_minutes": minutes}]
    yes = [{"customer_id": f"c{n}", "purpose": "marketing", "channel": "phone", "granted": True} for n in (1, 2)]
    people = [{"customer_id": f"c{n}", "manager_id": "m1", "is_staff": n == 6} for n in range(1, 7)]
    tables = {"managers": managers, "consents": yes, "customers": people}
    night = bank.night(*(f"c{n} {rule_id} {value}" for n, rule_id, value in first), **tables)
    found = decide(night)
    after = next_night(
        bank.night(*(f"c{n} {rule_id} {value}" for n, rule_id, value in second), as_of=TOMORROW, **tables),
        found.tasks,
        found.reasons,
    )
    for asked, answer in ((night, found), (after, decide(after))):
        candidates = answer.candidates
        assert len(candidates) == len(asked.matches)
        assert candidates["candidate_id"].is_unique
        assert set(candidates["fate"]) <= set(map(str, Fate))
        assert set(candidates["stage"]) <= set(map(str, Stage))
        assert candidates[["reason", "detail"]].notna().all(axis=None)
        assert ((candidates["stage"] == "task") == (candidates["fate"] == "task")).all()
        assert ((candidates["stage"] == "capacity") == (candidates["fate"] == "waiting")).all()
        tasked = candidates[candidates["fate"] == "task"]
        assert set(tasked["task_id"]) <= set(answer.tasks["task_id"])
        listed = answer.tasks[answer.tasks["position"].notna()]
        assert listed["minutes"].sum() == answer.managers["minutes_given"].sum() <= answer.managers["minutes"].sum()
        assert sorted(listed["position"]) == list(range(1, len(listed) + 1))
        assert answer.tasks["customer_id"][answer.tasks["state"] != "expired"].is_unique
        rows = list(range(len(asked.matches)))
        shuffle.shuffle(rows)
        again = decide(replace(asked, matches=asked.matches.iloc[rows], likelihood=asked.likelihood.iloc[rows]))
        pd.testing.assert_frame_equal(again.candidates, candidates)
        pd.testing.assert_frame_equal(again.tasks, answer.tasks)
    assert list(found.tasks.columns[:-1]) == list(OPEN_COLUMNS)
