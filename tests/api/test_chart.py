"""The balance chart as a reader and a screen reader get it."""

from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

import api.web
from api.web.chart import balance_chart, short_money
from api.words import read_words

WORDS = {language: read_words(Path(api.web.__file__).parent / "words", language) for language in ("zh", "en")}
DAY = date(2026, 1, 5)


def levels(*amounts):
    return [(DAY + timedelta(days=offset), amount) for offset, amount in enumerate(amounts)]


def test_the_title_and_what_it_shows_are_told_in_both_languages():
    zh, en = (balance_chart(levels(100_000_00, 90_000_00), WORDS[language], "CNY") for language in ("zh", "en"))

    assert "每日资产" in zh
    assert "从2026年1月5日的 ¥100,000 到2026年1月6日的 ¥90,000" in zh
    assert "From CNY 100,000 on 5 Jan 2026 to CNY 90,000 on 6 Jan 2026; lowest CNY 90,000" in en


def test_axis_amounts_are_said_as_people_say_them():
    assert [short_money(amount, WORDS["zh"]) for amount in (0, 9_000, 125_000, 2e8)] == ["0", "9,000", "12.5万", "2亿"]
    assert [short_money(amount, WORDS["en"]) for amount in (0, 900, 125_000, 2e8)] == ["0", "900", "125K", "200M"]


def test_nobody_without_balances_has_a_chart():
    assert balance_chart([], WORDS["en"], "CNY") == ""


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=180))
def test_every_point_lies_on_the_paper(amounts):
    root = ElementTree.fromstring(balance_chart(levels(*amounts), WORDS["zh"], "CNY"))
    line = next(one for one in root if one.get("class") == "line").get("points").split()

    assert len(line) == len(amounts)
    for x, y in (point.split(",") for point in line):
        assert 63.9 <= float(x) <= 744.1
        assert 15.9 <= float(y) <= 210.1
