"""One open episode for a customer, rule and key: it lasts until the signal has recovered, and then the rule re-arms."""

import os
import random
from datetime import date, timedelta

import pandas as pd
import pytest
import sqlalchemy as sa

from care.decisions.episode_store import episodes as stored_episodes
from care.decisions.episode_store import read_episodes, write_turn
from care.decisions.episodes import FACTS, Opener, before, no_episodes, served, turn

DAY = date(2026, 6, 1)
TIMEOUTS = {"drop": 30, "due": 5}


def true(*facts, version=1):
    rows = [(*one.split(), "")[:3] for one in facts]
    return pd.DataFrame([(*row, version) for row in rows], columns=[*FACTS, "rule_version"])


def over(*facts):
    return true(*facts)[FACTS]


def after(*days, timeouts=None):
    """The episodes after days of (matches, recovered), from DAY on."""
    state, ended = no_episodes(), []
    for n, (matches, recovered) in enumerate(days):
        now = turn(state, matches, recovered, timeouts or TIMEOUTS, DAY + timedelta(days=n))
        state = now.open
        ended.append(now.ended)
    return state, pd.concat(ended, ignore_index=True)


def test_a_match_opens_one_episode_and_matches_of_later_days_join_it_with_their_rule_version():
    state, ended = after((true("c1 drop"), over()), (true("c1 drop", version=2), over()))
    assert ended.empty
    assert state.to_dict("records") == [
        {
            "customer_id": "c1", "rule_id": "drop", "key": "", "opened_on": DAY, "opened_by": "night",
            "opened_version": 1, "rule_version": 2, "last_true_on": DAY + timedelta(days=1), "ended_on": None,
            "ended_by": None,
        }
    ]  # fmt: skip


def test_what_is_neither_true_nor_recovered_opens_nothing_and_ends_nothing():
    state, ended = after((true("c1 drop"), over()), (true(), over()), (true(), over("c2 drop")))
    assert list(state["opened_on"]) == [DAY]
    assert ended.empty


def test_an_episode_that_recovered_re_arms():
    state, ended = after((true("c1 drop"), over()), (true(), over("c1 drop")), (true("c1 drop"), over()))
    assert list(ended["ended_by"]) == ["recovered"]
    assert list(state["opened_on"]) == [DAY + timedelta(days=2)]


def test_time_is_up_after_just_so_many_days_and_a_rule_that_is_still_true_opens_another_on_the_same_day():
    days = [(true("c1 due"), over())] * 6
    assert after(*days[:5])[1].empty
    state, ended = after(*days)
    assert list(zip(ended["opened_on"], ended["ended_on"], ended["ended_by"], strict=True)) == [
        (DAY, DAY + timedelta(days=5), "timed_out")
    ]
    assert list(state["opened_on"]) == [DAY + timedelta(days=5)]


def test_a_rule_that_left_the_book_ends_its_episodes_and_opens_none():
    state, ended = after((true("c1 drop", "c2 due"), over()))
    now = turn(state, true("c1 drop"), over(), {"due": 5}, DAY + timedelta(days=1))
    assert list(now.ended["ended_by"]) == ["retired"]
    assert list(now.open["rule_id"]) == ["due"]
    assert ended.empty


def test_each_key_has_its_own_episode_and_a_match_outlives_a_recovery():
    state, _ = after((true("c1 due a", "c1 due b", "c1 due a"), over("c1 due a")))
    assert sorted(state["key"]) == ["a", "b"]
    state, ended = after((true("c1 due a", "c1 due b"), over()), (true("c1 due a"), over("c1 due a", "c1 due b")))
    assert (list(state["key"]), list(ended["key"])) == (["a"], ["b"])


def test_an_episode_is_served_by_a_contact_since_it_opened_and_by_none_before():
    state, _ = after((true("c1 drop", "c2 drop"), over()))
    past = pd.DataFrame(
        [("c1", "drop", "", DAY), ("c2", "drop", "", DAY - timedelta(days=1))], columns=[*FACTS, "as_of"]
    )
    assert list(served(state, past)["customer_id"]) == ["c1"]


def test_a_task_stays_while_its_episode_has_not_recovered_and_is_taken_back_once_it_has(bank, next_night):
    from care.decisions.decide import decide

    first = bank.night("c1 drop 90000")
    said = decide(first)
    lasting, _ = after((true("c1 drop"), over()))
    quiet = next_night(
        bank.night(episodes=lasting.to_dict("records")), said.tasks, said.reasons.assign(customer_id="c1")
    )
    assert list(decide(quiet).tasks["event"]) == ["kept"]
    ended = next_night(bank.night(), said.tasks, said.reasons.assign(customer_id="c1"))
    assert list(decide(ended).tasks["event"]) == ["withdrawn"]


def test_one_task_an_episode(bank):
    from care.decisions.decide import decide

    lasting, _ = after((true("c1 drop"), over()))
    long_ago = DAY - timedelta(days=400)
    past = [{"customer_id": "c1", "rule_id": "drop", "key": "", "as_of": long_ago, "state": "done", "refused": False}]
    episode = {**lasting.to_dict("records")[0], "opened_on": long_ago}
    said = decide(bank.night("c1 drop 90000", past=past, episodes=[episode]))
    assert list(said.candidates["reason"]) == ["served"]
    armed = decide(bank.night("c1 drop 90000", past=past, episodes=lasting.to_dict("records")))
    assert list(armed.candidates["reason"]) == ["new_task"]


# --- days judged again and again, in any order of what came in --------------------------------------------------------


def made_up_days(seed, length=8):
    """What was true, and what had recovered, at the end of each day."""
    chance = random.Random(seed)
    facts = [f"{customer} {rule}" for customer in ("c1", "c2") for rule in TIMEOUTS]
    days = []
    for _ in range(length):
        matched = [one for one in facts if chance.random() < 0.4]
        recovered = [one for one in facts if one not in matched and chance.random() < 0.4]
        days.append((true(*matched), over(*recovered)))
    return days


def halfway(chance):
    """What seemed true while events of the day were missing or late."""
    (judged,) = made_up_days(chance.random(), 1)
    return judged


@pytest.mark.parametrize("seed", range(500 if os.environ.get("FORECARE_FULL") else 20))
def test_a_day_judged_often_and_halfway_leaves_the_episodes_of_a_day_judged_once(seed):
    chance, kept = random.Random(-seed - 1), no_episodes()
    days = made_up_days(seed)
    for n, final in enumerate(days):
        day = DAY + timedelta(days=n)
        judgements = [halfway(chance) for _ in range(chance.randrange(3))] + [final] * chance.choice((1, 2))
        for matches, recovered in judgements:
            now = turn(before(kept, day), matches, recovered, TIMEOUTS, day)
            past = kept[kept["ended_on"].notna() & (kept["ended_on"] < day)]
            kept = pd.concat([past, now.ended, now.open], ignore_index=True)
    state, ended = after(*days)
    in_order = pd.concat([ended, state], ignore_index=True)
    columns = [name for name in kept.columns if name not in ("rule_version", "last_true_on")]
    order = [*FACTS, "opened_on"]
    pd.testing.assert_frame_equal(
        kept.sort_values(order, ignore_index=True)[columns], in_order.sort_values(order, ignore_index=True)[columns]
    )


def test_a_day_judged_forwards_only_would_be_caught():
    """A planted defect: without going back to the beginning of the day, a halfway judgement stays."""
    once = turn(no_episodes(), true("c1 drop"), over(), TIMEOUTS, DAY)
    careless = turn(once.open, true(), over(), TIMEOUTS, DAY)
    careful = turn(before(once.open, DAY), true(), over(), TIMEOUTS, DAY)
    assert len(careless.open) == 1
    assert careful.open.empty


def test_what_is_stored_is_what_the_day_made_and_the_database_refuses_a_second_open_one(engine):
    days = made_up_days(3, 12)
    with engine.begin() as connection:
        for n, (matches, recovered) in enumerate(days):
            day = DAY + timedelta(days=n)
            for _ in range(2):
                now = turn(before(read_episodes(connection, day), day), matches, recovered, TIMEOUTS, day)
                write_turn(connection, now, day)
        state, ended = after(*days)
        found = connection.execute(sa.select(stored_episodes)).mappings().all()
    assert sorted(map(str, (tuple(row.values())[:4] for row in found))) == sorted(
        map(
            str,
            [tuple(row)[:4] for frame in (state, ended) for row in frame[[*FACTS, "opened_on"]].to_numpy().tolist()],
        )
    )
    one = {**dict(next(row for row in found if row["ended_on"] is None)), "opened_on": DAY - timedelta(days=9)}
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(stored_episodes.insert(), one)


def test_an_event_says_who_opened_the_episode():
    now = turn(no_episodes(), true("c1 due"), over(), TIMEOUTS, DAY, Opener.EVENT)
    assert list(now.open["opened_by"]) == ["event"]
