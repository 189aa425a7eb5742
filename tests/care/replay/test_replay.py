"""A rule tried over past days: each day decides as its night would have, and nothing is written but the report."""

import json
import re
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from care.books import live_books
from care.decisions.ledger import candidates
from care.night import run_night
from care.replay.form import read_form
from care.replay.happened import read_happened
from care.replay.outcomes import base_rate, happened_on
from care.replay.page import table_lines, write_page
from care.replay.report import replay
from care.words import read_words
from features.errors import Refusal

LATER = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def looser(tmp_path_factory):
    """The rule on falling balances with a looser line, as somebody would write it."""
    source = live_books().book.documents["balance_drop"].path.read_text(encoding="utf-8")
    text = source.replace("assets_ratio_7_30 <= 0.5", "assets_ratio_7_30 <= 0.7")
    text = re.sub(r"^version: \d+", "version: 9", text, flags=re.M)
    path = tmp_path_factory.mktemp("tried") / "my_balance_drop.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def replayed(made_home, looser):
    """Two weeks of the made bank, six weeks before its data ends."""
    settings, last = opened(made_home)
    first = last - timedelta(days=60)
    return first, replay(settings, live_books(), looser, first, first + timedelta(days=13))


def opened(home):
    from features.settings import read_settings
    from features.warehouse import Warehouse

    settings = read_settings(home=home, database_url="", identity_key="")
    return settings, Warehouse(home).last_day(settings.zone) + timedelta(days=1)


def test_a_replayed_day_is_decided_as_its_night_was(fresh_bank, looser):
    settings, engine, last = fresh_bank
    day = last - timedelta(days=30)
    run_night(settings, engine, day, started_at=LATER)
    with engine.connect() as connection:
        stored = pd.read_sql(candidates.select(), connection)
    cold = read_form().model_copy(update={"warm_up_days": 0})
    report = replay(settings, live_books(), looser, day, day, form=cold)
    mine = stored[stored["rule_id"] == "balance_drop"].groupby(["stage", "reason"]).size().to_dict()
    assert {
        (row["stage"], row["reason"]): row["candidates"] for row in report["rules"]["balance_drop"]["live"]["fates"]
    } == mine
    with engine.connect() as connection:
        from care.tasks.store import days_of_managers

        managers = days_of_managers(connection, day)
    assert report["managers"]["live"]["tasks"] == sum(row["tasks"] for row in managers)
    assert report["managers"]["live"]["minutes"] == sum(row["minutes_given"] for row in managers)


def test_the_tried_rule_stands_beside_the_live_one(replayed):
    _, report = replayed
    rule = report["rules"]["balance_drop"]
    assert rule["tried"]["version"] == 9 > rule["live"]["version"]
    assert rule["tried"]["customer_days"] > rule["live"]["customer_days"] > 0
    assert len(rule["daily"]["tried"]["tasks"]) == report["days"] == 14
    for side in (rule["live"], rule["tried"]):
        assert sum(row["candidates"] for row in side["fates"]) == side["customer_days"]
        assert side["hits"] <= side["judged"] <= side["episodes"]
        low, high = side["precision"][1:]
        assert low <= side["precision"][0] <= high
    assert len(rule["examples"]) == min(20, rule["tried"]["hits"])
    assert len(rule["counter_examples"]) == min(20, rule["tried"]["judged"] - rule["tried"]["hits"])
    assert all(0 <= share <= 1 for share in rule["overlap"].values())
    assert "balance_drop" not in rule["overlap"]


def test_the_same_replay_says_the_same_and_writes_nothing(made_home, looser, replayed):
    first, report = replayed
    settings, _ = opened(made_home)
    before = {path: path.stat().st_mtime_ns for path in made_home.rglob("*")}
    again = replay(settings, live_books(), looser, first, first + timedelta(days=13))
    assert again == report == json.loads(json.dumps(report))
    assert {path: path.stat().st_mtime_ns for path in made_home.rglob("*")} == before


def test_the_page_and_the_table_speak_both_languages(replayed):
    _, report = replayed
    pages = {language: write_page(report, language) for language in ("zh", "en")}
    assert "余额骤降" in pages["zh"]
    assert "Balance drop" in pages["en"]
    for language, page in pages.items():
        assert page.count("<svg") == 2 * len(report["rules"])
        assert page == write_page(report, language)
        assert "$" not in re.sub(r"<style.*?</style>", "", page, flags=re.S)
        assert any(report["from"] in line for line in table_lines(report, language))


def test_every_word_of_the_report_is_there_in_both_languages():
    from pathlib import Path

    import care.replay

    for key, said in read_words(Path(care.replay.__file__).with_name("words.yaml")).items():
        assert set(said) == {"zh", "en"}, key
        assert all(said.values()), key


def test_a_rule_that_does_not_stand_is_refused_with_its_own_file_and_line(made_home, looser, tmp_path):
    settings, last = opened(made_home)
    bad = tmp_path / "tried.yaml"
    bad.write_text(looser.read_text(encoding="utf-8").replace("assets_ratio_7_30 <= 0.7", "asets <= 0.7"))
    with pytest.raises(Refusal, match=r"tried\.yaml:\d+: unknown .*asets"):
        replay(settings, live_books(), bad, last - timedelta(days=9), last)
    bad.write_text("name: nothing\n")
    with pytest.raises(Refusal, match=r"tried\.yaml:1: is not one rule with an id"):
        replay(settings, live_books(), bad, last - timedelta(days=9), last)


@pytest.mark.parametrize(("first", "last", "reason"), [(-5, -9, "is before"), (-5, 40, "the history ends on")])
def test_days_that_cannot_be_replayed_are_refused(made_home, looser, first, last, reason):
    settings, end = opened(made_home)
    with pytest.raises(Refusal, match=reason):
        replay(settings, live_books(), looser, end + timedelta(days=first), end + timedelta(days=last))


# --- what happened ----------------------------------------------------------------------------------------------------

DAY = date(2026, 3, 1)


@pytest.fixture
def outcome_files(tmp_path):
    """The assets of three customers over forty days: c1 loses a third on day 5, c2 never, c3 on day 31."""
    files = {}
    for n in range(41):
        day = DAY + timedelta(days=n)
        assets = [60.0 if n >= 5 else 100.0, 100.0, 60.0 if n >= 31 else 100.0]
        table = pa.table(
            {"customer_id": ["c1", "c2", "c3"], "as_of": pa.array([day] * 3, pa.date32()), "assets": assets}
        )
        files[day] = tmp_path / f"{day}.parquet"
        pq.write_table(table, files[day])
    return files


def test_lead_time_is_the_days_until_it_first_happened_within_the_days_that_count(outcome_files):
    fell = read_happened(live_books().catalogue)["balance_drop"]
    opened = pd.DataFrame(
        {"customer_id": ["c1", "c2", "c3", "c1"], "opened_on": [DAY, DAY, DAY, DAY + timedelta(days=20)]}
    )
    over, lead = happened_on(opened, fell, outcome_files, DAY + timedelta(days=40))
    assert list(over) == [True, True, True, False]  # the last one's thirty days are not over yet
    assert lead[0] == 5
    assert lead[1:].isna().all()  # c3's fall came a day too late
    assert base_rate(fell, outcome_files, [DAY], DAY + timedelta(days=40)) == pytest.approx(1 / 3)
