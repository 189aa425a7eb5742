"""Card statements, as SQL: what was owed at the end of the statement's day, what was repaid up to the due day."""

from __future__ import annotations

from datetime import date

from features.audit.held import level_rows
from features.audit.question import Question
from features.audit.script import Script
from features.audit.tables import known


def statement_rows(script: Script, question: Question, since: date) -> str:
    """The step with a row a credit card and statement whose day lies between `since` and as_of."""
    dated = _dated(script, question, since)
    owed, repaid = _owed(script, question, dated), _repaid(script, question, dated)
    return script.step(
        "_statements_rows",
        question.say("statements"),
        f"""
        SELECT d.customer_id, d.account_id, d.day, d.due_on, {question.today} AS as_of,
            o.owed / 100 AS owed, o.owed AS owed_minor,
            coalesce(r.repaid, 0) / 100 AS repaid, coalesce(r.repaid, 0) AS repaid_minor
        FROM {dated} AS d
        JOIN {owed} AS o ON o.account_id = d.account_id AND o.day = d.day
        LEFT JOIN {repaid} AS r ON r.account_id = d.account_id AND r.day = d.day""",
    )


def _dated(script: Script, question: Question, since: date) -> str:
    """Statement days, each with the first due day after it."""
    accounts, say = known(script, question, "accounts", None), question.dialect
    months = say.months(since, question.as_of)
    later = "CAST(date_trunc('month', {}) + INTERVAL '{}' MONTH AS DATE)"
    due = [
        f"least({say.plus_days(month, '(s.due_day - 1)')}, last_day({month}))"
        for month in (later.format("s.day", 0), later.format("s.day", 1))
    ]
    return script.step(
        "_statement_days",
        question.say("statement_days"),
        f"""
        SELECT s.customer_id, s.account_id, s.day,
            CASE WHEN s.due_day IS NULL THEN NULL WHEN {due[0]} > s.day THEN {due[0]} ELSE {due[1]} END AS due_on
        FROM (
            SELECT a.customer_id, a.account_id, a.opened_on, a.due_day,
                least({say.plus_days("m.month", "(a.statement_day - 1)")}, last_day(m.month)) AS day
            FROM {accounts} AS a CROSS JOIN {months} AS m
            WHERE a.product = 'credit_card' AND a.statement_day IS NOT NULL
              AND (a.closed_on IS NULL OR a.closed_on >= {question.today})
        ) AS s
        WHERE s.day >= {say.day(since)} AND s.day < {question.today} AND s.day >= s.opened_on
        """,
    )


def _owed(script: Script, question: Question, dated: str) -> str:
    return script.step(
        "_statement_owed",
        question.say("statement_owed"),
        f"""
        SELECT account_id, day, greatest(-balance_minor, 0) AS owed FROM (
            SELECT d.account_id, d.day, l.balance_minor,
                row_number() OVER (PARTITION BY d.account_id, d.day ORDER BY l.day DESC) AS nth
            FROM {dated} AS d
            JOIN {level_rows(script, question)} AS l ON l.account_id = d.account_id AND l.day <= d.day
        ) AS o WHERE nth = 1""",
    )


def _repaid(script: Script, question: Question, dated: str) -> str:
    transactions = known(script, question, "transactions", None)
    day = question.dialect.local_day("event_at", question.zone.key)
    return script.step(
        "_statement_repaid",
        question.say("statement_repaid"),
        f"""
        SELECT d.account_id, d.day, sum(t.amount) AS repaid
        FROM {dated} AS d
        JOIN (SELECT account_id, amount, {day} AS day FROM {transactions}
              WHERE status = 'booked' AND amount > 0) AS t
            ON t.account_id = d.account_id AND t.day > d.day AND (d.due_on IS NULL OR t.day <= d.due_on)
        GROUP BY d.account_id, d.day""",
    )
