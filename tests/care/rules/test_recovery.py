"""An episode is over by its rule's `until`, or once the condition is true of another key; never by the unknown."""

from datetime import date

import pandas as pd
import pyarrow as pa

from care.decisions.episodes import FACTS
from care.rules.book import read_book
from care.rules.matching import compile_book
from care.rules.recovery import recovered

DAY = date(2026, 6, 20)


def snapshot(**assets):
    count = len(assets)
    return pa.table(
        {
            "customer_id": pa.array(list(assets), pa.string()),
            "assets": pa.array(list(assets.values()), pa.float64()),
            "segment": pa.array(["mass"] * count, pa.string()),
            "due_on": pa.array([date(2026, 7, 1)] * count, pa.date32()),
            "complaints": pa.array([0.0] * count, pa.float64()),
        }
    )


def ended(book, table, opened):
    compiled = compile_book(book)
    return list(recovered(compiled, table, opened, compiled.match(table, DAY).frame, DAY)["customer_id"])


def opened_by(book, table):
    return compile_book(book).match(table, DAY).frame


def test_an_episode_is_over_only_past_the_band_and_never_by_the_unknown(small_catalogue, write_rule):
    book = read_book(write_rule(until="assets > 2000"), small_catalogue)
    opened = opened_by(book, snapshot(c1=900.0, c2=900.0, c3=900.0))
    assert ended(book, snapshot(c1=2000.0, c2=2000.01, c3=None), opened) == ["c2"]
    assert ended(book, snapshot(c2=900.0), opened) == []  # who is not in the snapshot is unknown


def test_a_condition_that_is_true_of_another_key_ends_the_old_one(small_catalogue, write_rule):
    book = read_book(write_rule(), small_catalogue)
    opened = opened_by(book, snapshot(c1=900.0)).assign(key="2026-06-01")
    assert ended(book, snapshot(c1=900.0), opened) == ["c1"]
    assert ended(book, snapshot(c1=1500.0), opened) == []


def test_a_rule_that_left_the_book_is_not_asked(small_catalogue, write_rule):
    book = read_book(write_rule(), small_catalogue)
    assert ended(book, snapshot(c1=5000.0), pd.DataFrame([("c1", "nobody", "")], columns=FACTS)) == []
