"""The bank's own topics, walked from end to end: every topic must have what a topic needs."""

from __future__ import annotations

import itertools
import json
from datetime import date
from string import Template

import pyarrow as pa
import pytest

from care.nouns import CareClass
from care.preanswers.fill import fill
from care.preanswers.form import read_prediction, read_writing
from care.preanswers.knowledge import Topic, read_topics
from care.preanswers.predict import predict
from care.preanswers.recency import RECENCY
from care.preanswers.style import sentences
from care.words import say_value
from features.catalogue import read_catalogue
from features.expression import evaluate

TOPICS = (
    "bill_amount",
    "case_progress",
    "credit_limit",
    "deposit_maturity",
    "deposit_rates",
    "due_date",
    "fee_reason",
    "prepay_loan",
    "salary_arrival",
    "transfer_arrival",
    "transfer_blocked",
    "unknown_charge",
)
DAY = date(2026, 7, 1)
ARROW = {"number": pa.float64(), "text": pa.string(), "flag": pa.bool_(), "day": pa.date32()}
LONGEST = {
    "money": {"value": 12345678.9, "unit": "money", "currency": "CNY"},
    "day": {"value": "2026-12-31", "unit": "day"},
    "days": {"value": 365, "unit": "days"},
    "count": {"value": 12, "unit": "count"},
}

# One life a sign: the customer of whom the nth sign of a topic is true, in the words of signals.
LIVES: dict[str, list[dict[str, object]]] = {
    "transfer_arrival": [{"pending_transfers_1d": 1}, {"last_topic": "transfer_arrival", "unresolved_90d": 1}],
    "transfer_blocked": [{"declines_7d": 2}, {"declines_7d": 1}],
    "bill_amount": [
        {"due_in_days": 10, "card_owed": 900},
        {"card_owed": 900, "card_spend_30d": 900, "card_spend_90d": 1000},
    ],
    "due_date": [{"due_in_days": 2}, {"due_in_days": 6, "short_gap": 100}],
    "fee_reason": [
        {"fee_count_7d": 1, "fees_30d": 5, "fees_180d": 5, "tenure_days": 400},
        {"fee_count_7d": 1, "fees_30d": 5, "fees_180d": 9.5, "tenure_days": 400},
    ],
    "unknown_charge": [
        {"largest_card_spend_7d": 900, "card_spend_p99_180d": 900, "card_spend_7d": 950, "card_spend_90d": 1000},
        {"login_failures_1d": 3},
    ],
    "salary_arrival": [
        {"salary_months_120d": 3, "days_since_salary": 33},
        {"salary_months_120d": 4, "days_since_salary": 28},
    ],
    "deposit_maturity": [{"term_next_maturity_days": -1}],
    "deposit_rates": [
        {"largest_in_7d": 90000, "salary_mean_180d": 9000, "assets_mean_30d": 100000},
        {"term_next_maturity_days": 14},
    ],
    "credit_limit": [{"card_utilisation": 0.75}, {"card_utilisation": 0.9, "declines_7d": 1}],
    "prepay_loan": [
        {"loans_open": 1, "loan_owed": 1000, "assets_demand": 1000},
        {"loans_open": 1, "loan_owed": 1000, "largest_in_7d": 300},
    ],
    "case_progress": [
        {"unresolved_90d": 1},
        {"unresolved_90d": 1, "days_since_contact": 2},
        {"complaints_no_callback_30d": 1},
    ],
}


@pytest.fixture(scope="module")
def catalogue():
    return read_catalogue()


@pytest.fixture(scope="module")
def topics(catalogue):
    return read_topics(None, catalogue)


def snapshot(catalogue, rows):
    """One customer a row, with every signal of the catalogue; what is not given is unknown."""
    columns = {"customer_id": pa.array([f"C{at:03}" for at in range(len(rows))], pa.string())}
    columns |= {
        name: pa.array([row.get(name) for row in rows], ARROW[type_]) for name, type_ in catalogue.types.items()
    }
    return pa.table(columns)


def nobody_asked():
    return RECENCY.empty_table()


def every_filling(topic: Topic):
    """Each choice of slots that have a value, each value as long as values get."""
    for count in range(len(topic.slots) + 1):
        for names in itertools.combinations(sorted(topic.slots), count):
            yield {name: LONGEST[topic.slots[name].unit] for name in names}


def test_there_are_the_twelve_topics(topics):
    assert tuple(topics.topics) == TOPICS


def test_every_topic_has_words_for_its_name(topics):
    for topic_id, language in itertools.product(topics.topics, ("zh", "en")):
        assert say_value(topic_id, "text", language, "CNY") != topic_id


@pytest.mark.parametrize("topic_id", TOPICS)
def test_a_topic_is_approved_by_a_second_person_has_an_end_and_sells_nothing(topics, topic_id):
    topic = topics.topics[topic_id]
    assert topic.approved_by not in (None, topic.owner)
    assert topic.valid_to.year <= 2027
    assert topic.care_class is not CareClass.MARKETING
    assert topic.served_on(DAY)


@pytest.mark.parametrize("topic_id", TOPICS)
def test_how_often_all_ask_is_never_enough_to_predict(topics, topic_id):
    assert topics.topics[topic_id].base < read_prediction().floor


@pytest.mark.parametrize("topic_id", TOPICS)
def test_a_topic_says_something_in_every_channel_whatever_is_known(topics, topic_id):
    topic, writing = topics.topics[topic_id], read_writing()
    for slots in every_filling(topic):
        for language, section in itertools.product(writing.languages, writing.sections):
            said = fill(topic, section, language, slots)
            assert said, (language, section, sorted(slots))
            assert "$" not in said
            assert "None" not in said


@pytest.mark.parametrize("topic_id", TOPICS)
def test_the_phone_says_one_sentence_that_can_be_listened_to(topics, topic_id):
    topic, writing = topics.topics[topic_id], read_writing()
    for slots in every_filling(topic):
        for language in writing.languages:
            said = fill(topic, "phone", language, slots)
            assert sentences(said) == 1, said
            assert len(said) <= getattr(writing.sections["phone"], language), said


@pytest.mark.parametrize("topic_id", TOPICS)
def test_the_chinese_is_chinese_and_the_english_english(topics, topic_id):
    for (language, section), variants in topics.topics[topic_id].texts.items():
        for text in variants:
            plain = Template(text.words).substitute(dict.fromkeys(text.slots, ""))
            chinese = any("\u4e00" <= letter <= "\u9fff" for letter in plain)
            assert chinese == (language == "zh"), (section, text.words)


@pytest.mark.parametrize("topic_id", TOPICS)
def test_every_sign_has_a_life_in_which_it_is_true_and_none_of_it_when_nothing_is_known(topics, catalogue, topic_id):
    topic = topics.topics[topic_id]
    assert len(LIVES[topic_id]) == len(topic.signs)
    unknown = dict.fromkeys(catalogue.types)
    for life, sign in zip(LIVES[topic_id], topic.signs, strict=True):
        assert evaluate(sign.condition, unknown | life) is True, sign.condition.text
        assert evaluate(sign.condition, unknown) is not True, sign.condition.text


@pytest.mark.parametrize("topic_id", TOPICS)
def test_the_life_a_topic_is_for_gets_it_predicted(topics, catalogue, topic_id):
    frame = predict(topics, snapshot(catalogue, [LIVES[topic_id][0]]), nobody_asked(), DAY, "CNY")
    assert topic_id in frame["topic_id"].tolist()
    stored = frame[frame["topic_id"] == topic_id].iloc[0]
    assert topics.topics[topic_id].signs[0].condition.text in json.loads(stored["why"])["signs"]


@pytest.mark.parametrize("topic_id", TOPICS)
def test_someone_who_asked_last_week_gets_it_predicted_unless_it_is_forbidden(topics, catalogue, topic_id):
    asked = pa.Table.from_pylist(
        [{"customer_id": "C000", "topic_id": topic_id, "contacts": 1, "days_since": 7}], schema=RECENCY
    )
    frame = predict(topics, snapshot(catalogue, [{}]), asked, DAY, "CNY")
    assert frame["topic_id"].tolist() == [topic_id]


def test_nothing_is_predicted_for_someone_of_whom_nothing_is_known(topics, catalogue):
    assert predict(topics, snapshot(catalogue, [{}]), nobody_asked(), DAY, "CNY").empty


def test_someone_without_a_loan_is_not_told_how_to_repay_it(topics, catalogue):
    asked = pa.Table.from_pylist(
        [{"customer_id": "C000", "topic_id": "prepay_loan", "contacts": 3, "days_since": 1}], schema=RECENCY
    )
    assert predict(topics, snapshot(catalogue, [{"loans_open": 0}]), asked, DAY, "CNY").empty


def test_bill_and_due_date_are_one_question(topics, catalogue):
    life = {"due_in_days": 2, "card_owed": 500, "card_spend_30d": 500, "card_spend_90d": 500}
    frame = predict(topics, snapshot(catalogue, [life]), nobody_asked(), DAY, "CNY")
    assert frame["topic_id"].tolist() == ["due_date"]
