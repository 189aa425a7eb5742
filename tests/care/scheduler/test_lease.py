from datetime import UTC, datetime, timedelta

import pytest

from care.scheduler.lease import hold_alone, release_lease, take_lease
from features.errors import Refusal

NIGHT = datetime(2026, 6, 1, 21, 30, tzinfo=UTC)


def test_one_leads_until_its_lease_runs_out(engine):
    mine = take_lease(engine, "night", "one", at=NIGHT, seconds=60)
    assert mine is not None
    assert take_lease(engine, "night", "two", at=NIGHT + timedelta(seconds=59), seconds=60) is None
    assert take_lease(engine, "night", "one", at=NIGHT + timedelta(seconds=50), seconds=60) == mine
    assert take_lease(engine, "night", "two", at=NIGHT + timedelta(seconds=109), seconds=60) is None
    theirs = take_lease(engine, "night", "two", at=NIGHT + timedelta(seconds=110), seconds=60)
    assert theirs is not None
    assert theirs.fence == mine.fence + 1


def test_a_leader_that_slept_cannot_write_any_more(engine):
    mine = take_lease(engine, "night", "one", at=NIGHT, seconds=60)
    take_lease(engine, "night", "two", at=NIGHT + timedelta(seconds=61), seconds=60)
    with pytest.raises(Refusal, match="another scheduler has taken over"), engine.begin() as connection:
        hold_alone(connection, "night", mine)


def test_who_resigns_is_followed_at_once(engine):
    mine = take_lease(engine, "night", "one", at=NIGHT, seconds=60)
    release_lease(engine, mine, at=NIGHT)
    assert take_lease(engine, "night", "two", at=NIGHT, seconds=60).fence == 2
    release_lease(engine, mine, at=NIGHT)  # not the leader any more: nothing happens
    assert take_lease(engine, "night", "one", at=NIGHT, seconds=60) is None


def test_of_many_that_ask_at_once_one_leads(engine):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: take_lease(engine, "night", f"s{n}", at=NIGHT, seconds=60), range(16)))
    assert len([lease for lease in found if lease is not None]) == 1
