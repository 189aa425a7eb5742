"""How values are said: money, days, shares, counts, and codes."""

from datetime import date
from pathlib import Path

import pytest

import care.words
from care.words import LANGUAGES, read_words, say_value
from features.errors import Refusal


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (1234.0, "money", "¥1,234", "CNY 1,234"),
        (1234567.5, "money", "¥1,234,567.50", "CNY 1,234,567.50"),
        (-20, "money", "-¥20", "-CNY 20"),
        (0.0, "money", "¥0", "CNY 0"),
        (0.455, "ratio", "45.5%", "45.5%"),
        (0.0213, "probability", "2.1%", "2.1%"),
        (1, "days", "1 天", "1 day"),
        (38.0, "days", "38 天", "38 days"),
        (2.5, "hours", "2.5 小时", "2.5 hours"),
        (3, "years", "3 年", "3 years"),
        (12345, "count", "12,345", "12,345"),
        (0.126, "number", "0.13", "0.13"),
        ("2026-07-01", "day", "2026年7月1日", "1 Jul 2026"),
        (date(2026, 12, 31), "day", "2026年12月31日", "31 Dec 2026"),
        (True, "flag", "是", "yes"),
        (False, "flag", "否", "no"),
        ("fee_reason", "text", "收费原因", "the reason of a fee"),
        ("K-17", "text", "K-17", "K-17"),
        (None, "money", "未知", "unknown"),
        (float("nan"), "days", "未知", "unknown"),
    ],
)
def test_a_value_is_said_as_a_reader_expects_it(value, unit, zh, en):
    assert say_value(value, unit, "zh", "CNY") == zh
    assert say_value(value, unit, "en", "CNY") == en


def test_crowns_are_not_called_yuan():
    assert say_value(1234.5, "money", "zh", "CZK") == "1,234.50 CZK"
    assert say_value(1234.5, "money", "en", "CZK") == "CZK 1,234.50"


def test_half_a_fen_is_rounded_away_from_zero():
    assert say_value(2.675, "money", "en", "CNY") == "CNY 2.68"


def test_an_unknown_language_or_unit_is_refused_with_the_nearest():
    with pytest.raises(Refusal, match="no words in language 'zn'; did you mean 'zh'"):
        say_value(1, "money", "zn", "CNY")
    with pytest.raises(Refusal, match="no words for unit 'day_s'; did you mean 'days'"):
        say_value(1, "day_s", "en", "CNY")


def test_every_code_has_words_in_every_language():
    words = read_words(Path(care.words.__file__).with_name("words.yaml"))
    assert words["texts"]
    assert all(set(said) == set(LANGUAGES) and all(said.values()) for said in words["texts"].values())
    assert set(words["zh"]) == set(words["en"])
