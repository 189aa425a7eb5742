"""A book of rules: what is read, and in which words a mistake comes back."""

import re
from datetime import date

import pytest

from care.rules.book import check_book, read_book
from features.errors import Refusal

DAY = date(2026, 7, 1)


def test_a_sound_book_is_read_with_its_rules_in_order(write_rule, small_catalogue):
    write_rule("zebra")
    folder = write_rule("apple", suppressed_by="[zebra]")
    book = read_book(folder, small_catalogue)
    assert list(book.rules) == ["apple", "zebra"]
    assert book.rules["apple"].suppressed_by == ("zebra",)
    assert book.rules["apple"].on == ("day",)
    assert book.compiled["apple"].names == {"assets"}


def test_the_version_follows_what_the_rules_say_and_not_their_comments(write_rule, small_catalogue):
    folder = write_rule()
    before = read_book(folder, small_catalogue).version
    path = folder / "low.yaml"
    path.write_text(path.read_text() + "# a remark\n")
    assert read_book(folder, small_catalogue).version == before
    write_rule(when="assets <= 1001")
    assert read_book(folder, small_catalogue).version != before


@pytest.mark.parametrize(
    ("fields", "line", "words"),
    [
        ({"when": "asets <= 1000"}, 8, "unknown name 'asets'; did you mean 'assets'?"),
        ({"when": "segment <= 1000"}, 8, "'<=' between a text and a number"),
        ({"when": "assets"}, 8, "the expression is a number, not a flag"),
        ({"when": "fall <= 0.5"}, 8, "'fall' is used but not in evidence; add it to evidence"),
        ({"when": "assets in (select 1)"}, 8, "not allowed"),
        ({"value": "segment"}, 10, "the expression is a text, not a number"),
        ({"value": "fall"}, 10, "'fall' is used but not in evidence"),
        ({"probability": "1.5"}, 11, "probability 1.5 is not between 0 and 1"),
        ({"key": "[due_om]"}, 17, "unknown signal 'due_om'; did you mean 'due_on'?"),
        ({"key": "[fall]"}, 17, "key 'fall' is not in evidence"),
        ({"key": "[due_on, due_on]"}, 17, "signal 'due_on' stands twice"),
        ({"suppressed_by": "[lov]"}, 18, "unknown rule 'lov'; did you mean 'low'?"),
        ({"suppressed_by": "[low]"}, 18, "the rule names itself"),
        ({"reason": "Assets of $asset."}, 21, "slot '$asset' is not in evidence; did you mean 'assets'?"),
        ({"reason": "Costs 5 $."}, 21, "a '$' without a signal's name"),
        ({"id": "other"}, 1, "id 'other' in a file called 'low'"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_remedy(write_rule, small_catalogue, fields, line, words):
    folder = write_rule(**fields) if "id" not in fields else write_rule()
    if "id" in fields:
        path = folder / "low.yaml"
        path.write_text(path.read_text().replace("id: low", "id: other"))
    with pytest.raises(Refusal) as refusal:
        read_book(folder, small_catalogue)
    assert str(refusal.value).startswith(f"{folder / 'low.yaml'}:{line}: ")
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("minutes: 10", "minuets: 10", r"unknown field 'minuets'; did you mean 'minutes'\?"),
        ("minutes: 10", "minutes: soon", "field 'minutes': input should be a valid integer"),
        ("owner: retail deposits\n", "", "field 'owner': field required"),
        ("expires_on: 2027-12-31", "expires_on: soon", "field 'expires_on'"),
        ("en: Low balance", "en: ''", "field 'name.en'"),
        ("class: care", "class: caring", "field 'class'"),
        ("effect: 0.2", "effect: 2", "field 'effect'"),
        ("assets: 1000,", "asets: 1000,", "unknown signal 'asets'; did you mean 'assets'"),
        ("assets: 1000,", "assets: much,", "'much' is not a number"),
        ("due_on: 2026-07-01}, expect: none", "due_on: 5}, expect: none", "'5' is not a day"),
        ("version: 3", "version: 3\nversion: 4", "field 'version' stands twice"),
        ("version: 3", "version: [", "not YAML"),
        ("[assets, segment", "[assets, segmnet", "unknown signal 'segmnet'; did you mean 'segment'"),
    ],
)
def test_a_field_that_does_not_fit_is_refused(write_rule, small_catalogue, old, new, words):
    path = write_rule() / "low.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(Refusal, match=words) as refusal:
        read_book(path.parent, small_catalogue)
    assert re.match(r".*low\.yaml:\d+: ", str(refusal.value))


def test_checking_tells_every_problem_and_keeps_the_sound_rules(write_rule, small_catalogue):
    write_rule("sound")
    write_rule("wrong", when="asets > 1", reason="For $nobody.", suppressed_by="[sond]")
    folder = write_rule("broken")
    (folder / "broken.yaml").write_text("id: [")
    book, problems = check_book(folder, small_catalogue)
    assert list(book.rules) == ["sound"]
    assert [problem.split(":")[0].rpartition("/")[2] for problem in problems] == ["broken.yaml"] + ["wrong.yaml"] * 3
    assert [int(problem.split(":")[1]) for problem in problems[1:]] == [8, 18, 21]


def test_a_rule_that_cannot_be_read_is_still_known_to_the_others(write_rule, small_catalogue):
    write_rule("sound", suppressed_by="[broken]")
    folder = write_rule("broken", when="asets > 1")
    _, problems = check_book(folder, small_catalogue)
    assert len(problems) == 1
    assert "asets" in problems[0]


def test_a_folder_without_rules_is_refused(tmp_path, small_catalogue):
    with pytest.raises(Refusal, match="no rules in it"):
        read_book(tmp_path, small_catalogue)
    with pytest.raises(Refusal, match="no such folder"):
        read_book(tmp_path / "nowhere", small_catalogue)


def test_two_rules_in_one_file_are_refused(write_rule, small_catalogue):
    path = write_rule() / "low.yaml"
    path.write_text(path.read_text() + "---\n" + path.read_text())
    with pytest.raises(Refusal, match="is not one rule in one"):
        read_book(path.parent, small_catalogue)


def test_a_rule_nobody_wrote_is_refused_with_the_nearest(write_rule, small_catalogue):
    book = read_book(write_rule(), small_catalogue)
    with pytest.raises(Refusal, match="unknown rule 'lo'"):
        book.rule("lo")


def test_a_likelihood_is_the_prior_or_what_the_evidence_says(write_rule, small_catalogue):
    book = read_book(write_rule(), small_catalogue)
    assert book.likelihood("low", "{}", DAY) == 0.5
    book = read_book(write_rule(probability="complaints / 4"), small_catalogue)
    assert book.likelihood("low", '{"complaints":3}', DAY) == 0.75
    assert book.likelihood("low", {"complaints": 9}, DAY) == 1.0
    assert book.likelihood("low", {"complaints": None}, DAY) is None
