"""The truth of the made bank: every cause leaves its trace, every rule has people it is for and people it is not."""

from __future__ import annotations

import duckdb
import pytest

from features.sources.simulated.world import read_world

Bank = duckdb.DuckDBPyConnection

RULES = [row["name"] for row in read_world()["care_rules"]]


def _one(truth: Bank, query: str) -> float:
    row = truth.execute(query).fetchone()
    assert row is not None
    return float(row[0])


def test_there_are_thirty_five_rules() -> None:
    assert len(set(RULES)) == len(RULES) == 35


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_customers_it_should_find_and_customers_it_should_not(truth: Bank, rule: str) -> None:
    told = f"SELECT count(DISTINCT customer_id) FROM truth_rules WHERE rule = '{rule}'"
    assert _one(truth, f"{told} AND expected") >= 3
    assert _one(truth, f"{told} AND NOT expected") >= 3


def test_what_is_expected_lies_within_the_period_and_after_sixty_days(truth: Bank) -> None:
    assert _one(truth, "SELECT count(*) FROM truth_rules WHERE from_on > to_on") == 0
    early = "SELECT count(*) FROM truth_rules JOIN customers USING (customer_id) WHERE from_on < opened_on + 60"
    assert _one(truth, early) == 0
    assert _one(truth, "SELECT count(*) FROM truth_rules WHERE to_on >= DATE '2026-07-01'") == 0


# What a bank sees between the first trace and the money's going: true for most with the cause, for few without one.
TRACES = {
    "service": """SELECT count(*) >= 2 FROM contacts WHERE kind = 'complaint' AND customer_id = p.customer_id
        AND ts >= p.exposed_on AND ts < p.leaves_on AND resolved_at IS NULL""",
    "salary": """SELECT coalesce(sum(-amount), 0) > 1000 FROM transactions WHERE customer_id = p.customer_id
        AND own_account AND counterparty_bank IS NOT NULL AND amount < -1000 AND ts >= p.exposed_on
        AND ts < p.leaves_on""",
    "offer": """SELECT count(*) >= 1 FROM contacts WHERE topic_id = 'deposit_rates' AND customer_id = p.customer_id
        AND ts >= p.exposed_on AND ts < p.leaves_on""",
    "drift": """SELECT count(*) FILTER (ts >= p.leaves_on - 30)
            < 0.6 * greatest(count(*) FILTER (ts < p.exposed_on + 5), 1) * 30 / 60
        FROM app_events WHERE customer_id = p.customer_id AND name = 'login' AND ts >= p.exposed_on - 55
            AND ts < p.leaves_on""",
}


@pytest.mark.parametrize("cause", TRACES)
def test_a_cause_leaves_its_trace_before_the_money_goes(truth: Bank, cause: str) -> None:
    within = "exposed_on > DATE '2025-03-15' AND leaves_on < DATE '2026-06-25'"
    shown = f"""SELECT avg((SELECT ({TRACES[cause]}))::INTEGER) FROM truth_customers AS p WHERE cause = '{cause}'
        AND {within}"""
    idle = f"""SELECT avg((SELECT ({TRACES[cause]}))::INTEGER) FROM (
        SELECT customer_id, DATE '2026-01-10' AS exposed_on, DATE '2026-03-20' AS leaves_on FROM truth_customers
        WHERE cause IS NULL ORDER BY hash(customer_id) LIMIT 120) AS p"""
    assert _one(truth, shown) > 0.6
    assert _one(truth, idle) < 0.5 * _one(truth, shown)


def test_some_leave_without_a_trace_and_some_stay_after_every_trace(truth: Bank) -> None:
    assert _one(truth, "SELECT count(*) FROM truth_customers WHERE cause = 'none' AND leaves") >= 10
    share = "SELECT avg((NOT leaves)::INTEGER) FROM truth_customers WHERE cause IN ('service', 'salary', 'drift')"
    assert 0.1 < _one(truth, share) < 0.35
    assert _one(truth, "SELECT count(*) FROM truth_customers WHERE leaves AND (back_on IS NOT NULL)") == 0


ASSETS = """SELECT sum(balance) FROM (SELECT arg_max(balance_after, (ts, transaction_id)) AS balance
    FROM transactions JOIN (SELECT DISTINCT account_id, product FROM accounts) USING (account_id)
    WHERE customer_id = p.customer_id AND product IN ('current', 'savings', 'term', 'wealth') AND status = 'booked'
        AND ts < {day} GROUP BY account_id)"""


def test_the_money_goes_before_the_account_is_closed(truth: Bank) -> None:
    left = f"""SELECT count(*), avg((after <= 0.15 * before)::INTEGER) FROM (
        SELECT ({ASSETS.format(day="p.exposed_on - 1")}) AS before, ({ASSETS.format(day="p.gone_on + 1")}) AS after
        FROM truth_customers AS p WHERE leaves AND exposed_on > DATE '2025-02-01' AND gone_on < DATE '2026-06-25')"""
    row = truth.execute(left).fetchone()
    assert row is not None
    assert row[0] > 100
    assert row[1] > 0.9
    early = """SELECT count(*) FROM accounts AS a JOIN truth_customers USING (customer_id)
        WHERE product IN ('savings', 'wealth') AND closed_on IS NOT NULL AND matures_on IS NULL
            AND (NOT leaves OR closed_on < gone_on)"""
    assert _one(truth, early) == 0
    assert _one(truth, early.replace("AND (NOT leaves OR closed_on < gone_on)", "")) > 20


def test_who_stays_after_all_has_the_money_back(truth: Bank) -> None:
    back = f"""SELECT avg((after >= 0.6 * before)::INTEGER) FROM (
        SELECT ({ASSETS.format(day="p.exposed_on - 1")}) AS before, ({ASSETS.format(day="p.back_on + 3")}) AS after
        FROM truth_customers AS p WHERE back_on < DATE '2026-06-25' AND exposed_on > DATE '2025-02-01')"""
    assert _one(truth, back) > 0.75


def test_each_customer_has_a_type_for_each_kind_of_care_and_every_type_occurs(truth: Bank) -> None:
    assert _one(truth, "SELECT count(*) FROM truth_care") == 3 * _one(truth, "SELECT count(*) FROM truth_customers")
    kinds = "SELECT count(DISTINCT type) FROM truth_care WHERE kind = 'retention'"
    assert _one(truth, kinds) == 4
    wrong = """SELECT count(*) FROM truth_care JOIN truth_customers USING (customer_id)
        WHERE (type IN ('persuadable', 'lost cause')) <> leaves"""
    assert _one(truth, wrong) == 0


def test_contacts_come_by_day_in_office_hours_and_more_often_on_working_days(truth: Bank) -> None:
    first = "(SELECT DISTINCT contact_id, ts FROM contacts)"
    assert _one(truth, f"SELECT avg((hour(ts) < 7)::INTEGER) FROM {first}") < 0.01
    busy = f"SELECT count(*) FILTER (hour(ts) = 10) / count(*) FILTER (hour(ts) = 21) FROM {first}"
    assert _one(truth, busy) > 1.3
    week = f"SELECT (count(*) FILTER (isodow(ts) <= 5) / 5) / (count(*) FILTER (isodow(ts) > 5) / 2) FROM {first}"
    assert _one(truth, week) > 1.2


def test_an_incident_makes_many_ask_about_its_topic_on_its_day(truth: Bank) -> None:
    asked = """SELECT count(DISTINCT contact_id) FROM contacts AS c JOIN incidents AS i ON c.topic_id = i.topic_id
        AND c.ts >= i.opened_at + INTERVAL {day} DAY AND c.ts < i.opened_at + INTERVAL {day} DAY + INTERVAL 12 HOUR"""
    assert _one(truth, asked.format(day=0)) > 4 * _one(truth, asked.format(day=9))


def test_texts_come_in_two_languages_in_many_wordings_with_slips(truth: Bank) -> None:
    texts = "(SELECT DISTINCT contact_id, topic_id, text FROM contacts)"
    chinese = f"SELECT avg(regexp_matches(text, '[一-鿿]')::INTEGER) FROM {texts}"
    assert 0.9 < _one(truth, chinese) < 1
    wordings = f"SELECT min(n) FROM (SELECT count(DISTINCT text) AS n FROM {texts} GROUP BY topic_id)"
    assert _one(truth, wordings) >= 15
