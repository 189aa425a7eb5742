"""A rule's way into force: written by one, approved by another, for a growing share; what was written cannot move."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest
import sqlalchemy as sa

from care.books import live_books
from care.decisions.episodes import FACTS
from care.rules.versions import service as work
from care.rules.versions.force import in_force, split
from care.rules.versions.life import State
from care.rules.versions.store import add_step, read_version, read_versions, rule_steps, rule_versions
from features.errors import Refusal

AT = datetime(2026, 11, 28, 9, tzinfo=UTC)
RULE = "unbinding"


@pytest.fixture(scope="module")
def shipped():
    return live_books().book


@pytest.fixture
def text(shipped):
    source = shipped.documents[RULE].path.read_text(encoding="utf-8")
    return source.replace("version: 1\n", "version: 2\n", 1).replace("minutes: 10", "minutes: 20")


def report(version):
    tried = {"version": version, "episodes": 10, "tasks": 8}
    return {"from": "2026-01-01", "to": "2026-06-30", "rules": {RULE: {"tried": tried}}}


def ready(connection, shipped, text, version=2):
    """A version that wang wrote and li approved and put into the shadow."""
    work.submit(connection, shipped, text, who="wang", at=AT)
    work.attach_replay(connection, RULE, version, report(version), who="wang", at=AT)
    add_step(connection, RULE, version, State.APPROVED, who="li", at=AT)
    return add_step(connection, RULE, version, State.SHADOW, who="li", at=AT)


def test_a_version_goes_its_way_step_by_step_with_who_and_when(engine, shipped, text):
    with engine.begin() as connection:
        ready(connection, shipped, text)
        work.go_live(connection, RULE, 2, 0.1, who="li", at=AT)
        one = work.go_live(connection, RULE, 2, 1, who="li", at=AT)
        assert work.submit(connection, shipped, text, who="wang", at=AT) == one
    said = [(str(step.state), step.who, step.share) for step in one.steps]
    assert said == [
        ("draft", "wang", None), ("checked", "wang", None), ("replayed", "wang", None), ("approved", "li", None),
        ("shadow", "li", None), ("live", "li", 0.1), ("live", "li", 1.0),
    ]  # fmt: skip
    assert all(step.at == AT.isoformat() for step in one.steps)


def test_nobody_approves_their_own_and_no_step_is_left_out(engine, shipped, text):
    with engine.begin() as connection:
        work.submit(connection, shipped, text, who="wang", at=AT)
        with pytest.raises(Refusal, match="cannot become approved"):
            add_step(connection, RULE, 2, State.APPROVED, who="li", at=AT)
        with pytest.raises(Refusal, match="does not try unbinding version 2"):
            work.attach_replay(connection, RULE, 2, report(1), who="wang", at=AT)
        work.attach_replay(connection, RULE, 2, report(2), who="wang", at=AT)
        with pytest.raises(Refusal, match="wang wrote it"):
            add_step(connection, RULE, 2, State.APPROVED, who="wang", at=AT)
        with pytest.raises(Refusal, match="cannot become live"):
            work.go_live(connection, RULE, 2, 1, who="li", at=AT)


def test_the_share_of_a_live_version_only_grows(engine, shipped, text):
    with engine.begin() as connection:
        ready(connection, shipped, text)
        work.go_live(connection, RULE, 2, 0.4, who="li", at=AT)
        for share in (0.3, 0, 1.1):
            with pytest.raises(Refusal, match="only grows"):
                work.go_live(connection, RULE, 2, share, who="li", at=AT)


def test_a_version_never_changes_and_a_number_is_used_once(engine, shipped, text):
    with engine.begin() as connection:
        work.submit(connection, shipped, text, who="wang", at=AT)
        with pytest.raises(Refusal, match="is at version 2 already"):
            work.submit(connection, shipped, text.replace("minutes: 20", "minutes: 25"), who="wang", at=AT)
        with pytest.raises(Refusal, match="is at version 2 already"):
            work.submit(connection, shipped, text.replace("version: 2", "version: 1", 1), who="wang", at=AT)
        broken = text.replace("version: 2", "version: 3", 1).replace("class: care", "class: x")
        with pytest.raises(Refusal, match=r"unbinding\.yaml:\d+"):
            work.submit(connection, shipped, broken, who="wang", at=AT)
        assert [one.version for one in read_versions(connection)] == [2]


@pytest.mark.parametrize("spoil", ["content", "who", "gone", "added"])
def test_what_was_tampered_with_is_found_and_named_and_does_not_run(engine, shipped, text, spoil):
    with engine.begin() as connection:
        ready(connection, shipped, text)
        work.go_live(connection, RULE, 2, 1, who="li", at=AT)
        assert in_force(shipped, read_versions(connection)).base.rules[RULE].minutes == 20
        if spoil == "content":
            connection.execute(rule_versions.update().values(content=text.replace("minutes: 20", "minutes: 1")))
        elif spoil == "who":
            connection.execute(rule_steps.update().where(rule_steps.c.number == 4).values(who="zhao"))
        elif spoil == "gone":
            connection.execute(rule_steps.delete().where(rule_steps.c.number == 4))
        else:
            row = dict(connection.execute(sa.select(rule_steps).where(rule_steps.c.number == 6)).mappings().one())
            connection.execute(rule_steps.insert(), {**row, "number": 7, "share": 0.5})
        one = read_version(connection, RULE, 2)
        force = in_force(shipped, read_versions(connection))
        assert one.tampered
        assert RULE not in force.base.rules
        assert RULE in force.stopped
        with pytest.raises(Refusal, match="is not what"):
            add_step(connection, RULE, 2, State.RETIRED, who="li", at=AT)


def test_raising_the_share_only_adds_customers_and_everybody_has_one_version(engine, shipped, text):
    customers = [f"C{n}" for n in range(2_000)]
    frame = pd.DataFrame({"customer_id": customers, "rule_id": RULE, "key": "", "rule_version": 1})
    inside = []
    with engine.begin() as connection:
        ready(connection, shipped, text)
        assert set(in_force(shipped, read_versions(connection)).shadow.rules) == {RULE}
        for share in (0.1, 0.3, 0.9):
            work.go_live(connection, RULE, 2, share, who="li", at=AT)
            force = in_force(shipped, read_versions(connection))
            assert force.base.rules[RULE].version == 1
            held = split(force, frame, frame.assign(rule_version=2))
            assert sorted(held["customer_id"]) == sorted(customers)
            inside.append(set(held.loc[held["rule_version"] == 2, "customer_id"]))
            assert len(inside[-1]) / 2_000 == pytest.approx(share, abs=0.04)
    assert inside[0] < inside[1] < inside[2]
    assert held[FACTS].duplicated().sum() == 0


def test_a_shipped_rule_can_be_retired_and_the_others_stay(engine, shipped):
    with engine.begin() as connection:
        one = work.retire(connection, shipped, RULE, 1, who="li", at=AT, note="no longer wanted")
        force = in_force(shipped, read_versions(connection))
    assert [str(step.state) for step in one.steps] == ["live", "retired"]
    assert set(shipped.rules) - set(force.base.rules) == {RULE}


def test_a_difference_reads_field_by_field(engine, shipped, text):
    with engine.begin() as connection:
        work.submit(connection, shipped, text, who="wang", at=AT)
        lines = work.difference(connection, shipped, RULE, 1, 2)
    assert lines == ["version:", "  - 1", "  + 2", "minutes:", "  - 10", "  + 20"]


def test_a_rule_that_floods_is_stopped_alone_with_an_alarm(small_catalogue, write_rule):
    import pyarrow as pa

    from care.decisions.policy import read_policy
    from care.rules.book import read_book
    from care.rules.matching import compile_book
    from care.rules.night_pass import ask_rules
    from care.rules.versions.force import InForce

    write_rule("low")
    book = read_book(write_rule("lower", when="assets <= 1000\ncap_a_day: 2"), small_catalogue)
    count = 5
    table = pa.table(
        {
            "customer_id": [f"c{n}" for n in range(count)], "assets": [900.0] * count, "segment": ["mass"] * count,
            "due_on": pa.array([date(2026, 7, 1)] * count, pa.date32()), "complaints": [0.0] * count,
        }
    )  # fmt: skip
    said = ask_rules(InForce(book), compile_book(book), table, {}, date(2026, 6, 20), read_policy())
    assert set(said.matches["rule_id"]) == {"low"}
    assert [(one["rule_id"], one["kind"]) for one in said.alarms] == [("lower", "flooded")]
    assert "5 matches on one day, 2 are allowed" in said.stopped["lower"]


def _live(connection, shipped, rule_id, share):
    """The next version of a shipped rule, with five minutes more, put in force for a share of the customers."""
    source, version = shipped.texts[rule_id], shipped.rules[rule_id].version + 1
    text = source.replace(f"version: {version - 1}\n", f"version: {version}\n", 1)
    work.submit(connection, shipped, text, who="wang", at=AT)
    tried = {"version": version, "episodes": 1, "tasks": 1}
    told = {"from": "2026-01-01", "to": "2026-06-30", "rules": {rule_id: {"tried": tried}}}
    work.attach_replay(connection, rule_id, version, told, who="wang", at=AT)
    for state in (State.APPROVED, State.SHADOW):
        add_step(connection, rule_id, version, state, who="li", at=AT)
    return work.go_live(connection, rule_id, version, share, who="li", at=AT)


def test_a_rule_that_gives_way_to_others_comes_for_a_share_while_one_of_them_has_changed_and_one_is_retired(
    engine, shipped
):
    with engine.begin() as connection:
        _live(connection, shipped, "first_overdue", 1)
        work.retire(connection, shipped, "minimum_streak", 1, who="li", at=AT)
        _live(connection, shipped, "large_spend", 0.2)
        force = in_force(shipped, read_versions(connection))
    assert set(shipped.rules) - set(force.base.rules) == {"minimum_streak"}
    assert force.base.rules["first_overdue"].version == shipped.rules["first_overdue"].version + 1
    assert set(force.coming.rules) == {"large_spend"}
    assert "first_overdue" in force.coming.rules["large_spend"].suppressed_by


def test_a_replay_tries_a_rule_beside_the_versions_that_are_in_force(engine, shipped, tmp_path):
    from care.replay.books import read_trial

    with engine.begin() as connection:
        _live(connection, shipped, "first_overdue", 1)
        work.retire(connection, shipped, "minimum_streak", 1, who="li", at=AT)
    path = tmp_path / "mine.yaml"
    path.write_text(shipped.texts["large_spend"].replace("minutes: ", "minutes: 1", 1), encoding="utf-8")
    trial = read_trial(live_books(engine), path)
    assert trial.rule_ids == ("large_spend",)
    assert trial.tried.book.rules["first_overdue"].version == shipped.rules["first_overdue"].version + 1
    assert "minimum_streak" not in trial.tried.book.rules
    assert trial.tried.book.rules["large_spend"].minutes != trial.live.book.rules["large_spend"].minutes
