"""When an episode is over: by the rule's `until`, else once its condition is no longer true; never by the unknown."""

from datetime import date

import pandas as pd
import pyarrow as pa

from care.decisions.episodes import FACTS
from care.rules.book import read_book
from care.rules.matching import match
from care.rules.recovery import recovered

DAY = date(2026, 6, 20)


def snapshot(**assets):
    count = len(assets)
    return pa.table(
        {
            "customer_id": list(assets),
            "assets": pa.array(list(assets.values()), pa.float64()),
            "segment": pa.array(["mass"] * count),
            "due_on": pa.array([date(2026, 7, 1)] * count, pa.date32()),
            "complaints": pa.array([0.0] * count),
        }
    )


def episodes(book, table):
    return match(book, table, DAY).frame


def ended(book, opened, table):
    matches = match(book, table, DAY).frame
    return list(recovered(book, table, opened, matches, DAY)["customer_id"])


def test_without_until_an_episode_is_over_when_its_condition_is_false_not_when_it_is_unknown(
    small_catalogue, write_rule
):
    book = read_book(write_rule(), small_catalogue)
    opened = episodes(book, snapshot(c1=900.0, c2=900.0, c3=900.0))
    assert ended(book, opened, snapshot(c1=1000.01, c2=None, c3=1000.0)) == ["c1"]
    assert ended(book, opened, snapshot(c2=900.0)) == []  # who is not in the snapshot is unknown


def test_with_until_it_is_over_only_past_the_band(small_catalogue, write_rule):
    book = read_book(write_rule(when="assets <= 1000\nuntil: assets > 2000"), small_catalogue)
    opened = episodes(book, snapshot(c1=900.0, c2=900.0, c3=900.0))
    assert ended(book, opened, snapshot(c1=2000.0, c2=2000.01, c3=None)) == ["c2"]


def test_a_condition_that_is_true_of_another_key_ends_the_old_one(small_catalogue, write_rule):
    book = read_book(write_rule(), small_catalogue)
    opened = episodes(book, snapshot(c1=900.0)).assign(key="2026-06-01")
    assert ended(book, opened, snapshot(c1=900.0)) == ["c1"]


def test_a_rule_that_throws_ends_nothing_and_one_that_is_gone_is_not_asked(small_catalogue, write_rule):
    book = read_book(write_rule(), small_catalogue)
    gone = pd.DataFrame([("c1", "nobody", "")], columns=FACTS)
    assert recovered(book, snapshot(c1=5000.0), gone, gone.assign(rule_version=1).iloc[:0], DAY).empty
