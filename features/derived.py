"""Tables that nobody hands over: credit card statements, and recurring payments, made for one day of a build."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.arranging import arrange, codes
from features.arrow import to_arrow, to_numpy
from features.kernels.placing import find_edges
from features.kernels.series import find_series
from features.kernels.statements import settle
from features.kernels.values import number_values
from features.ledger import Ledger
from features.payments import AMOUNT, COUNTS, NAME, PAYEE
from features.relations import Source, day_of_month, next_due
from features.series import read_series_form
from features.windows import EPOCH_DAY, Edges, Ints, Timeline

SHORTEST_MONTH = 28


def statements(
    connection: duckdb.DuckDBPyConnection, source: Source, ledger: Ledger, customers: pa.Array, k: int, back: int
) -> pa.Table:
    """The statements of the `back` days before day k: customer_id, at_, account_id, day, due_on, owed, repaid.

    `source` answers day k alone; owed and repaid are minor units. A statement before the first known level is left out.
    """
    found = connection.execute(_cycles(source, back)).to_arrow_table()
    customer = codes(found.column("customer_id"), customers)
    on, to = (to_numpy(found.column(name).combine_chunks().cast(pa.int32())) for name in ("day", "to_day"))
    lane, units = ledger.lane, ledger.units
    unit = np.full(len(customers) + 1, -1, np.int64)  # the last place is nobody's
    mine = np.flatnonzero((units.k0 <= k) & (k < units.k1))
    unit[units.customer[mine]] = mine
    key = to_numpy(found.column("account_key").combine_chunks()).view(np.int64)
    known, level, repaid = settle(
        unit[customer], key, on.astype(np.int64), to.astype(np.int64), units.start, units.end, lane("account_key"),
        lane("day"), lane("what"), lane("level"), lane("told"), lane("credit"),
    )  # fmt: skip
    at = _midnights(on[known], source.timeline)
    told = found.select(["customer_id", "account_id", "day", "due_on"]).take(to_arrow(np.flatnonzero(known)))
    for name, values in (("owed", np.maximum(-level[known], 0)), ("repaid", repaid[known])):
        told = told.append_column(name, to_arrow(values))
    return told.append_column("at_", to_arrow(at, type_=pa.timestamp("us")))


def _midnights(days: npt.NDArray[np.int32], timeline: Timeline) -> Ints:
    once, where = np.unique(days, return_inverse=True)
    begins = [timeline.begins(EPOCH_DAY + timedelta(days=int(day))) for day in once]
    return np.array(begins, np.int64)[where] if len(once) else np.empty(0, np.int64)


def _cycles(source: Source, back: int) -> str:
    """A SELECT of each open card account and statement: day, due_on, and to_day, the last day whose payments count."""
    as_of = source.as_of
    months = ", ".join(f"({n})" for n in range(back // SHORTEST_MONTH + 2))
    month = f"CAST(date_trunc('month', {as_of}) - INTERVAL '1' MONTH * m.back AS DATE)"
    day = day_of_month("a.statement_day", month)
    due = [
        day_of_month("c.due_day", f"CAST(date_trunc('month', c.day) + INTERVAL '{n}' MONTH AS DATE)") for n in (0, 1)
    ]
    cards = f"""
        SELECT a.customer_id, a.account_id, a.opened_on, a.due_day, {day} AS day
        FROM {source.relations["accounts"]} AS a CROSS JOIN (VALUES {months}) AS m(back)
        WHERE a.{source.who} AND {source.known("accounts", "a")} AND a.product = 'credit_card'
            AND a.statement_day IS NOT NULL
            AND a.opened_on < {as_of} AND (a.closed_on IS NULL OR a.closed_on >= {as_of})"""
    dated = f"""
        SELECT c.customer_id, c.account_id, c.day, CASE WHEN {due[0]} > c.day THEN {due[0]} ELSE {due[1]} END AS due_on
        FROM ({cards}) AS c WHERE c.day < {as_of} AND c.day >= c.opened_on"""
    last = f"least(coalesce(d.due_on, {as_of} - 1), {as_of} - 1)"
    return f"""
        SELECT d.customer_id, d.account_id, hash(d.account_id) AS account_key, d.day, d.due_on, {last} AS to_day
        FROM ({dated}) AS d ORDER BY d.customer_id, d.day, d.account_id"""


def series(rows: pa.Table, timeline: Timeline, customers: pa.Array) -> list[pa.Table]:
    """For each day of the timeline the recurring payments that are found among `rows`, see features.series.

    customer_id, counterparty_id, direction, amount and amount_before (minor units), payments, rhythm_days, last_on,
    next_on, confidence. The rows are features.payments', as far back as the form says.
    """
    form = read_series_form()
    units, lanes = arrange(rows, customers, timeline, day=True)
    word, shift = lanes.bit(COUNTS)
    number = number_values(units.start, units.end, word, shift, lanes.columns[PAYEE])
    window = (form.look_back_days, 0)
    edges = Edges(timeline, [window])
    pos = find_edges(units.start, units.end, lanes.columns["ts"], edges.instants, edges.places)
    low, high = edges.of([window])
    whole, confidence = find_series(
        *units, pos, low[0], high[0], number, lanes.columns["day"], lanes.columns[AMOUNT], timeline.numbers,
        form.min_days, form.tolerance_days, form.min_rhythm_days, form.max_rhythm_days, form.min_confidence,
        form.grace_days,
    )  # fmt: skip
    who, when, row, payments, rhythm, next_on, before = whole
    last = lanes.columns[AMOUNT][row]
    found = pa.table(
        {
            "customer_id": customers.take(to_arrow(who.copy())),
            "counterparty_id": lanes.texts[NAME].take(to_arrow(lanes.arrived[row])),
            "direction": pa.array(["out", "in"]).take(to_arrow((last > 0).astype(np.int64))),
            "amount": to_arrow(last),
            "amount_before": to_arrow(before.copy()),
            "payments": to_arrow(payments.copy()),
            "rhythm_days": to_arrow(rhythm.copy()),
            "last_on": to_arrow(lanes.columns["day"][row].astype(np.int32), type_=pa.date32()),
            "next_on": to_arrow(next_on.astype(np.int32), type_=pa.date32()),
            "confidence": to_arrow(confidence.copy()),
        }
    )
    return [found.take(to_arrow(np.flatnonzero(when == k))) for k in range(len(timeline.days))]


def first_dues(source: Source) -> str:
    """A SELECT of customer_id and next_due_on, the earliest of the accounts that the source's one day knows."""
    as_of = source.as_of
    return f"""SELECT a.customer_id, min({next_due("a", as_of)}) AS next_due_on FROM {source.relations["accounts"]} AS a
        WHERE a.{source.who} AND {source.known("accounts", "a")} AND a.opened_on < {as_of} GROUP BY a.customer_id"""
