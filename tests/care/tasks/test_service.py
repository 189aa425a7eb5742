"""What managers do with tasks, on both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from care.tasks import service
from care.tasks.outcomes import declines, outcomes
from care.tasks.store import events_of, past_reasons, read_task, tasks_of_customer, tasks_of_day
from care.tasks.tables import task_events, task_reasons, tasks
from features.errors import Refusal

DAY = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
BY = {"who": "wang", "at": NOON}


def row(task_id="t1", **fields):
    usual = {
        "task_id": task_id, "customer_id": "c1", "as_of": DAY, "day": DAY, "manager_id": "m1",
        "state": "assigned", "position": 1, "care_class": "care", "deadline": "P2", "due_on": DAY + timedelta(days=1),
        "value_minor": 5_000_000, "expected_minor": 496_500, "minutes": 10, "per_minute": 496.5,
        "snoozed_until": None, "outcome": None,
    }  # fmt: skip
    return {**usual, **fields}


def reason(task_id="t1", rule_id="drop", rank=1):
    return {
        "task_id": task_id, "rule_id": rule_id, "key": "", "rank": rank, "rule_version": 1,
        "candidate_id": f"{DAY}/c1/{rule_id}/", "as_of": DAY, "last_as_of": DAY,
        "value_minor": 5_000_000, "expected_minor": 1, "evidence": "{}",
    }  # fmt: skip


@pytest.fixture
def connection(engine):
    with engine.begin() as opened:
        opened.execute(
            tasks.insert(),
            [row(), row("t2", customer_id="c2", position=2), row("t3", customer_id="c3", manager_id="m2")],
        )
        opened.execute(task_reasons.insert(), [reason(rule_id="outflow", rank=2), reason(), reason("t2"), reason("t3")])
        for task_id in ("t1", "t2", "t3"):
            event = {"task_id": task_id, "number": 1, "at": NOON, "who": "night", "event": "created", "before": None}
            opened.execute(task_events.insert(), [{**event, "after": {"state": "assigned"}, "note": ""}])
        yield opened


def test_the_day_is_listed_by_manager_in_its_order_with_the_strongest_reason_first(connection):
    assert [one["task_id"] for one in tasks_of_day(connection, DAY)] == ["t1", "t2", "t3"]
    mine = tasks_of_day(connection, DAY, "m1")
    assert [[reason["rule_id"] for reason in one["reasons"]] for one in mine] == [["drop", "outflow"], ["drop"]]
    assert tasks_of_day(connection, DAY + timedelta(days=1)) == []
    assert [one["task_id"] for one in tasks_of_customer(connection, "c2")] == ["t2"]


def test_an_outcome_is_recorded_with_who_when_before_and_after(connection):
    found = service.record_outcome(connection, "t1", "reached_satisfied", **BY, note="called twice")
    assert (found["state"], found["outcome"]) == ("done", "reached_satisfied")
    event = events_of(connection, "t1")[-1]
    assert (event["number"], event["who"], event["at"], event["event"], event["note"]) == (
        2,
        "wang",
        NOON,
        "outcome",
        "called twice",
    )
    assert (event["before"]["state"], event["after"]["state"]) == ("assigned", "done")


def test_the_same_request_twice_is_one_event(connection):
    for _ in range(2):
        service.record_outcome(connection, "t1", "not_reached", **BY, request_key="k1")
    assert [event["event"] for event in events_of(connection, "t1")] == ["created", "outcome"]
    with pytest.raises(Refusal, match="another task"):
        service.record_outcome(connection, "t2", "not_reached", **BY, request_key="k1")


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (lambda c: service.record_outcome(c, "t1", "reached_satisfid", **BY), "did you mean 'reached_satisfied'"),
        (lambda c: service.decline(c, "t1", "no_tim", **BY), "did you mean 'no_time'"),
        (lambda c: service.record_outcome(c, "t9", "not_reached", **BY), "no task 't9'"),
        (lambda c: service.snooze(c, "t1", DAY, **BY, most_days=30), "give a day after 2026-06-01, at the latest"),
        (lambda c: service.snooze(c, "t1", date(2026, 7, 2), **BY, most_days=30), "at the latest 2026-07-01"),
        (lambda c: service.undo(c, "t1", **BY), "nothing to undo"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_leaves_no_event(connection, act, reason):
    with pytest.raises(Refusal, match=reason):
        act(connection)
    assert len(events_of(connection, "t1")) == 1
    assert read_task(connection, "t1")["state"] == "assigned"


def test_a_task_that_is_done_takes_no_second_outcome(connection):
    service.record_outcome(connection, "t1", "not_reached", **BY)
    with pytest.raises(Refusal, match="a task that is done takes no 'outcome'"):
        service.record_outcome(connection, "t1", "reached_satisfied", **BY)


def test_a_task_that_is_put_off_may_be_done_later_than_its_last_day(connection):
    until = DAY + timedelta(days=5)
    found = service.snooze(connection, "t1", until, **BY, most_days=30)
    assert (found["state"], found["snoozed_until"], found["due_on"]) == ("snoozed", until, until)


def test_looking_twice_is_one_look(connection):
    for _ in range(2):
        service.see(connection, "t1", **BY)
    assert [event["event"] for event in events_of(connection, "t1")] == ["created", "seen"]
    assert service.begin(connection, "t1", **BY)["state"] == "in_progress"


def test_the_last_change_of_a_person_is_undone_as_a_new_event(connection):
    service.see(connection, "t1", **BY)
    before = read_task(connection, "t1")
    service.snooze(connection, "t1", DAY + timedelta(days=5), **BY, most_days=30)
    service.undo(connection, "t1", **BY, request_key="u1")
    assert read_task(connection, "t1") == before
    service.undo(connection, "t1", **BY, request_key="u1")
    assert [event["event"] for event in events_of(connection, "t1")] == ["created", "seen", "snoozed", "undone"]
    with pytest.raises(Refusal, match="nothing to undo"):
        service.undo(connection, "t1", **BY)


def test_an_outcome_is_not_undone_once_the_customer_has_a_newer_task(connection):
    service.record_outcome(connection, "t1", "not_reached", **BY)
    connection.execute(tasks.insert(), [row("t4")])
    with pytest.raises(Refusal, match="work on t4"):
        service.undo(connection, "t1", **BY)


def test_a_no_of_the_customer_is_told_to_the_cool_down(connection):
    service.record_outcome(connection, "t1", "refused_contact", **BY)
    service.decline(connection, "t2", "no_time", **BY)
    past = {
        (one["customer_id"], one["rule_id"]): (one["state"], one["refused"], one["as_of"])
        for one in past_reasons(connection)
    }
    assert past == {
        ("c1", "drop"): ("done", True, DAY),
        ("c1", "outflow"): ("done", True, DAY),
        ("c2", "drop"): ("declined", False, DAY),
    }


def test_two_managers_who_record_at_once_leave_one_outcome(engine):
    from concurrent.futures import ThreadPoolExecutor

    with engine.begin() as opened:
        opened.execute(tasks.insert(), [row()])

    def record(outcome):
        try:
            with engine.begin() as opened:
                return service.record_outcome(opened, "t1", outcome, **BY)["outcome"]
        except Refusal:
            return "refused"

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(record, ["reached_satisfied", "not_reached"] * 8))
    assert len(found) - found.count("refused") == 1
    with engine.connect() as opened:
        assert opened.execute(sa.select(sa.func.count()).select_from(task_events)).scalar() == 1


def test_every_code_has_words_in_both_languages():
    assert len(outcomes()) >= 5
    for words in (*declines().values(), *(one.model_dump() for one in outcomes().values())):
        assert words["zh"]
        assert words["en"]


def test_a_reason_of_long_ago_is_left_out_where_only_newer_ones_are_asked_for(connection):
    service.record_outcome(connection, "t1", "not_reached", **BY)
    assert len(past_reasons(connection, DAY)) == 2
    assert past_reasons(connection, DAY + timedelta(days=1)) == []
