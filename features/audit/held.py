"""Levels held from day to day, as SQL: each account's end-of-day balances, a customer's total in stretches of days."""

from __future__ import annotations

from features.audit.measure import whole
from features.audit.question import Question
from features.audit.script import Script
from features.audit.tables import known
from features.audit.text import readable
from features.signal import Signal


def level_rows(script: Script, question: Question) -> str:
    """The step with a row an account and day: customer_id, account_id, product, day, balance, balance_minor."""
    accounts = known(script, question, "accounts", None)
    told = [_booked(script, question)] if "transactions" in question.tables.there else []
    told += [_stated(script, question)] if "balances" in question.tables.there else []
    each = "\n            UNION ALL ".join(f"SELECT account_id, day, level, stated FROM {one}" for one in told)
    script.step(
        "_levels_told",
        question.say("levels_told"),
        f"""
        SELECT a.customer_id, a.account_id, a.product, l.day, l.level,
            row_number() OVER (PARTITION BY a.account_id, l.day ORDER BY l.stated DESC) AS nth
        FROM (
            {each}
        ) AS l
        JOIN {accounts} AS a ON a.account_id = l.account_id AND l.day >= a.opened_on
            AND (a.closed_on IS NULL OR a.closed_on >= {question.today} OR l.day < a.closed_on)""",
    )
    return script.step(
        "_levels",
        question.say("levels"),
        f"""
        SELECT customer_id, account_id, product, day, level / 100 AS balance, level AS balance_minor
        FROM _levels_told WHERE nth = 1
        UNION ALL
        SELECT customer_id, account_id, product, closed_on, 0 / 100, 0
        FROM {accounts} AS a
        WHERE closed_on < {question.today}
          AND EXISTS (SELECT 1 FROM _levels_told AS l WHERE l.account_id = a.account_id)""",
    )


def _booked(script: Script, question: Question) -> str:
    transactions = known(script, question, "transactions", None)
    day = question.dialect.local_day("event_at", question.zone.key)
    return script.step(
        "_levels_booked",
        question.say("levels_booked"),
        f"""
        SELECT account_id, day, level, 0 AS stated FROM (
            SELECT account_id, {day} AS day, balance_after AS level,
                row_number() OVER (PARTITION BY account_id, {day} ORDER BY event_at DESC, transaction_id DESC) AS nth
            FROM {transactions}
            WHERE status = 'booked' AND balance_after IS NOT NULL
        ) AS t WHERE nth = 1""",
    )


def _stated(script: Script, question: Question) -> str:
    balances = known(script, question, "balances", None)
    return script.step(
        "_levels_stated",
        question.say("levels_stated"),
        f"SELECT account_id, day, balance AS level, 1 AS stated FROM {balances}",
    )


def account_balances(script: Script, question: Question) -> str:
    """The step with the last known level of each account: account_id, balance (minor units)."""
    return script.step(
        "_account_balances",
        question.say("account_balances"),
        f"""
        SELECT account_id, balance_minor AS balance FROM (
            SELECT account_id, balance_minor, row_number() OVER (PARTITION BY account_id ORDER BY day DESC) AS nth
            FROM {level_rows(script, question)}
        ) AS l WHERE nth = 1""",
    )


def segments(script: Script, question: Question, signal: Signal) -> str:
    """The step with the customer's total held over the days [day_from, day_to), for those days that are known."""
    levels = level_rows(script, question)
    kept = f"\n                    WHERE {readable(signal.where, question.dialect)}" if signal.where else ""
    exact = question.dialect.whole
    script.step(
        f"_steps_of_{signal.name}",
        question.say("steps", name=signal.name),
        f"""
        SELECT customer_id, day, sum(step) AS step FROM (
            SELECT customer_id, day,
                CAST(level AS {exact}) - coalesce(lag(level) OVER (PARTITION BY account_id ORDER BY day), 0) AS step
            FROM (SELECT customer_id, account_id, day, {whole(signal, question.dialect)} AS level
                    FROM {levels}{kept}) AS k
        ) AS s GROUP BY customer_id, day""",
    )
    return script.step(
        f"_segments_of_{signal.name}",
        question.say("segments", name=signal.name),
        f"""
        SELECT customer_id, day AS day_from, total,
            coalesce(lead(day) OVER (PARTITION BY customer_id ORDER BY day), {question.today}) AS day_to
        FROM (SELECT customer_id, day, sum(step) OVER (PARTITION BY customer_id ORDER BY day) AS total
              FROM _steps_of_{signal.name}) AS t""",
    )


def carried(script: Script, question: Question, signal: Signal) -> str:
    """A SELECT of customer_id and value: a carried signal over its segments, each day counted once."""
    first, end = (question.dialect.day(day) for day in question.window(signal))
    low = f"greatest(day_from, {first})"
    days = question.dialect.days_from(low, f"least(day_to, {end})")
    part = script.step(
        f"_days_of_{signal.name}",
        question.say("days", name=signal.name, first=question.window(signal)[0], end=question.window(signal)[1]),
        f"""
        SELECT customer_id, day_from, total, {days} AS days,
            {question.dialect.days_from(first, low)} AS since
        FROM {segments(script, question, signal)}
        WHERE day_to > {first} AND day_from < {end} AND {days} > 0""",
    )
    if signal.aggregate == "last":
        return f"""
        SELECT customer_id, CAST(total AS DOUBLE) / {signal.scale} AS value FROM (
            SELECT customer_id, total, row_number() OVER (PARTITION BY customer_id ORDER BY day_from DESC) AS nth
            FROM {part}
        ) AS d WHERE nth = 1"""
    return f"""
        SELECT customer_id, {_over_days(question, signal)} AS value
        FROM {part} GROUP BY customer_id"""


def _over_days(question: Question, signal: Signal) -> str:
    does, scale, exact = signal.aggregate, signal.scale, question.dialect.whole
    if does in ("min", "max"):
        return f"CAST({does}(total) AS DOUBLE) / {scale}"
    if does == "days_above":
        floor = round((signal.floor or 0) * scale)
        return f"CAST(coalesce(sum(CASE WHEN total >= {floor} THEN days END), 0) AS DOUBLE)"
    if does == "mean":
        return f"CAST(sum(total * days) AS DOUBLE) / (sum(days) * {scale})"
    # Sums over the days since .. since + days - 1 of each stretch: exact whole numbers, one quotient.
    n, first = f"CAST(days AS {exact})", f"CAST(since AS {exact})"
    some, squares = half(f"{n} * ({n} - 1)", question), half(f"{n} * ({n} - 1) * (2 * {n} - 1)", question, 6)
    x, xx = f"({n} * {first} + {some})", f"({n} * {first} * {first} + 2 * {first} * {some} + {squares})"
    count, sx, sxx, sy, sxy = f"sum({n})", f"sum({x})", f"sum({xx})", f"sum(total * {n})", f"sum(total * {x})"
    return f"""CAST({count} * {sxy} - {sx} * {sy} AS DOUBLE)
            / NULLIF(CAST({count} * {sxx} - {sx} * {sx} AS DOUBLE), 0) / {scale}"""


def half(product: str, question: Question, by: int = 2) -> str:
    """A whole number divided by one that divides it, still whole."""
    return (
        f"({product}) // {by}" if question.dialect.name == "duckdb" else f"CAST(({product}) / {by} AS DECIMAL(38, 0))"
    )
