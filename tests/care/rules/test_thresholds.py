"""Examples that hold a threshold in place, and what is told where one does not."""

from datetime import date

import pytest

from care.rules.book import read_book
from care.rules.thresholds import Uncovered, uncovered


def told(write_rule, small_catalogue, examples, **fields):
    folder = write_rule(**fields)
    path = folder / "low.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("examples:")] + "examples:\n" + examples, encoding="utf-8")
    return uncovered(read_book(folder, small_catalogue), "low")


def example(given, expect="match"):
    return f"  - {{given: {{due_on: 2026-07-01, {given}}}, expect: {expect}, why: '{given}'}}\n"


def test_examples_at_the_line_and_a_fen_beyond_it_are_enough(write_rule, small_catalogue):
    assert uncovered(read_book(write_rule(), small_catalogue), "low") == []


def test_a_side_without_an_example_is_told_with_the_neighbour_that_would_do_as_well(write_rule, small_catalogue):
    at, beyond = example("assets: 1000"), example("assets: 1000.01", "none")
    assert told(write_rule, small_catalogue, at + example("assets: 1500", "none")) == [Uncovered(1000.0, 1020.0)]
    assert told(write_rule, small_catalogue, example("assets: 500") + beyond) == [Uncovered(1000.0, 980.0)]
    assert told(write_rule, small_catalogue, at + beyond) == []


def test_days_and_counts_move_by_one(write_rule, small_catalogue):
    when = {"when": "complaints >= 2", "value": "100"}
    both = example("complaints: 2") + example("complaints: 1", "none")
    assert told(write_rule, small_catalogue, both, **when) == []
    assert told(write_rule, small_catalogue, example("complaints: 2"), **when) == [Uncovered(2.0, 1.0)]


def test_a_factor_and_the_branch_of_each_segment_are_thresholds_too(write_rule, small_catalogue):
    when = "assets <= case when segment = 'private' then 5000 else 1000 end"
    plain = example("assets: 1000") + example("assets: 1000.01", "none")
    assert told(write_rule, small_catalogue, plain, when=when) == [Uncovered(5000.0, 5100.0), Uncovered(5000.0, 4900.0)]
    private = example("assets: 5000, segment: private") + example("assets: 5000.01, segment: private", "none")
    assert told(write_rule, small_catalogue, plain + private, when=when) == []
    factor = told(write_rule, small_catalogue, example("assets: 1, complaints: 9"), when="assets <= 3 * complaints")
    assert [one.threshold for one in factor] == [3.0, 3.0]


def test_days_of_the_calendar_move_by_one_and_fallbacks_are_no_thresholds(write_rule, small_catalogue):
    found = told(write_rule, small_catalogue, example("assets: 1"), when="due_on <= date '2026-08-01'")
    assert found == [Uncovered(date(2026, 8, 1), date(2026, 8, 2)), Uncovered(date(2026, 8, 1), date(2026, 7, 31))]
    fallback = "coalesce(assets, 0) < greatest(complaints, 0) or assets > case when segment = 'mass' then 0 end"
    assert told(write_rule, small_catalogue, example("assets: 1, complaints: 2"), when=fallback) == []


@pytest.mark.parametrize("moved", ["assets <= 1005", "assets <= 990"])
def test_a_rule_whose_line_was_moved_unnoticed_is_told(write_rule, small_catalogue, moved):
    """The planted defect: somebody moves the line, and an example that stands far from it still holds."""
    far = example("assets: 10") + example("assets: 90000", "none")
    assert len(told(write_rule, small_catalogue, far, when=moved)) == 2
