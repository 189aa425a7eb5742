import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from care.preanswers.fill import fill, say_slot
from features.errors import Refusal

AMOUNT = {"value": 5000.5, "unit": "money", "currency": "CNY"}


@pytest.fixture
def topic(write_topic, read):
    write_topic(
        slots="{amount: owed, day: due_on, shop: shop}",
        zh_app="应还 $amount，$day 到期。\n## zh app without day\n应还 $amount。\n"
        "## zh app without amount, day\n请查询。",
        en_app="You owe $amount, due on $day.\n## en app without day\nYou owe $amount.",
        zh_wechat="商户是$shop。", en_wechat="Paid at $shop.",
    )  # fmt: skip
    return read().topics["transfer_blocked"]


def test_money_and_days_are_said_in_the_form_of_the_language(topic):
    slots = {"amount": AMOUNT, "day": {"value": "2026-07-01", "unit": "day"}}
    assert fill(topic, "app", "zh", slots) == "应还 ¥5,000.50，2026年7月1日 到期。"
    assert fill(topic, "app", "en", slots) == "You owe CNY 5,000.50, due on 1 Jul 2026."


def test_days_are_said_as_whole_days():
    assert say_slot({"value": 38.9, "unit": "days"}, "zh") == "38 天"
    assert say_slot({"value": 1.2, "unit": "days"}, "en") == "1 day"


def test_a_missing_value_chooses_the_text_without_it(topic):
    assert fill(topic, "app", "zh", {"amount": AMOUNT}) == "应还 ¥5,000.50。"
    assert fill(topic, "app", "zh", {}) == "请查询。"


def test_where_no_text_can_be_filled_nothing_is_said(topic):
    assert fill(topic, "app", "en", {}) is None


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), "", " \n"])
def test_a_value_that_says_nothing_counts_as_missing(topic, value):
    assert fill(topic, "wechat", "zh", {"shop": {"value": value, "unit": "text"}}) is None


@pytest.mark.parametrize(
    "value", ["$amount", "${amount}", "$$", "{0}", "%s", "{{ 7 * 7 }}", "<script>alert(1)</script>", "&amp;"]
)
def test_what_looks_like_code_in_a_value_stays_as_it_is_written(topic, value):
    said = fill(topic, "wechat", "en", {"shop": {"value": value, "unit": "text"}, "amount": AMOUNT})
    assert said == f"Paid at {value}."


def test_a_line_end_in_a_value_does_not_break_the_sentence(topic):
    said = fill(topic, "wechat", "en", {"shop": {"value": "Corner\r\nShop", "unit": "text"}})
    assert said == "Paid at Corner Shop."


def test_an_unknown_section_or_language_is_refused(topic):
    with pytest.raises(Refusal, match="no fax in zh"):
        fill(topic, "fax", "zh", {})
    with pytest.raises(Refusal, match="no app in fr"):
        fill(topic, "app", "fr", {})


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(value=st.text(max_size=40))
def test_any_text_in_a_value_comes_out_once_and_as_one_line(topic, value):
    said = fill(topic, "wechat", "en", {"shop": {"value": value, "unit": "text"}})
    if value.split():
        assert said == f"Paid at {' '.join(value.split())}."
    else:
        assert said is None
