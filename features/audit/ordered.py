"""Aggregates that need the rows in order, or grouped twice: a SELECT of customer_id and value over counted rows."""

from __future__ import annotations

from features.audit.measure import measure_of
from features.audit.question import Question
from features.rows import ROWS
from features.signal import Signal

HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000


def _order(signal: Signal, *, backwards: bool = False) -> str:
    """The order of rows: time, then the table's key."""
    row = ROWS[str(signal.table)]
    columns = [*(["at_us"] if row.event else []), *(f"key{n}" for n in range(len(row.key)))]
    return ", ".join(f"{column} DESC" if backwards else column for column in columns)


def picked(question: Question, signal: Signal, rows: str) -> str:
    """first, last: the measure of one row, in order of `by` where there is one."""
    backwards = signal.aggregate == "last"
    by = ("by_ DESC, " if backwards else "by_, ") if signal.by else ""
    number = measure_of(signal).type == "number"
    value = f"CAST(measure AS DOUBLE) / {signal.scale}" if number else "measure"
    return f"""
        SELECT customer_id, {value} AS value FROM (
            SELECT customer_id, measure,
                row_number() OVER (PARTITION BY customer_id ORDER BY {by}{_order(signal, backwards=backwards)}) AS nth
            FROM {rows} WHERE measure IS NOT NULL
        ) AS r WHERE nth = 1"""


def most(question: Question, signal: Signal, rows: str) -> str:
    """The rows of the value that has most of them."""
    return f"""
        SELECT customer_id, CAST(max(n) AS DOUBLE) AS value FROM (
            SELECT customer_id, measure, count(measure) AS n FROM {rows} GROUP BY customer_id, measure
        ) AS r GROUP BY customer_id"""


def _spread(question: Question, values: str, over: int) -> str:
    """Standard deviation of the sample of whole numbers `d`: exact sums, one quotient, one root."""
    return f"""
        SELECT customer_id,
            sqrt(CAST(count(d) * sum(d * d) - sum(d) * sum(d) AS DOUBLE)
                / NULLIF(CAST(count(d) AS DOUBLE) * (count(d) - 1), 0)) / {over} AS value
        FROM (
            {values}
        ) AS r GROUP BY customer_id"""


def std(question: Question, signal: Signal, rows: str) -> str:
    """Standard deviation of the measures, taken from the smallest one."""
    exact = question.dialect.whole
    centred = f"CAST(measure - min(measure) OVER (PARTITION BY customer_id) AS {exact})"
    return _spread(question, f"SELECT customer_id, {centred} AS d FROM {rows}", signal.scale)


def gap_std(question: Question, signal: Signal, rows: str) -> str:
    """Standard deviation of the steps between measures in order."""
    at = question.dialect.micros("measure")
    step = f"{at} - lag({at}) OVER (PARTITION BY customer_id ORDER BY measure)"
    values = f"""SELECT customer_id, CAST({step} AS {question.dialect.whole}) AS d
            FROM {rows} WHERE measure IS NOT NULL"""
    return _spread(question, values, HOUR_US if signal.unit == "hours" else DAY_US)


def quantile(question: Question, signal: Signal, rows: str) -> str:
    """Between the two measures nearest to the place `at * (n - 1)`."""
    at = f"CAST({signal.at!r} AS DOUBLE)"
    return f"""
        SELECT customer_id,
            (max(low) + (max(high) - max(low)) * (max(place) - floor(max(place)))) / {signal.scale} AS value
        FROM (
            SELECT customer_id, place, CASE WHEN nth = floor(place) THEN measure END AS low,
                CASE WHEN nth = least(floor(place) + 1, n - 1) THEN measure END AS high
            FROM (
                SELECT customer_id, measure, n, {at} * (n - 1) AS place,
                    row_number() OVER (PARTITION BY customer_id ORDER BY measure) - 1 AS nth
                FROM (SELECT customer_id, measure, count(*) OVER (PARTITION BY customer_id) AS n
                      FROM {rows} WHERE measure IS NOT NULL) AS m
            ) AS p
        ) AS q GROUP BY customer_id"""


def slope(question: Question, signal: Signal, rows: str) -> str:
    """Least squares of the measure over time, per day: exact sums, one quotient."""
    exact = question.dialect.whole
    first = question.window(signal)[0]
    if signal.over == "ts":
        x = f"at_us - {question.dialect.micros(question.begins(first))}"
    else:
        x = question.dialect.days_from(question.dialect.day(first), "day_")
    times = f" * {DAY_US}" if signal.over == "ts" else ""
    return f"""
        SELECT customer_id, CAST(count(y) * sum(x * y) - sum(x) * sum(y) AS DOUBLE)
            / NULLIF(CAST(count(y) * sum(x * x) - sum(x) * sum(x) AS DOUBLE), 0){times} / {signal.scale} AS value
        FROM (SELECT customer_id, CAST({x} AS {exact}) AS x, CAST(measure AS {exact}) AS y
              FROM {rows} WHERE measure IS NOT NULL) AS r
        GROUP BY customer_id"""


def streak(question: Question, signal: Signal, rows: str) -> str:
    """From the newest row back, those that fulfil the condition, up to the first that does not."""
    return f"""
        SELECT customer_id,
            CAST(coalesce(min(CASE WHEN NOT holds THEN nth END) - 1, count(*)) AS DOUBLE) AS value
        FROM (
            SELECT customer_id, coalesce(measure, FALSE) AS holds,
                row_number() OVER (PARTITION BY customer_id ORDER BY {_order(signal, backwards=True)}) AS nth
            FROM {rows}
        ) AS r GROUP BY customer_id"""


def repeats(question: Question, signal: Signal, rows: str) -> str:
    """Rows of the window that came soon after the row before with the same values; that one may lie before it."""
    names = ["measure", *(f"other{n}" for n in range(len(signal.others)))]
    known = " AND ".join(f"{name} IS NOT NULL" for name in names)
    first, end = (question.dialect.micros(question.begins(day)) for day in question.window(signal))
    soon = f"at_us >= {first} AND at_us < {end} AND at_us - before <= {int((signal.within or 0) * HOUR_US)}"
    return f"""
        SELECT customer_id, CAST(count(CASE WHEN {soon} THEN 1 END) AS DOUBLE) AS value
        FROM (
            SELECT customer_id, at_us,
                lag(at_us) OVER (PARTITION BY customer_id, {", ".join(names)} ORDER BY {_order(signal)}) AS before
            FROM {rows} WHERE {known}
        ) AS r GROUP BY customer_id"""


def burst(question: Question, signal: Signal, rows: str) -> str:
    """The most rows in any stretch shorter than so many hours."""
    within = int((signal.within or 0) * HOUR_US) - 1
    return f"""
        SELECT customer_id, CAST(max(n) AS DOUBLE) AS value
        FROM (
            SELECT customer_id, count(*) OVER (PARTITION BY customer_id ORDER BY at_us
                RANGE BETWEEN {within} PRECEDING AND CURRENT ROW) AS n
            FROM {rows} WHERE measure IS NOT NULL
        ) AS r GROUP BY customer_id"""
