"""The whole book checked: planted defects, each of which has to be told with its place."""

from datetime import date

import pyarrow as pa
import pytest

from care.rules import soundness
from care.rules.soundness import Day, check_whole, condition_version
from features.expression import parse_expression

DAY = date(2026, 7, 1)


def problems(folder, catalogue, **options):
    return [(one.field, one.reason, one.remedy) for one in check_whole(folder, catalogue, **options)[1]]


def reasons(folder, catalogue, **options):
    return [reason for _, reason, _ in problems(folder, catalogue, **options)]


def replaced(folder, stem, old, new):
    path = folder / f"{stem}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def snapshot(*rows):
    columns = {"customer_id": pa.array([f"C{at:03}" for at in range(len(rows))], pa.string())}
    arrow = {"assets": pa.float64(), "segment": pa.string(), "due_on": pa.date32(), "complaints": pa.float64()}
    columns |= {name: pa.array([row.get(name) for row in rows], kind) for name, kind in arrow.items()}
    return pa.table(columns)


def test_a_sound_book_has_no_problem(write_rule, small_catalogue):
    assert problems(write_rule(), small_catalogue) == []


def test_a_threshold_without_an_example_beyond_it_is_told(write_rule, small_catalogue):
    folder = replaced(write_rule(), "low", "assets: 1000.01,", "assets: 2000,")
    ((field, reason, remedy),) = problems(folder, small_catalogue)
    assert field == "when"
    assert reason == "no example holds the threshold 1000: all would say the same were it 1020"
    assert remedy == "add an example between 1000 and 1020"


def test_an_episode_that_ends_as_it_begins_is_told(write_rule, small_catalogue):
    ((field, reason, _),) = problems(write_rule(until="assets < 5000"), small_catalogue)
    assert (field, reason) == ("until", "the episode of example 'at the line' would end as it begins")


def test_two_rules_that_each_give_way_to_the_other_are_told(write_rule, small_catalogue):
    write_rule("apple", when="assets <= 1000 or complaints > 90", suppressed_by="[zebra]")
    folder = write_rule("zebra", suppressed_by="[apple]")
    assert any("each give way to the other" in reason for reason in reasons(folder, small_catalogue))


def test_words_in_the_wrong_language_are_told(write_rule, small_catalogue):
    folder = replaced(write_rule(), "low", "zh: 问候。", "zh: Greet.")
    assert [(field, reason) for field, reason, _ in problems(folder, small_catalogue)] == [
        ("talk_track.zh", "has no Chinese in it")
    ]
    folder = replaced(write_rule(), "low", "en: Greet.", "en: 问候。")
    assert [field for field, _, _ in problems(folder, small_catalogue)] == ["talk_track.en"]


def test_a_rule_written_twice_is_told_however_it_is_written(write_rule, small_catalogue):
    write_rule("first")
    folder = write_rule("second", when="1000 >= assets")
    ((field, reason, _),) = problems(folder, small_catalogue)
    assert (field, reason) == ("when", "the condition is that of 'first'")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("assets > 1 and complaints > 2", "complaints > 2 and assets > 1", True),
        ("assets > 1", "1 < assets", True),
        ("assets + 1 > complaints", "complaints < 1 + assets", True),
        ("assets - 1 > complaints", "1 - assets > complaints", False),
        ("assets > 1", "assets >= 1", False),
        ("assets > 1", "assets > 1.5", False),
    ],
)
def test_conditions_are_the_same_where_only_their_order_differs(one, other, same):
    types = {"assets": "number", "complaints": "number"}
    normal = [soundness.normalised(parse_expression(text, types, place="x").tree) for text in (one, other)]
    assert (normal[0] == normal[1]) is same


def test_a_condition_that_never_held_in_the_stored_year_is_dead(write_rule, small_catalogue, tmp_path, monkeypatch):
    folder = write_rule()
    book, _ = check_whole(folder, small_catalogue)
    year = tmp_path / "year.yaml"
    monkeypatch.setattr(soundness, "YEAR", year)
    written = "rules:\n- {{rule: low, condition: '{}', fires: {}}}\n"
    year.write_text(written.format(condition_version(book, "low"), 0), encoding="utf-8")
    assert reasons(folder, small_catalogue) == ["the condition was not true of any customer in a year of the made bank"]
    year.write_text(written.format(condition_version(book, "low"), 3), encoding="utf-8")
    assert reasons(folder, small_catalogue) == []
    year.write_text(written.format("another", 0), encoding="utf-8")
    assert reasons(folder, small_catalogue) == []


def test_a_rule_that_waits_for_something_is_not_dead(write_rule, small_catalogue):
    day = Day(DAY, snapshot({"assets": 5.0, "due_on": DAY, "complaints": 1.0}))
    write_rule("never", when="assets <= 1000 and complaints > 90")
    folder = write_rule("low")
    told = reasons(folder, small_catalogue, days=[day])
    assert "the condition was not true of any customer on any of 1 days" in told
    replaced(folder, "never", "enabled: true", "enabled: true\nwaits_for: {zh: 等待, en: something}")
    assert "the condition was not true of any customer on any of 1 days" not in reasons(
        folder, small_catalogue, days=[day]
    )


def test_two_rules_that_match_the_same_people_are_told(write_rule, small_catalogue):
    write_rule("first")
    folder = write_rule("second", when="assets <= 1000 and assets <= 1000.02")
    rows = [{"assets": float(at), "due_on": DAY, "complaints": 0.0} for at in range(40)]
    assert "40 of 40 matches are also those of 'first'" in reasons(
        folder, small_catalogue, days=[Day(DAY, snapshot(*rows))]
    )


def test_only_the_rules_asked_for_are_told(write_rule, small_catalogue):
    write_rule("sound")
    folder = write_rule("wrong", until="assets < 5000")
    found = reasons(folder, small_catalogue, rule_ids=["sound"])
    assert all("end as it begins" not in reason for reason in found)
