from datetime import date

import pytest
import sqlalchemy as sa

from care.preanswers.predict import predict
from care.preanswers.serve import SHOWN, pre_answer_days, pre_answers, pre_answers_for, write_pre_answers
from features.database import connect, migrate
from features.errors import Refusal

AS_OF = date(2026, 3, 1)
NEXT = date(2026, 3, 2)


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        yield connection


@pytest.fixture
def topics(write_topic, read):
    write_topic("bill_amount", slots="{amount: owed}", likelihood=0.6,
                zh_phone="您应还 $amount。", zh_desktop="应还 $amount，请说明。")  # fmt: skip
    write_topic("due_date", likelihood=0.4)
    write_topic("prepay_loan", likelihood=0.3)
    write_topic("fee_reason", likelihood=0.2)
    return read()


@pytest.fixture
def stored(connection, topics, snapshot, asked):
    people = snapshot(a={"declines": 2, "owed": 800.0}, b={})
    frame = predict(topics, people, asked(("a", "bill_amount", 2, 5)), AS_OF, "CNY")
    write_pre_answers(connection, frame, AS_OF)
    return frame


def of(connection, topics, customer="a", channel="desktop", language="zh", **more):
    return pre_answers_for(
        connection, customer, channel=channel, language=language, topics=topics, currency="CNY", **more
    )


def rows(connection, table):
    return connection.execute(sa.select(table).order_by(*table.primary_key)).all()


def test_the_desktop_gives_three_with_script_owner_and_reasons(connection, topics, stored):
    said = of(connection, topics)
    assert [one["topic_id"] for one in said] == ["bill_amount", "due_date", "prepay_loan"]
    assert [one["rank"] for one in said] == [1, 2, 3]
    assert said[0]["answer"] == "应还 ¥800，请说明。"
    assert said[0]["mode"] == "list"
    assert (said[0]["owner"], said[0]["version"]) == ("card-service", 1)
    assert said[0]["evidence"] == [
        "有原因", "近 180 天就此联系 2 次，最近一次在 5 天前", "declines（中文）：2", "owed（中文）：¥800",
    ]  # fmt: skip


def test_the_agent_reads_the_reasons_in_english_too(connection, topics, stored):
    said = of(connection, topics, language="en")
    assert said[0]["evidence"] == [
        "There is a reason", "Contacts about this in the last 180 days: 2, the newest 5 days ago",
        "declines in words: 2", "owed in words: CNY 800",
    ]  # fmt: skip


def test_the_phone_gives_one_sentence_and_only_to_someone_identified(connection, topics, stored):
    assert of(connection, topics, channel="phone") == []
    said = of(connection, topics, channel="phone", identified=True)
    assert [one["answer"] for one in said] == ["您应还 ¥800。"]


@pytest.mark.parametrize("channel", ["app", "wechat"])
def test_app_and_wechat_give_three_short_ones_without_the_agents_reasons(connection, topics, stored, channel):
    said = of(connection, topics, channel=channel, language="en")
    assert len(said) == 3
    assert all(one["evidence"] == [] and "script" not in one for one in said)


def test_someone_nothing_is_predicted_for_or_nobody_knows_gets_an_empty_list(connection, topics, stored):
    assert of(connection, topics, customer="b") == []
    assert of(connection, topics, customer="'; drop table pre_answers; --") == []


def test_before_the_first_night_there_is_nothing(connection, topics):
    assert of(connection, topics) == []


def test_the_newest_night_is_in_force_even_where_it_says_nothing(connection, topics, stored):
    write_pre_answers(connection, stored.head(0), NEXT)
    assert of(connection, topics) == []
    assert rows(connection, pre_answer_days) == [(AS_OF, 1, 3), (NEXT, 0, 0)]


def test_earlier_nights_are_kept(connection, topics, stored):
    write_pre_answers(connection, stored.head(1), NEXT)
    assert [row.as_of for row in rows(connection, pre_answers)] == [AS_OF] * 3 + [NEXT]
    assert len(of(connection, topics)) == 1


def test_writing_the_same_night_twice_leaves_the_same_rows(connection, topics, stored):
    first = rows(connection, pre_answers), rows(connection, pre_answer_days)
    write_pre_answers(connection, stored, AS_OF)
    assert (rows(connection, pre_answers), rows(connection, pre_answer_days)) == first


def test_a_night_written_anew_leaves_nothing_of_the_old_one(connection, topics, stored):
    write_pre_answers(connection, stored.head(1), AS_OF)
    assert len(rows(connection, pre_answers)) == 1


def test_a_topic_withdrawn_since_the_night_is_not_served(connection, topics, stored, write_topic, read, tmp_path):
    (tmp_path / "topics" / "bill_amount.md").unlink()
    write_topic("due_date", approved_by="null")
    assert [one["topic_id"] for one in of(connection, read())] == ["prepay_loan"]


def test_a_topic_rewritten_to_ask_for_more_than_was_stored_is_not_served(connection, topics, stored, write_topic, read):
    write_topic("bill_amount", slots="{amount: owed, day: due_on}", zh_desktop="应还 $amount，$day 到期。")
    assert [one["topic_id"] for one in of(connection, read())] == ["due_date", "prepay_loan"]


def test_an_unknown_channel_or_language_is_refused_with_the_nearest(connection, topics, stored):
    with pytest.raises(Refusal, match="unknown channel 'wechatt'; did you mean 'wechat'"):
        of(connection, topics, channel="wechatt")
    with pytest.raises(Refusal, match="unknown language 'fr'"):
        of(connection, topics, language="fr")


def test_a_request_is_one_read(connection, topics, stored):
    seen = []
    sa.event.listen(connection, "before_cursor_execute", lambda *args: seen.append(args[2]))
    for channel in SHOWN:
        of(connection, topics, channel=channel, identified=True)
    assert len(seen) == len(SHOWN)


def test_the_read_goes_by_index(tmp_path, topics):
    engine = connect(f"sqlite:///{tmp_path / 'plan.db'}")
    migrate(engine)
    seen = []
    with engine.begin() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *args: seen.append((args[2], args[3])))
        of(connection, topics)
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {seen[0][0]}", seen[0][1]).all()
    engine.dispose()
    steps = [str(row[3]) for row in plan]
    assert not [step for step in steps if step.startswith("SCAN pre_answers")]
    assert [step for step in steps if step.startswith("SEARCH pre_answers USING INDEX")]
