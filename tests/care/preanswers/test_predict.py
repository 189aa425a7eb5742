import json
import random
from datetime import date

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from care.preanswers.form import Prediction
from care.preanswers.predict import PRE_ANSWER_COLUMNS, predict
from features.errors import Refusal

AS_OF = date(2026, 3, 1)
NUMBERS = Prediction.model_validate(
    {"owner": "tests", "most": 3, "floor": 0.15,
     "recency": {"look_back_days": 180, "strength": 0.4, "again": 0.1, "most": 0.7, "half_life_days": 30}}
)  # fmt: skip
BASE = 0.02


def ask(read, people, recency, day=AS_OF, **numbers):
    prediction = NUMBERS.model_copy(update=numbers)
    return predict(read(), people, recency, day, "CNY", prediction=prediction)


def listed(frame):
    return [tuple(row) for row in frame[["customer_id", "rank", "topic_id", "confidence"]].itertuples(index=False)]


def test_a_true_condition_predicts_and_a_false_or_unknown_one_does_not(write_topic, read, snapshot, asked):
    write_topic(when="declines >= 2", likelihood=0.5)
    people = snapshot(true_={"declines": 2}, false_={"declines": 1}, unknown={})
    frame = ask(read, people, asked())
    assert listed(frame) == [("true_", 1, "transfer_blocked", round(1 - (1 - BASE) * 0.5, 4))]


def test_an_unknown_part_of_a_true_or_leaves_it_true(write_topic, read, snapshot, asked):
    write_topic(when="declines >= 2 or pending >= 1")
    assert len(ask(read, snapshot(a={"declines": 2}), asked())) == 1


def test_several_true_conditions_add_up_without_passing_one(write_topic, read, snapshot, asked):
    signs = "\n".join(
        f"  - condition: {condition}\n    likelihood: 0.5\n    because: {{zh: 因, en: why}}"
        for condition in ("declines >= 1", "pending >= 1", "owed > 0")
    )
    write_topic(signs=signs)
    frame = ask(read, snapshot(a={"declines": 1, "pending": 1, "owed": 5.0}, b={"declines": 1, "pending": 1}), asked())
    assert frame["confidence"].tolist() == [round(1 - 0.98 * 0.125, 4), round(1 - 0.98 * 0.25, 4)]
    why = json.loads(frame["why"][1])
    assert why["signs"] == ["declines >= 1", "pending >= 1"]
    assert why["signals"] == {"declines": 1, "owed": None, "pending": 1}


def test_a_recent_question_is_predicted_again_and_fades_by_half_each_half_life(write_topic, read, snapshot, asked):
    write_topic()
    rows = [(f"d{days:03}", "transfer_blocked", 1, days) for days in (0, 30, 60)]
    frame = ask(read, snapshot(**{row[0]: {} for row in rows}), asked(*rows), floor=0.01)
    assert frame["confidence"].tolist() == [round(1 - 0.98 * (1 - p), 4) for p in (0.4, 0.2, 0.1)]


def test_an_old_question_fades_below_the_floor(write_topic, read, snapshot, asked):
    write_topic()
    people = snapshot(a={}, b={})
    frame = ask(read, people, asked(("a", "transfer_blocked", 1, 30), ("b", "transfer_blocked", 1, 90)))
    assert frame["customer_id"].tolist() == ["a"]


def test_asking_more_often_makes_it_likelier_up_to_a_most(write_topic, read, snapshot, asked):
    write_topic()
    rows = [(f"n{times:02}", "transfer_blocked", times, 0) for times in (1, 2, 4, 9)]
    frame = ask(read, snapshot(**{row[0]: {} for row in rows}), asked(*rows))
    assert frame["confidence"].tolist() == [round(1 - 0.98 * (1 - p), 4) for p in (0.4, 0.5, 0.7, 0.7)]
    assert json.loads(frame["why"][1])["asked"] == {"contacts": 2, "days_since": 0}


def test_questions_on_another_topic_or_of_someone_else_say_nothing(write_topic, read, snapshot, asked):
    write_topic()
    frame = ask(read, snapshot(a={}), asked(("a", "bill_amount", 3, 1), ("b", "transfer_blocked", 3, 1)))
    assert frame.empty


def test_a_customer_with_nothing_likely_gets_nothing(write_topic, read, snapshot, asked):
    write_topic(likelihood=0.13)
    frame = ask(read, snapshot(a={"declines": 5}), asked())
    assert frame.empty
    assert tuple(frame.columns) == PRE_ANSWER_COLUMNS


def test_the_floor_itself_is_enough(write_topic, read, snapshot, asked):
    write_topic(likelihood=0.5)
    assert len(ask(read, snapshot(a={"declines": 5}), asked(), floor=0.51)) == 1
    assert ask(read, snapshot(a={"declines": 5}), asked(), floor=0.5101).empty


def test_a_forbidden_topic_is_not_predicted_and_an_unknown_ban_is_none(write_topic, read, snapshot, asked):
    write_topic(more="forbid: loans = 0")
    people = snapshot(none={"declines": 9, "loans": 0}, one={"declines": 9, "loans": 1}, unknown={"declines": 9})
    assert ask(read, people, asked())["customer_id"].tolist() == ["one", "unknown"]


def test_one_topic_of_a_family_is_listed_the_likelier_one(write_topic, read, snapshot, asked):
    write_topic("bill_amount", likelihood=0.3, family="bill")
    write_topic("due_date", likelihood=0.4, family="bill")
    write_topic("fee_reason", likelihood=0.2)
    frame = ask(read, snapshot(a={"declines": 2}), asked())
    assert frame["topic_id"].tolist() == ["due_date", "fee_reason"]
    assert frame["rank"].tolist() == [1, 2]


def test_three_are_listed_at_most_and_ties_go_by_name(write_topic, read, snapshot, asked):
    for topic in ("prepay_loan", "bill_amount", "fee_reason", "due_date", "case_progress"):
        write_topic(topic, likelihood=0.3)
    write_topic("unknown_charge", likelihood=0.31)
    frame = ask(read, snapshot(a={"declines": 2}), asked())
    assert frame["topic_id"].tolist() == ["unknown_charge", "bill_amount", "case_progress"]


def test_only_topics_in_force_on_the_day_are_predicted(write_topic, read, snapshot, asked):
    write_topic()
    write_topic("bill_amount", approved_by="null")
    people = snapshot(a={"declines": 2})
    assert ask(read, people, asked())["topic_id"].tolist() == ["transfer_blocked"]
    assert ask(read, people, asked(), day=date(2027, 1, 1)).empty


def test_slots_hold_value_unit_and_currency_as_of_the_day(write_topic, read, snapshot, asked):
    write_topic(slots="{amount: owed, day: due_on, share: share}", version=7)
    person = {"declines": 2, "owed": 1234.5, "due_on": date(2026, 3, 5), "share": 0.25}
    frame = ask(read, snapshot(a=person), asked())
    assert json.loads(frame["slots"][0]) == {
        "amount": {"value": 1234.5, "unit": "money", "currency": "CNY"},
        "day": {"value": "2026-03-05", "unit": "day"},
        "share": {"value": 0.25, "unit": "ratio"},
    }
    assert frame["topic_version"].tolist() == [7]


def test_a_slot_is_left_out_where_its_value_or_its_condition_is_not_there(write_topic, read, snapshot, asked):
    write_topic(slots="{amount: {signal: owed, where: owed > 0}}")
    people = snapshot(a={"declines": 2, "owed": 0.0}, b={"declines": 2}, c={"declines": 2, "owed": 9.0})
    frame = ask(read, people, asked())
    assert [list(json.loads(slots)) for slots in frame["slots"]] == [[], [], ["amount"]]


def test_a_topic_that_one_channel_could_not_say_is_not_predicted(write_topic, read, snapshot, asked):
    write_topic(
        slots="{amount: owed, day: due_on}", en_wechat="You owe $amount.\n## en wechat without amount\nDue on $day."
    )
    people = snapshot(
        amount={"declines": 2, "owed": 5.0}, day={"declines": 2, "due_on": AS_OF}, neither={"declines": 2}
    )
    assert ask(read, people, asked())["customer_id"].tolist() == ["amount", "day"]


def test_a_quote_in_a_text_of_the_topic_is_no_sql(write_topic, read, snapshot, asked):
    write_topic(when="shop = 'O''Brien''s; drop table x'", family='"it\'s"')
    frame = ask(read, snapshot(a={"shop": "O'Brien's; drop table x"}, b={"shop": "O"}), asked())
    assert frame["customer_id"].tolist() == ["a"]


def test_a_bank_without_customers_or_contacts_gets_an_empty_list(write_topic, read, snapshot, asked):
    write_topic()
    frame = ask(read, snapshot(), asked())
    assert frame.empty
    assert frame["rank"].dtype == "int64"


def test_a_snapshot_without_a_signal_is_refused_by_name(write_topic, read, snapshot, asked):
    write_topic()
    with pytest.raises(Refusal, match="signal 'declines' of topic transfer_blocked is missing"):
        ask(read, snapshot(a={}).drop_columns(["declines"]), asked())


PERSON = st.fixed_dictionaries(
    {}, optional={"declines": st.integers(0, 4), "pending": st.integers(0, 2), "owed": st.floats(-10, 10, width=32)}
)
CONTACT = st.tuples(st.sampled_from(["due_date", "bill_amount", "prepay_loan"]), st.integers(1, 5), st.integers(0, 100))


@settings(
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # an example costs queries: shrinking would take minutes
)
@given(
    people=st.lists(
        st.tuples(PERSON, st.lists(CONTACT, max_size=3, unique_by=lambda row: row[0])), min_size=1, max_size=8
    ),
    seed=st.integers(0, 1000),
)
def test_the_order_of_rows_and_the_company_of_others_change_nothing(write_topic, read, snapshot, asked, people, seed):
    write_topic("due_date", when="declines >= 1", likelihood=0.3, family="bill")
    write_topic("bill_amount", when="pending >= 1", likelihood=0.3, family="bill")
    write_topic("prepay_loan", when="owed > 0", likelihood=0.4)
    named = {f"c{number}": person for number, (person, _) in enumerate(people)}
    contacts = [(f"c{number}", *row) for number, (_, rows) in enumerate(people) for row in rows]
    whole = ask(read, snapshot(**named), asked(*contacts))
    mixed = list(named)
    random.Random(seed).shuffle(mixed)
    random.Random(seed + 1).shuffle(contacts)
    again = ask(read, snapshot(**{name: named[name] for name in mixed}), asked(*contacts))
    pd.testing.assert_frame_equal(whole, again)
    alone = pd.concat([ask(read, snapshot(**{name: named[name]}), asked(*contacts)) for name in sorted(named)])
    pd.testing.assert_frame_equal(whole, alone.reset_index(drop=True))
    assert isinstance(snapshot(**named), pa.Table)
