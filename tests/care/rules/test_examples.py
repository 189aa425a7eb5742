"""Examples are the tests a rule carries."""

import pytest

from care.rules.book import read_book
from care.rules.examples import check_examples, run_examples
from features.errors import Refusal

REMEDY = "; mend the rule or the example"


def test_examples_that_hold_are_silent(write_rule, small_catalogue):
    assert run_examples(read_book(write_rule(), small_catalogue)) == []


def test_a_moved_threshold_is_told_by_its_examples(write_rule, small_catalogue):
    folder = write_rule(when="assets < 1000")
    problems = run_examples(read_book(folder, small_catalogue))
    assert problems == [f"{folder / 'low.yaml'}:28: example 'at the line' expects match, the rule says none{REMEDY}"]


def test_a_condition_that_swallows_the_unknown_is_told(write_rule, small_catalogue):
    folder = write_rule(when="coalesce(assets, 0) <= 1000")
    problems = run_examples(read_book(folder, small_catalogue))
    assert len(problems) == 0  # the value of unknown assets is unknown, so it is no match yet
    folder = write_rule(when="coalesce(assets, 0) <= 1000", value="500")
    problems = run_examples(read_book(folder, small_catalogue))
    assert problems == [
        f"{folder / 'low.yaml'}:30: example 'no assets known' expects not enough data, the rule says match{REMEDY}"
    ]


def test_a_match_without_its_business_fact_is_not_enough_data(write_rule, small_catalogue):
    folder = write_rule()
    path = folder / "low.yaml"
    path.write_text(path.read_text().replace("{assets: 1000, due_on: 2026-07-01}", "{assets: 1000}"))
    assert run_examples(read_book(folder, small_catalogue)) == [
        f"{path}:28: example 'at the line' expects match, the rule says not enough data{REMEDY}"
    ]


def test_only_the_rules_asked_for_are_checked_and_the_first_problem_is_refused(write_rule, small_catalogue):
    write_rule("sound")
    book = read_book(write_rule("wrong", when="assets < 1000"), small_catalogue)
    check_examples(book, ["sound"])
    with pytest.raises(Refusal, match=r"wrong.yaml:28: example 'at the line'"):
        check_examples(book)
    with pytest.raises(Refusal, match="unknown rule 'wrog'; did you mean 'wrong'"):
        run_examples(book, ["wrog"])
