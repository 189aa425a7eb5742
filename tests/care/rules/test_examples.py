"""Examples are the tests a rule carries."""

from care.rules.book import read_book
from care.rules.examples import check_examples


def test_examples_that_hold_are_silent(write_rule, small_catalogue):
    assert check_examples(read_book(write_rule(), small_catalogue)) == []


def test_a_moved_threshold_is_told_by_its_examples(write_rule, small_catalogue):
    folder = write_rule(when="assets < 1000")
    problems = check_examples(read_book(folder, small_catalogue))
    assert problems == [f"{folder / 'low.yaml'}:26: 'at the line': expected match, the rule says none"]


def test_a_condition_that_swallows_the_unknown_is_told(write_rule, small_catalogue):
    folder = write_rule(when="coalesce(assets, 0) <= 1000")
    problems = check_examples(read_book(folder, small_catalogue))
    assert len(problems) == 0  # the value of unknown assets is unknown, so it is no match yet
    folder = write_rule(when="coalesce(assets, 0) <= 1000", value="500")
    problems = check_examples(read_book(folder, small_catalogue))
    assert problems == [f"{folder / 'low.yaml'}:28: 'no assets known': expected not enough data, the rule says match"]


def test_a_match_without_its_business_fact_is_not_enough_data(write_rule, small_catalogue):
    folder = write_rule()
    path = folder / "low.yaml"
    path.write_text(path.read_text().replace("{assets: 1000, due_on: 2026-07-01}", "{assets: 1000}"))
    assert check_examples(read_book(folder, small_catalogue)) == [
        f"{path}:26: 'at the line': expected match, the rule says not enough data"
    ]
