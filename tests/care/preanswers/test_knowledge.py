from datetime import date
from pathlib import Path

import pytest

import care.preanswers
from care.preanswers.form import TopicForm
from care.preanswers.knowledge import read_topics
from features.errors import Refusal


def refusal(read):
    with pytest.raises(Refusal) as caught:
        read()
    return str(caught.value)


def test_a_topic_is_read_with_its_signs_slots_and_texts(write_topic, read):
    write_topic(slots="{amount: owed}", zh_phone="您应还 $amount。\n## zh phone without amount\n我为您查询。")
    topic = read().topics["transfer_blocked"]
    assert [(sign.condition.text, sign.likelihood) for sign in topic.signs] == [("declines >= 2", 0.5)]
    assert topic.slots["amount"].unit == "money"
    assert [text.words for text in topic.texts[("zh", "phone")]] == ["您应还 $amount。", "我为您查询。"]
    assert topic.signals == ("declines", "owed")


def test_lines_of_a_text_stay_together_and_paragraphs_apart(write_topic, read):
    write_topic(zh_desktop="第一段。\n\n第二段。")
    assert read().topics["transfer_blocked"].texts[("zh", "desktop")][0].words == "第一段。\n\n第二段。"


def test_the_version_changes_with_any_byte_of_any_topic(write_topic, read):
    write_topic()
    first = read().version
    assert read().version == first
    write_topic(zh_app="换一句话。")
    assert read().version != first


def test_an_empty_folder_is_refused_with_the_name_of_its_argument(tmp_path, catalogue):
    with pytest.raises(Refusal, match=r"^--topics: no topics in .*; name a folder"):
        read_topics(tmp_path, catalogue, place="--topics")


@pytest.mark.parametrize(
    ("parts", "line", "reason"),
    [
        ({"id": "transfer_blockd"}, 2, "unknown topic 'transfer_blockd'; did you mean 'transfer_blocked'?"),
        ({"id": "bill_amount"}, 2, "id 'bill_amount' is not the file's name; call the file bill_amount.md"),
        ({"when": "declins >= 2"}, 13, "unknown name 'declins'; did you mean 'declines'?"),
        ({"when": "declines"}, 13, "is a number, not a flag"),
        ({"likelihood": 1.5}, 14, "field 'when.0.likelihood'"),
        ({"more": "forbid: loan = 0"}, 16, "loan"),
        ({"more": "forbidden: loans = 0"}, 16, "unknown field 'forbidden'; did you mean 'forbid'?"),
        ({"slots": "{amount: owd}"}, 17, "unknown signal 'owd'; did you mean 'owed'?"),
        ({"slots": "{Amount: owed}"}, 17, "'Amount' is not a slot's name"),
        ({"slots": "{amount: {signal: owed, where: owd > 0}}"}, 17, "owd"),
        ({"version": 0}, 3, "field 'version'"),
        ({"approved_by": "card-service"}, 7, "approved by its owner; let a second person approve it"),
    ],
)
def test_a_fault_in_the_front_matter_is_named_with_its_line(write_topic, read, parts, line, reason):
    path = write_topic(**parts)
    said = refusal(read)
    assert said.startswith(f"{path}:{line}: ")
    assert reason in said


def test_a_topic_that_ends_before_it_begins_is_refused(write_topic, read):
    path = write_topic()
    path.write_text(path.read_text().replace("valid_to: 2026-12-31", "valid_to: 2025-12-31"))
    assert refusal(read).startswith(f"{path}:6: valid_to is before valid_from")


def test_a_topic_for_marketing_is_refused(write_topic, read):
    path = write_topic()
    path.write_text(path.read_text().replace("class: service", "class: marketing"))
    assert refusal(read) == f"{path}:8: a pre-answer never sells; write 'service' or 'care'"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("## en app\nHow can I help you.\n", "", "no text for 'en app'; add '## en app'"),
        ("## en app", "## fr app", "unknown language 'fr'"),
        ("## en app", "## en ap", "unknown section 'ap'; did you mean 'app'?"),
        ("## en app", "## en wechat", "'## en wechat' stands twice"),
        ("## en app", "# en app", "'# en app' is not a heading of a topic"),
        ("## en app\nHow can I help you.", "## en app\n", "'## en app' has no text"),
        ("## zh question", "Hello.\n## zh question", "text before the first heading"),
        ("## en app\nHow", "## en app\n$amont How", "unknown slot 'amont'; did you mean 'amount'?"),
        ("## en app\nHow", "## en app\n$ How", "a '$' that begins no slot; write '$$'"),
        ("## en app\nHow", "## en app without amount\n$amount How", "says $amount though it is the text without it"),
        ("## en app\nHow", "## en app without amont\nHow", "unknown slot 'amont'"),
    ],
)
def test_a_fault_in_a_text_is_named_with_its_line(write_topic, read, old, new, reason):
    path = write_topic(slots="{amount: owed}")
    path.write_text(path.read_text().replace(old, new))
    said = refusal(read)
    assert reason in said
    line = int(said.removeprefix(f"{path}:").split(":")[0])
    assert 1 < line <= len(path.read_text().splitlines()) + 1


def test_a_phone_text_of_two_sentences_is_refused(write_topic, read):
    write_topic(zh_phone="您好。请问有什么可以帮您。")
    assert "2 sentences in zh phone; write 1" in refusal(read)


def test_a_point_inside_an_amount_ends_no_sentence(write_topic, read):
    write_topic(en_phone="You owe CNY 5,000.25 at 3.5 percent today.")
    assert "transfer_blocked" in read().topics


def test_a_text_too_long_with_its_slots_filled_is_refused(write_topic, read):
    write_topic(slots="{amount: owed}", zh_phone="长" * 55 + "$amount。")
    assert "68 characters, slots filled, are more than 60; say it shorter" in refusal(read)


@pytest.mark.parametrize("words", ["现在购买更划算。", "限时办理。"])
def test_a_text_that_sells_is_refused_in_chinese(write_topic, read, words):
    write_topic(zh_app=words)
    assert "a pre-answer does not sell" in refusal(read)


def test_a_text_that_sells_is_refused_in_english_by_whole_words(write_topic, read):
    write_topic(en_app="We Recommend this.")
    assert "says 'recommend'" in refusal(read)
    write_topic(en_app="A rewarding talk.")
    assert "transfer_blocked" in read().topics


def test_a_sensitive_topic_is_neutral_where_customers_see_it_and_plain_to_the_agent(write_topic, read):
    write_topic(sensitive="true", zh_desktop="客户已逾期，请平和说明。")
    assert "transfer_blocked" in read().topics
    write_topic(sensitive="true", zh_wechat="您已逾期。")
    assert "says '逾期'" in refusal(read)


def test_a_topic_keeps_its_own_words_out(write_topic, read):
    write_topic(more="avoid: {zh: [帮您]}")
    assert "says '帮您'" in refusal(read)


def test_a_topic_is_served_from_its_first_to_its_last_day(write_topic, read):
    path = write_topic()
    topics = read()
    served = [day for day in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
              if topics.valid_on(day).topics]  # fmt: skip
    assert served == [date(2026, 1, 1), date(2026, 12, 31)]
    assert topics.silent_on(date(2027, 1, 1)) == [f"{path}: expired on 2026-12-31"]
    assert topics.silent_on(date(2025, 1, 1)) == [f"{path}: valid from 2026-01-01"]
    assert topics.silent_on(date(2026, 5, 1)) == []


def test_a_topic_nobody_approved_is_read_but_not_served(write_topic, read):
    path = write_topic(approved_by="null")
    topics = read()
    assert list(topics.topics) == ["transfer_blocked"]
    assert not topics.valid_on(date(2026, 5, 1)).topics
    assert topics.silent_on(date(2026, 5, 1)) == [f"{path}: not approved"]


def test_every_field_of_a_topic_is_explained_to_those_who_write_one():
    explained = Path(care.preanswers.__file__).with_name("README.md").read_text(encoding="utf-8")
    fields = {field.alias or name for name, field in TopicForm.model_fields.items()}
    assert {field for field in fields if f"`{field}`" not in explained} == set()
