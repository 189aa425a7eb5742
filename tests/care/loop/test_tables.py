"""What a loop says: every figure with its words in both languages, and the two languages say the same."""

from care.loop.page import write_page
from care.loop.report import report
from care.loop.settings import read_loop_settings
from care.loop.tables import WORDS, aligned, effects, lead, say, totals
from care.words import read_words


def test_both_languages_have_the_same_words():
    words = read_words(WORDS)
    assert set(words["zh"]) == set(words["en"])
    assert all(words[language][key] for language in ("zh", "en") for key in words["zh"])
    for nested in ("types", "statuses"):
        assert set(words["zh"][nested]) == set(words["en"][nested])


def test_tables_have_a_row_an_outcome_and_the_same_numbers_in_both_languages(looped):
    told = report(looped[0])
    outcomes = read_loop_settings().outcomes
    for rows in (totals(told, "zh"), totals(told, "en")):
        assert len(rows) == 1 + len(outcomes)
    assert [row[1:] for row in totals(told, "zh")[1:]] == [row[1:] for row in totals(told, "en")[1:]]
    assert len(effects(told, "en")) == 1 + 2 * len(outcomes)
    both = totals(told, "en")[1]
    assert (both[1], both[2]) == tuple(f"{told['totals']['contacts'][arm]:,.0f}" for arm in ("with", "without"))


def test_too_few_held_out_are_said_to_be_too_few(looped):
    told = report(looped[0])
    told["effects"][0] |= {"estimate": None, "held_out": 1}
    assert effects(told, "en")[1][3] == say("too_few", "en")
    assert effects(told, "zh")[1][3] == say("too_few", "zh")


def test_columns_stand_one_below_the_other_in_chinese_too():
    lines = aligned([["结果", "1"], ["contacts", "22"]])
    assert lines == ["  结果      1", "  contacts  22"]


def test_the_page_is_the_same_bytes_for_the_same_report_and_says_that_all_is_made_up(looped):
    told = report(looped[0])
    page = write_page(told)
    assert write_page(told) == page
    assert "都是虚构的".encode() in page
    assert b"No figure speaks for a real bank" in page
    assert any("300" in line for line in lead(told, "en"))
