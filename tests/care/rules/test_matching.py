"""The book over a day: who matches, with what at stake, and what could not be told."""

import json
import math
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from care.nouns import MATCH_COLUMNS
from care.rules.book import read_book
from care.rules.evidence import read_evidence
from care.rules.examples import verdict
from care.rules.matching import compile_book, match
from features.errors import Refusal

DAY = date(2026, 7, 1)
DUE = date(2026, 7, 9)
COLUMNS = {
    "assets": pa.float64(),
    "segment": pa.string(),
    "due_on": pa.date32(),
    "complaints": pa.int64(),
    "fall": pa.float64(),
}


def snapshot(*rows):
    """A snapshot of customers C1, C2 ... with the signals given."""
    columns = {"customer_id": pa.array([f"C{at}" for at in range(1, len(rows) + 1)], pa.string())}
    columns |= {name: pa.array([row.get(name) for row in rows], arrow) for name, arrow in COLUMNS.items()}
    return pa.table(columns)


def test_a_match_carries_its_stake_its_key_and_the_signals_as_they_stood(write_rule, small_catalogue):
    book = read_book(write_rule(), small_catalogue)
    found = match(book, snapshot({"assets": 999.99, "due_on": DUE, "segment": "私人", "complaints": 2}), DAY)
    assert tuple(found.frame.columns) == MATCH_COLUMNS
    (row,) = found.frame.to_dict("records")
    assert row == {
        "customer_id": "C1",
        "rule_id": "low",
        "rule_version": 3,
        "key": "2026-07-09",
        "value_minor": 99999,
        "evidence": '{"assets":999.99,"segment":"私人","due_on":"2026-07-09","complaints":2}',
    }
    assert read_evidence(row["evidence"], book.types)["due_on"] == DUE


def test_who_matches_who_does_not_and_who_cannot_be_told(write_rule, small_catalogue):
    book = read_book(write_rule(), small_catalogue)
    rows = [{"assets": 1000.0, "due_on": DUE}, {"assets": 1000.01, "due_on": DUE}, {"due_on": DUE}, {"assets": 1.0}]
    found = match(book, snapshot(*rows), DAY)
    assert list(found.frame.customer_id) == ["C1"]
    assert found.unknown == {"low": 2}  # one without assets, one without the day that names the business fact
    assert found.stopped == {}


def test_matches_are_sorted_and_the_same_whatever_the_order_of_the_rules_files(write_rule, small_catalogue):
    write_rule("zebra")
    book = read_book(write_rule("apple"), small_catalogue)
    rows = [{"assets": float(at), "due_on": DUE} for at in range(50)]
    found = match(book, snapshot(*rows), DAY).frame
    assert len(found) == 100
    assert found.equals(found.sort_values(["customer_id", "rule_id", "key"]).reset_index(drop=True))
    again = match(book, snapshot(*rows), DAY).frame
    assert found.equals(again)


def test_an_expired_rule_does_not_run_and_says_so(write_rule, small_catalogue):
    book = read_book(write_rule(), small_catalogue)
    rows = snapshot({"assets": 1.0, "due_on": DUE})
    assert len(match(book, rows, date(2027, 12, 30)).frame) == 1
    late = match(book, rows, date(2027, 12, 31))
    assert late.frame.empty
    assert late.unknown == {}
    assert late.stopped == {"low": "expired on 2027-12-31"}


def test_a_disabled_rule_does_not_run(write_rule, small_catalogue):
    book = read_book(write_rule(enabled="false"), small_catalogue)
    found = match(book, snapshot({"assets": 1.0, "due_on": DUE}), DAY)
    assert (len(found.frame), found.unknown, found.stopped) == (0, {}, {})


def test_no_match_is_still_a_table_of_the_right_types(write_rule, small_catalogue):
    book = read_book(write_rule(), small_catalogue)
    full = match(book, snapshot({"assets": 1.0, "due_on": DUE}), DAY).frame
    empty = match(book, snapshot({"assets": 5000.0, "due_on": DUE}), DAY).frame
    assert empty.empty
    assert list(empty.dtypes) == list(full.dtypes)
    assert match(book, snapshot(), DAY).unknown == {"low": 0}


def test_a_rule_that_throws_is_stopped_alone(write_rule, small_catalogue):
    write_rule("sound")
    write_rule("texts", when="segment = 'mass'", value="500")
    book = read_book(write_rule("lost", when="complaints > 1"), small_catalogue)
    table = snapshot({"assets": 1.0, "due_on": DUE}, {"assets": 2.0, "due_on": DUE})
    # A snapshot of another making: segment came as a list, which no text can be compared with.
    lists = pa.array([[1.5], [2.5]], pa.list_(pa.float64()))
    table = table.set_column(table.column_names.index("segment"), "segment", lists)
    found = match(book, table.drop_columns(["complaints"]), DAY)
    assert found.stopped["lost"] == "the snapshot has no column 'complaints'"
    assert set(found.stopped) == {"lost", "sound", "texts"}  # evidence lists complaints in each of them
    found = match(book, table, DAY)
    assert set(found.stopped) == {"texts"}
    assert "segment" in found.stopped["texts"] or "Conver" in found.stopped["texts"]
    assert list(found.frame.rule_id) == ["sound", "sound"]


def test_the_day_of_the_run_may_stand_in_a_condition(write_rule, small_catalogue):
    book = read_book(write_rule(when="days_between(as_of, due_on) <= 3"), small_catalogue)
    rows = snapshot({"assets": 1.0, "due_on": DUE})
    assert match(book, rows, date(2026, 7, 5)).frame.empty
    assert len(match(book, rows, date(2026, 7, 6)).frame) == 1
    # What the snapshot itself calls as_of does not count: the run says which day it is.
    dated = rows.append_column("as_of", pa.array([date(2020, 1, 1)], pa.date32()))
    assert len(match(book, dated, date(2026, 7, 6)).frame) == 1


@pytest.mark.parametrize("value", ["assets / complaints", "assets * 1e300"])
def test_a_stake_beyond_telling_is_not_enough_data(write_rule, small_catalogue, value):
    book = read_book(write_rule(value=value), small_catalogue)
    found = match(book, snapshot({"assets": 900.0, "due_on": DUE, "complaints": 0}), DAY)
    assert found.frame.empty
    assert found.unknown == {"low": 1}


def test_half_a_fen_at_stake_is_rounded_away_from_zero(write_rule, small_catalogue):
    book = read_book(write_rule(value="2.675"), small_catalogue)
    found = match(book, snapshot({"assets": 1.0, "due_on": DUE}), DAY)
    assert list(found.frame.value_minor) == [268]


def test_evidence_that_is_no_number_is_stored_as_unknown(write_rule, small_catalogue):
    book = read_book(write_rule(when="complaints > 1", value="5"), small_catalogue)
    found = match(book, snapshot({"assets": math.nan, "due_on": DUE, "complaints": 2}), DAY)
    assert json.loads(found.frame.evidence[0])["assets"] is None


rows_of_signals = st.fixed_dictionaries(
    {
        "assets": st.none() | st.sampled_from([0.0, 999.99, 1000.0, 1000.01, -5.0]) | st.floats(-1e6, 1e6),
        "segment": st.sampled_from([None, "mass", "private"]),
        "due_on": st.none() | st.dates(date(2026, 6, 1), date(2026, 8, 1)),
        "complaints": st.none() | st.integers(0, 4),
    }
)
CONDITIONS = [
    "assets <= 1000",
    "assets <= case when segment = 'private' then 5000 else 1000 end or complaints >= 2",
    "days_between(as_of, due_on) between 0 and 7 and not assets > 1000",
]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_night_and_a_single_row_give_the_same_verdict(write_rule, small_catalogue, condition):
    book = read_book(write_rule(when=condition), small_catalogue)

    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(st.lists(rows_of_signals, max_size=20))
    def compare(rows):
        found = match(book, snapshot(*rows), DAY)
        verdicts = [verdict(book.compiled["low"], ("due_on",), {**row, "as_of": DAY}) for row in rows]
        matching = sorted(f"C{at}" for at, said in enumerate(verdicts, 1) if said == "match")
        assert list(found.frame.customer_id) == matching
        assert found.unknown == {"low": verdicts.count("not enough data")}

    compare()


# A rule on an event, and the ends of episodes


def payments(*amounts):
    table = snapshot(*({"assets": 500.0, "due_on": DUE} for _ in amounts))
    return table.append_column("event_amount", pa.array(amounts, pa.float64()))


def test_a_rule_on_an_event_reads_its_columns_and_runs_on_that_event_only(write_rule, small_catalogue):
    fields = {"on": "transaction", "evidence": "[assets, due_on, event_amount]", "value": "0 - event_amount"}
    book = read_book(write_rule(when="event_amount <= -2 * assets", **fields), small_catalogue)
    table = payments(-1000.0, -999.99, None)
    assert compile_book(book).match(table, DAY).rules == ()
    found = compile_book(book).match(table, DAY, "transaction")
    assert list(found.frame.customer_id) == ["C1"]
    assert list(found.frame.value_minor) == [100000]
    assert found.unknown == {"low": 1}
    assert "event_amount" in found.frame.evidence[0]


def test_what_another_kind_of_event_holds_is_unknown_to_the_rule(write_rule, small_catalogue):
    folder = write_rule(on="contact", when="event_amount > 1", evidence="[assets, due_on, event_amount]")
    with pytest.raises(Refusal, match=r"unknown (name|signal) 'event_amount'"):
        read_book(folder, small_catalogue)
    folder = write_rule(on="[day, transaction]", when="event_amount > 1", evidence="[assets, due_on, event_amount]")
    with pytest.raises(Refusal, match=r"unknown (name|signal) 'event_amount'"):
        read_book(folder, small_catalogue)


def test_the_end_of_an_episode_is_told_by_row_and_by_column_and_unknown_is_no_end(write_rule, small_catalogue):
    compiled = compile_book(read_book(write_rule(), small_catalogue))
    rows = [{"assets": 2000.01}, {"assets": 2000.0}, {}]
    assert compiled.ended(snapshot(*rows), DAY)["low"].tolist() == [2, 0, 1]
    assert [compiled.ended_row("low", row) for row in rows] == [True, False, None]


def test_a_row_alone_is_told_as_the_night_tells_it(write_rule, small_catalogue):
    compiled = compile_book(read_book(write_rule(), small_catalogue))
    rows = [{"assets": 1000.0, "due_on": DUE}, {"assets": 1000.01, "due_on": DUE}, {"assets": 1.0}]
    assert [compiled.match_row("low", row) for row in rows] == [True, False, None]
