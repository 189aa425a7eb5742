"""Recurring payments, as SQL: gaps between payment days, their rhythm, and which of them are still alive."""

from __future__ import annotations

from features.audit.question import Question
from features.audit.script import Script
from features.audit.tables import known
from features.series import read_series_form

_WHO = "customer_id, counterparty_id, direction"


def series_rows(script: Script, question: Question) -> str:
    """The step with a row a recurring payment; the numbers are those of features.series."""
    form, say = read_series_form(), question.dialect
    rhythm, amounts = _rhythm(script, question), _amounts(script, question)
    due = _first_due(script, question)
    alive = say.day(question.back(form.grace_days))
    next_on = say.plus_days("r.last_on", "CAST(r.rhythm_days AS INTEGER)")
    return script.step(
        "_series_rows",
        question.say("series", grace=form.grace_days),
        f"""
        SELECT r.customer_id, r.counterparty_id, r.direction, {question.today} AS as_of,
            p.amount / 100 AS amount, p.amount AS amount_minor,
            p.amount_before / 100 AS amount_before, p.amount_before AS amount_before_minor,
            CAST(p.payments AS DOUBLE) AS payments, CAST(r.rhythm_days AS DOUBLE) AS rhythm_days,
            r.last_on, {next_on} AS next_on, r.confidence, d.next_due_on
        FROM {rhythm} AS r
        JOIN {amounts} AS p ON p.customer_id = r.customer_id AND p.counterparty_id = r.counterparty_id
            AND p.direction = r.direction
        LEFT JOIN {due} AS d ON d.customer_id = r.customer_id
        WHERE {next_on} >= {alive}""",
    )


def _payments(script: Script, question: Question) -> str:
    form = read_series_form()
    first = question.back(form.look_back_days)
    transactions = known(script, question, "transactions", first)
    return script.step(
        "_payments",
        question.say("payments", days=form.look_back_days),
        f"""
        SELECT customer_id, counterparty_id, CASE WHEN amount > 0 THEN 'in' ELSE 'out' END AS direction,
            event_at, transaction_id, amount, {question.dialect.local_day("event_at", question.zone.key)} AS day
        FROM {transactions}
        WHERE status = 'booked' AND counterparty_id IS NOT NULL AND amount <> 0
          AND NOT (coalesce(own_account, FALSE) AND counterparty_bank IS NULL)
          AND event_at >= {question.begins(first)}""",
    )


def _rhythm(script: Script, question: Question) -> str:
    """The step with customer_id, counterparty_id, direction, rhythm_days, last_on, confidence."""
    form, payments = read_series_form(), _payments(script, question)
    gap = question.dialect.days_from(f"lag(day) OVER (PARTITION BY {_WHO} ORDER BY day)", "day")
    script.step(
        "_payment_gaps",
        question.say("payment_gaps"),
        f"""
        SELECT {_WHO}, day, {gap} AS gap
        FROM (SELECT DISTINCT {_WHO}, day FROM {payments}) AS d""",
    )
    script.step(
        "_payment_rhythms",
        question.say("payment_rhythms"),
        f"""
        SELECT {_WHO}, max(CASE WHEN 2 * nth IN (n, n + 1) THEN gap END) AS rhythm_days FROM (
            SELECT {_WHO}, gap, count(*) OVER (PARTITION BY {_WHO}) AS n,
                row_number() OVER (PARTITION BY {_WHO} ORDER BY gap) AS nth
            FROM _payment_gaps WHERE gap IS NOT NULL
        ) AS g GROUP BY {_WHO}""",
    )
    near = f"abs(g.gap - r.rhythm_days) <= {form.tolerance_days}"
    return script.step(
        "_rhythms",
        question.say("rhythms", days=form.min_days, low=form.min_rhythm_days, high=form.max_rhythm_days,
                     tolerance=form.tolerance_days, share=form.min_confidence),
        f"""
        SELECT * FROM (
            SELECT g.customer_id, g.counterparty_id, g.direction, r.rhythm_days, max(g.day) AS last_on,
                count(*) AS days, CAST(count(CASE WHEN {near} THEN 1 END) AS DOUBLE) / count(g.gap) AS confidence
            FROM _payment_gaps AS g
            JOIN _payment_rhythms AS r ON r.customer_id = g.customer_id AND r.counterparty_id = g.counterparty_id
                AND r.direction = g.direction
            GROUP BY g.customer_id, g.counterparty_id, g.direction, r.rhythm_days
        ) AS s
        WHERE days >= {form.min_days} AND confidence >= {form.min_confidence}
          AND rhythm_days BETWEEN {form.min_rhythm_days} AND {form.max_rhythm_days}""",
    )  # fmt: skip


def _amounts(script: Script, question: Question) -> str:
    """The step with the last amount and the lower median of those before."""
    payments = _payments(script, question)
    script.step(
        "_payments_numbered",
        question.say("payments_numbered"),
        f"""
        SELECT {_WHO}, amount, count(*) OVER (PARTITION BY {_WHO}) AS n,
            row_number() OVER (PARTITION BY {_WHO} ORDER BY event_at DESC, transaction_id DESC) AS newest
        FROM {payments}""",
    )
    return script.step(
        "_payment_amounts",
        question.say("payment_amounts"),
        f"""
        SELECT {_WHO}, max(n) AS payments, max(CASE WHEN newest = 1 THEN amount END) AS amount,
            max(CASE WHEN newest > 1 AND 2 * nth IN (n - 1, n) THEN amount END) AS amount_before
        FROM (
            SELECT *, CASE WHEN newest > 1 THEN
                row_number() OVER (PARTITION BY {_WHO}, newest = 1 ORDER BY amount) END AS nth
            FROM _payments_numbered
        ) AS p GROUP BY {_WHO}""",
    )


def _first_due(script: Script, question: Question) -> str:
    from features.audit.rows import next_due

    accounts = known(script, question, "accounts", None)
    return script.step(
        "_first_due",
        question.say("first_due"),
        f"""
        SELECT customer_id, min({next_due(question, "due_day")}) AS next_due_on
        FROM {accounts}
        WHERE opened_on < {question.today}
        GROUP BY customer_id""",
    )
