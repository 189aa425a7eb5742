"""The evidence tree, and the smallest single change that would have turned an answer."""

from datetime import date

import pytest

from care.rules.book import read_book
from care.rules.explain import say_flip
from care.rules.flip import Flip
from care.rules.tree import explain_match, signal_version

DAY = date(2026, 7, 1)


def explained(write_rule, small_catalogue, when, row):
    book = read_book(write_rule(when=when), small_catalogue)
    return book, explain_match(book, "low", {"as_of": DAY, **row})


@pytest.mark.parametrize(
    ("when", "row", "flip"),
    [
        ("assets <= 1000", {"assets": 1000.0}, ("assets", 1000.01, False)),
        ("assets <= 1000", {"assets": 1250.0}, ("assets", 1000.0, True)),
        ("complaints >= 3", {"complaints": 5.0}, ("complaints", 2.0, False)),
        ("assets - 2 * complaints >= 100", {"assets": 99.0, "complaints": 0.0}, ("assets", 100.0, True)),
        ("complaints / assets > 0.5", {"assets": 9.0, "complaints": 5.0}, ("assets", 10.0, False)),
        ("segment = 'mass'", {"segment": "private"}, ("segment", "mass", True)),
        ("segment <> 'mass'", {"segment": "private"}, ("segment", "mass", False)),
        ("segment = 'mass'", {"segment": "mass"}, ("segment", None, False)),
        ("due_on > date '2026-07-10'", {"due_on": date(2026, 7, 8)}, ("due_on", date(2026, 7, 11), True)),
        ("days_between(as_of, due_on) <= 3", {"due_on": date(2026, 7, 6)}, ("due_on", date(2026, 7, 4), True)),
        ("complaints in (7, 1)", {"complaints": 5.0}, ("complaints", 7.0, True)),
        ("assets between 10 and 20", {"assets": 25.0}, ("assets", 20.0, True)),
        ("assets > 10 and complaints >= 2", {"assets": 11.0, "complaints": 9.0}, ("assets", 10.0, False)),
        ("assets > 10 and complaints >= 2", {"assets": 100.0, "complaints": 3.0}, ("complaints", 1.0, False)),
        ("case when segment = 'mass' then assets > 10 else assets > 99 end", {"segment": "mass", "assets": 9.0},
         ("assets", 10.01, True)),
    ],
)  # fmt: skip
def test_the_smallest_change_is_found(write_rule, small_catalogue, when, row, flip):
    _, tree = explained(write_rule, small_catalogue, when, row)
    assert (tree.flip.signal, tree.flip.to, tree.flip.answer) == flip
    assert tree.flip.value == row[flip[0]]


@pytest.mark.parametrize(
    ("when", "row"),
    [
        ("assets <= 1000", {}),
        ("assets > 10 and complaints >= 2", {"assets": 1.0, "complaints": 0.0}),
        ("assets * 0 > 1", {"assets": 5.0}),
        ("true or assets > 1", {"assets": 1.0}),
    ],
)
def test_where_no_single_change_turns_it_there_is_none(write_rule, small_catalogue, when, row):
    _, tree = explained(write_rule, small_catalogue, when, row)
    assert tree.flip is None


def test_the_size_is_relative_and_tells_a_hair_from_a_mile(write_rule, small_catalogue):
    _, near = explained(write_rule, small_catalogue, "assets <= 1000", {"assets": 1010.0})
    _, far = explained(write_rule, small_catalogue, "assets <= 1000", {"assets": 4000.0})
    assert near.flip.size == pytest.approx(10 / 1010)
    assert far.flip.size == pytest.approx(0.75)


def test_a_leaf_holds_value_threshold_answer_and_the_version_of_its_signal(write_rule, small_catalogue):
    _, tree = explained(write_rule, small_catalogue, "assets <= 1000 or complaints > 1", {"complaints": 1.0})
    assets, complaints = tree.condition.parts
    assert (tree.answer, assets.answer, complaints.answer) == (None, None, False)
    assert (complaints.value, complaints.threshold) == (1.0, 1.0)
    assert complaints.signals == {"complaints": signal_version("complaints", small_catalogue)}
    assert assets.signals != complaints.signals
    assert tree.as_json()["condition"]["parts"][1]["threshold"] == 1.0
    assert tree.as_json()["flip"] is None


@pytest.mark.parametrize(
    ("flip", "zh", "en"),
    [
        (Flip("assets", 1010.0, 1000.0, True, 0.01), "若资产不是 ¥1,010 而是 ¥1,000，规则就会成立（相差 1%）",
         "Had assets been CNY 1,000 and not CNY 1,010, the rule would have matched (off by 1%)"),
        (Flip("due_on", DAY, date(2026, 7, 2), False, 0.03),
         "若还款日不是 2026年7月1日 而是 2026年7月2日，规则就不会成立（相差 3%）",
         "Had due date been 2 Jul 2026 and not 1 Jul 2026, the rule would not have matched (off by 3%)"),
        (Flip("segment", "mass", None, False, 1.0), "若客群不是 大众，结论就会不同",
         "Had segment not been mass, the answer would have been another"),
        (None, "没有哪一项信号单独变化就能改变结论", "No change of a single signal would have turned the answer"),
    ],
)  # fmt: skip
def test_a_flip_is_said_in_both_languages(write_rule, small_catalogue, flip, zh, en):
    book = read_book(write_rule(), small_catalogue)
    assert say_flip(book, flip, "en", "CNY") == en
    said = say_flip(book, flip, "zh", "CNY")
    assert said.startswith(zh[:6])
