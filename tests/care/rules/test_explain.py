"""Why a rule matched or not, read out leaf by leaf."""

from datetime import date

import pytest

from care.rules.book import read_book
from care.rules.explain import explain, say, say_talk_track
from features.errors import Refusal

DAY = date(2026, 7, 1)


def read_out(write_rule, small_catalogue, when, row, language="en", currency="CNY"):
    book = read_book(write_rule(when=when), small_catalogue)
    return explain(book, "low", row, DAY, language, currency)


def test_a_threshold_is_read_out_with_value_and_answer_in_both_languages(write_rule, small_catalogue):
    said = read_out(write_rule, small_catalogue, "assets <= 150000", {"assets": 120000}, "zh")
    assert said.sentence == "资产 ¥120,000 ≤ 门槛 ¥150,000：成立"
    said = read_out(write_rule, small_catalogue, "assets <= 150000", {"assets": 150000.01})
    assert said.sentence == "assets CNY 150,000.01 ≤ threshold CNY 150,000: does not hold"
    assert (said.answer, said.value, said.threshold) == (False, 150000.01, 150000.0)


def test_what_is_unknown_is_said_to_be_unknown(write_rule, small_catalogue):
    said = read_out(write_rule, small_catalogue, "assets <= 1000 or complaints > 1", {"complaints": 1})
    assert said.answer is None
    assert [part.answer for part in said.parts] == [None, False]
    assert said.parts[0].sentence == "assets unknown ≤ threshold CNY 1,000: not enough data"


@pytest.mark.parametrize(
    ("when", "row", "sentence"),
    [
        ("due_on = as_of", {"due_on": "2026-07-01"}, "due date 1 Jul 2026 = day of the run 1 Jul 2026: holds"),
        ("due_on > date '2026-06-30'", {"due_on": DAY}, "due date 1 Jul 2026 > threshold 30 Jun 2026: holds"),
        (
            "days_between(as_of, due_on) <= 3",
            {"due_on": DAY},
            "days from day of the run to due date 0 days ≤ threshold 3 days: holds",
        ),
        ("complaints between 1 and 3", {"complaints": 4}, "complaints 4, between 1 and 3: does not hold"),
        ("segment in ('mass', 'gold')", {"segment": "gold"}, "segment gold, one of mass, gold: holds"),
        ("segment is null", {}, "segment is unknown: holds"),
        ("coalesce(complaints in (7, 1), false)", {}, "complaints unknown, one of 7, 1: does not hold"),
        ("assets >= greatest(5, 2 * assets)", {"assets": 10}, "assets CNY 10 ≥ threshold CNY 20: does not hold"),
        (
            "assets - coalesce(complaints, 0) < assets",
            {"assets": 1},
            "assets − complaints CNY 1 < assets CNY 1: does not hold",
        ),
    ],
)
def test_each_form_of_a_leaf_has_its_sentence(write_rule, small_catalogue, when, row, sentence):
    assert read_out(write_rule, small_catalogue, when, row).sentence == sentence


def test_of_a_choice_the_branch_that_was_taken_is_read_out(write_rule, small_catalogue):
    when = "case when complaints >= 2 then assets <= 10 when segment = 'mass' then assets <= 20 else assets <= 30 end"
    said = read_out(write_rule, small_catalogue, when, {"complaints": 0, "segment": "mass", "assets": 15})
    assert (said.answer, [part.answer for part in said.parts]) == (True, [True, True])
    assert "CNY 20" in said.parts[1].sentence
    said = read_out(write_rule, small_catalogue, when, {"complaints": 0, "segment": "gold", "assets": 40})
    assert said.answer is False
    assert "CNY 30" in said.parts[-1].sentence


def test_a_choice_without_an_answer_is_not_enough_data(write_rule, small_catalogue):
    said = read_out(write_rule, small_catalogue, "case when complaints >= 2 then assets <= 10 end", {"complaints": 0})
    assert said.answer is None
    assert said.parts[0].sentence == "complaints 0 ≥ threshold 2: does not hold"


def test_the_reason_is_said_with_the_evidence_in_its_slots(write_rule, small_catalogue):
    book = read_book(write_rule(), small_catalogue)
    evidence = '{"assets":999.5,"segment":null,"due_on":"2026-07-09","complaints":0}'
    assert say(book, "low", evidence, "en", "CNY") == "Assets of CNY 999.50, due on 9 Jul 2026."
    assert say(book, "low", evidence, "zh", "CNY") == "资产 ¥999.50，2026年7月9日 到期。"
    assert say(book, "low", {"assets": None}, "en", "CZK") == "Assets of unknown, due on unknown."
    assert say_talk_track(book, "low", evidence, "zh", "CNY") == "问候。"


def test_a_finding_is_plain_data_for_machines(write_rule, small_catalogue):
    said = read_out(write_rule, small_catalogue, "not due_on > as_of", {"due_on": DAY}).as_json()
    assert said["answer"] is True
    assert said["parts"] == [
        {
            "sentence": "due date 1 Jul 2026 > day of the run 1 Jul 2026: does not hold",
            "answer": False,
            "value": "2026-07-01",
            "threshold": "2026-07-01",
            "parts": [],
        }
    ]


def test_a_rule_nobody_wrote_cannot_be_explained(write_rule, small_catalogue):
    book = read_book(write_rule(), small_catalogue)
    with pytest.raises(Refusal, match="unknown rule 'lov'; did you mean 'low'"):
        explain(book, "lov", {}, DAY, "en", "CNY")
