"""Every aggregate over every table at several windows: the catalogue that builder and oracle are held against."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from tests.features.signals.folds import (
    burst,
    commonest,
    deviation,
    different,
    first,
    gaps,
    largest,
    last,
    least,
    mean,
    number,
    quantile,
    share,
    slope,
    streak,
    total,
)
from tests.features.signals.forms import (
    CLICKS,
    HOUR_US,
    SAID,
    SOME_DAY,
    TX,
    Case,
    above,
    amount,
    by,
    carded,
    column,
    credit,
    days_since,
    debit,
    debt,
    held,
    negative,
    owned,
    repeats,
    time_since,
    totals,
)
from tests.features.signals.oracle import DAY_US, micros, units, utc

ALL = ((1, 0), (7, 0), (30, 0))
EARLIER = ((30, 7),)
EVENTS = [
    Case("in_{w}d", TX, "sum: amount", "money", amount, total, ALL, "amount > 0", credit),
    Case("small_{w}d", TX, "count: transaction_id", "count", column("transaction_id"), number, ((30, 0),),
         "amount between 0.01 and 99.99", lambda row: 1 <= row["amount"] <= 9999),
    Case("rows_{w}d", TX, "count: transaction_id", "count", column("transaction_id"), number, ALL),
    Case("unbooked_{w}d", TX, "count: transaction_id", "count", column("transaction_id"), number, ((30, 0),),
         "status <> 'booked'", lambda row: row["status"] != "booked"),
    Case("mean_{w}d", TX, "mean: amount", "money", amount, mean, ((7, 0), (30, 0))),
    Case("earlier_{w}d", TX, "sum: amount", "money", amount, total, EARLIER, empty=None),
    Case("mean_or_0_{w}d", TX, "mean: balance_after", "money", lambda row: units(row["balance_after"]), mean, ALL,
         empty=0),
    Case("least_{w}d", TX, "min: amount", "money", amount, least),
    Case("most_{w}d", TX, "max: abs(amount)", "money", lambda row: abs(amount(row)), largest, ((7, 0),)),
    Case("first_day_{w}d", TX, "min: day", "day", column("day"), least),
    Case("first_{w}d", TX, "first: amount", "money", amount, first),
    Case("last_{w}d", TX, "last: -amount", "money", negative, last, ((1, 0), (30, 0))),
    Case("last_kind_{w}d", TX, "last: kind", "text", column("kind"), last, ((37, 0),)),
    Case("last_app_{w}d", TX, "last: channel = 'app'", "flag", lambda row: row["channel"] and row["channel"] == "app",
         last),
    Case("day_of_most_{w}d", TX, "last: day; by: amount", "day", lambda row: (row["amount"], row["day"]), by("", last)),
    Case("first_by_balance_{w}d", TX, "first: amount; by: balance_after", "money",
         lambda row: (row["balance_after"], amount(row)), by("", first)),
    Case("products_{w}d", TX, "distinct: product", "count", column("product"), different),
    Case("of_savings_{w}d", TX, "sum: amount", "money", amount, total, ALL, "product = 'savings'",
         lambda row: row["product"] == "savings"),
    Case("external_{w}d", TX, "sum: -amount", "money", negative, total, ALL, "amount < 0 and not internal",
         lambda row: debit(row) and not row["internal"]),
    Case("parties_{w}d", TX, "distinct: counterparty_id", "count", column("counterparty_id"), different, ALL),
    Case("parties_before_{w}d", TX, "distinct: counterparty_id", "count", column("counterparty_id"), different,
         EARLIER),
    Case("commonest_{w}d", TX, "most: counterparty_id", "count", column("counterparty_id"), commonest, ALL),
    Case("amounts_{w}d", TX, "distinct: amount", "count", amount, different),
    Case("months_{w}d", TX, "distinct: month", "count", lambda row: row["day"].replace(day=1), different),
    Case("std_{w}d", TX, "std: amount", "money", amount, deviation, ((7, 0), (30, 0))),
    Case("day_std_{w}d", TX, "std: day_of_month(day)", "days", lambda row: row["day"].day, deviation),
    Case("q90_{w}d", TX, "quantile: {of: amount, at: 0.9}", "money", amount, quantile(Fraction(9, 10))),
    Case("median_{w}d", TX, "quantile: {of: amount, at: 0.5}", "money", amount, quantile(Fraction(1, 2)), EARLIER),
    Case("slope_{w}d", TX, "slope: amount", "money", lambda row: (row["day"].toordinal(), amount(row)), slope),
    Case("slope_ts_{w}d", TX, "slope: balance_after; over: ts", "money",
         lambda row: (Fraction(micros(row["ts"] - utc(SOME_DAY)), DAY_US), units(row["balance_after"])), slope),
    Case("gap_{w}d", TX, "gap_mean: ts", "days", column("ts"), gaps(mean, DAY_US), ((7, 0), (30, 0))),
    Case("gap_hours_{w}d", TX, "gap_mean: ts", "hours", column("ts"), gaps(mean, HOUR_US), EARLIER),
    Case("gap_std_{w}d", TX, "gap_std: ts", "days", column("ts"), gaps(deviation, DAY_US)),
    Case("gap_std_hours_{w}d", TX, "gap_std: ts", "hours", column("ts"), gaps(deviation, HOUR_US), ((7, 0),)),
    Case("since_{w}d", TX, "days_since: ts", "days", None, days_since("ts"), ((37, 0),), "amount > 0", credit,
         whole=True),
    Case("time_since_{w}d", TX, "time_since: ts", "days", None, time_since("ts", DAY_US), ((37, 0),), whole=True),
    Case("hours_since_{w}d", TX, "time_since: ts", "hours", None, time_since("ts", HOUR_US), EARLIER, whole=True),
    Case("share_{w}d", TX, "share: channel = 'app'", "ratio", lambda row: row["channel"] and row["channel"] == "app",
         share),
    Case("doubled_{w}d", TX, "repeats: [counterparty_id, amount]; within: 24", "count", None,
         repeats(("counterparty_id", "amount"), 24), ALL, whole=True),
    Case("again_{w}d", TX, "repeats: counterparty_id; within: 0.5", "count", None, repeats(("counterparty_id",), 0.5),
         ((7, 0),), whole=True),
    Case("again_abroad_{w}d", TX, "repeats: [counterparty_id, kind, channel]; within: 168", "count", None,
         repeats(("counterparty_id", "kind", "channel"), 168), EARLIER, "amount < 0", debit, whole=True),
    Case("burst_{w}d", TX, "burst: transaction_id; within: 24", "count", column("ts"), burst(24), ALL),
    Case("burst_app_{w}d", TX, "burst: channel; within: 12", "count",
         lambda row: row["ts"] if row["channel"] else None, burst(12), EARLIER),
    Case("declined_in_a_row_{w}d", TX, "streak: status = 'declined'", "count",
         lambda row: row["status"] == "declined", streak, ALL, "status <> 'pending'",
         lambda row: row["status"] != "pending"),
    Case("by_app_in_a_row_{w}d", TX, "streak: channel = 'app'", "count",
         lambda row: None if row["channel"] is None else row["channel"] == "app", streak, EARLIER),
]  # fmt: skip
SERVICE = [
    Case("open_{w}d", SAID, "count: contact_id", "count", column("contact_id"), number, ALL, "resolved_at is null",
         lambda row: row["resolved_at"] is None),
    Case("asked_again_{w}d", SAID, "repeats: topic_id; within: 168", "count", None, repeats(("topic_id",), 168), ALL,
         whole=True),
    Case("one_topic_{w}d", SAID, "most: topic_id", "count", column("topic_id"), commonest),
    Case("last_csat_{w}d", SAID, "last: csat", "number", column("csat"), last),
    Case("csat_{w}d", SAID, "mean: csat", "number", column("csat"), mean),
    Case("settled_since_{w}d", SAID, "time_since: resolved_at", "hours", None, time_since("resolved_at", HOUR_US),
         ((30, 0),), whole=True),
    Case("settled_days_{w}d", SAID, "days_since: resolved_at", "days", None, days_since("resolved_at"), ((30, 0),),
         whole=True),
    Case("answer_hours_{w}d", SAID, "mean: 24 * days_between(ts, first_response_at)", "hours",
         lambda row: row["first_response_at"] and Fraction(micros(row["first_response_at"] - row["ts"]), HOUR_US),
         mean),
    Case("open_in_a_row_{w}d", SAID, "streak: resolved_at is null", "count",
         lambda row: row["resolved_at"] is None, streak),
    Case("failures_{w}d", CLICKS, "burst: event_id; within: 1", "count", column("ts"), burst(1), ALL,
         "name = 'login_failed'", lambda row: row["name"] == "login_failed"),
    Case("devices_{w}d", CLICKS, "distinct: detail", "count", column("detail"), different, EARLIER),
    Case("first_failed_{w}d", CLICKS, "first: name = 'login_failed'", "flag",
         lambda row: row["name"] == "login_failed", first),
]  # fmt: skip
LEVELS = [
    held("held_mean_{w}d", "mean: balance", totals(mean), ((7, 0), (30, 0))),
    held("held_before_{w}d", "mean: balance", totals(mean), EARLIER),
    held("held_min_{w}d", "min: balance", totals(least), ((1, 0), (30, 0))),
    held("held_max_{w}d", "max: balance", totals(largest)),
    held("held_last_{w}d", "last: balance", totals(last), ((7, 0),)),
    held("held_then_{w}d", "last: balance", totals(last), ((1, 14),)),
    held("held_slope_{w}d", "slope: balance", lambda line: slope([(day.toordinal(), value) for day, value in line])),
    held("idle_{w}d", "days_above: {of: balance, floor: 100}", above(100), ((7, 0), (30, 0)), "days"),
    held("idle_before_{w}d", "days_above: {of: balance, floor: 0.01}", above(Fraction(1, 100)), EARLIER, "days"),
    held("owed_mean_{w}d", "mean: greatest(-balance, 0)", totals(mean), counts=carded, measure=debt),
    held("owed_then_{w}d", "last: greatest(-balance, 0)", totals(last), ((1, 14),), counts=carded, measure=debt),
]
REGISTERS = [
    Case("held_now", "accounts", "sum: balance", "money", column("balance"), total, (),
         "product in ('current', 'savings')", owned, empty=None),
    Case("held_or_0", "accounts", "sum: balance", "money", column("balance"), total, ()),
    Case("open_accounts", "accounts", "count: account_id", "count", column("account_id"), number, (),
         "closed_on is null", lambda row: row["closed_on"] is None),
    Case("closed_share", "accounts", "share: closed_on is not null", "ratio",
         lambda row: row["closed_on"] is not None, share, ()),
    Case("kinds", "accounts", "distinct: product", "count", column("product"), different, ()),
    Case("richest", "accounts", "last: product; by: balance", "text", lambda row: (row["balance"], row["product"]),
         by("", last), ()),
    Case("oldest", "accounts", "first: opened_on", "day", column("opened_on"), first, ()),
    Case("next_due", "accounts", "min: next_due_on", "day", column("next_due_on"), least, ()),
    Case("middle", "accounts", "quantile: {of: balance, at: 0.5}", "money", column("balance"),
         quantile(Fraction(1, 2)), ()),
]  # fmt: skip
DERIVED = [
    Case("statements_{w}d", "statements", "count: day", "count", column("day"), number, ((1, 0), (30, 0), (90, 0))),
    Case("owed_{w}d", "statements", "last: owed", "money", column("owed"), last, ((31, 0),)),
    Case("unpaid_{w}d", "statements", "sum: greatest(owed - repaid, 0)", "money",
         lambda row: max(row["owed"] - row["repaid"], Fraction(0)), total, ((90, 0),)),
    Case("owed_median_{w}d", "statements", "quantile: {of: owed, at: 0.5}", "money", column("owed"),
         quantile(Fraction(1, 2)), ((60, 31),)),
    Case("due_{w}d", "statements", "last: due_on", "day", column("due_on"), last, ((31, 0),)),
    Case("minimum_{w}d", "statements", "streak: repaid <= 0.11 * owed", "count",
         lambda row: row["repaid"] <= Fraction(11, 100) * row["owed"], streak, ((90, 0),), "owed > 0",
         lambda row: row["owed"] > 0),
    Case("series_in", "series", "count: counterparty_id", "count", column("counterparty_id"), number, (),
         "direction = 'in'", lambda row: row["direction"] == "in"),
    Case("series_amount", "series", "last: amount; by: last_on", "money", lambda row: (row["last_on"], row["amount"]),
         by("", last), ()),
    Case("series_step", "series", "max: amount_before - amount", "money",
         lambda row: row["amount_before"] - row["amount"], largest, ()),
    Case("series_payments", "series", "sum: payments", "number", lambda row: Fraction(row["payments"]), total, ()),
    Case("series_rhythm", "series", "min: rhythm_days", "days", column("rhythm_days"), least, ()),
    Case("series_next", "series", "min: next_on", "day", column("next_on"), least, ()),
    Case("series_confidence", "series", "mean: confidence", "ratio",
         lambda row: Fraction(round(row["confidence"] * 10_000), 10_000), mean, ()),  # numbers have four decimals
    Case("series_before_due", "series", "sum: amount", "money", column("amount"), total, (),
         "next_on <= next_due_on",
         lambda row: row["next_due_on"] is not None and row["next_on"] <= row["next_due_on"]),
]  # fmt: skip
CASES = [*EVENTS, *SERVICE, *LEVELS, *REGISTERS, *DERIVED]
RATIO = """
- name: ratio
  expression: in_7d / in_30d
  unit: ratio
  zh: 比率
  en: ratio
- name: day_after
  expression: plus_days(next_due, rows_30d)
  unit: day
  zh: 之后
  en: day after
"""


def catalogue_text():
    """All of it as one file."""
    return "- defaults: {owner: tests}\n" + "\n".join(case.entry() for case in CASES) + RATIO


def expected(view):
    """{signal: (value, exact)} for one customer and day."""
    found = {name: (value, case.exact) for case in CASES for name, value in case.expected(view).items()}
    whole, due = found["in_30d"][0], found["next_due"][0]
    found["ratio"] = (Fraction(found["in_7d"][0]) / whole if whole else None, False)
    found["day_after"] = (due and due + timedelta(days=found["rows_30d"][0]), True)
    return found


def agrees(found, wanted, exact):
    """Equal; quotients to 1e-9; beyond 2^53 minor units doubles are too coarse for more than their own width."""
    if found is None or wanted is None or not isinstance(wanted, int | float | Fraction) or isinstance(wanted, bool):
        return found == wanted
    wanted = float(wanted)
    if exact and abs(wanted) < 9e13:
        return found == wanted
    return abs(found - wanted) <= 1e-9 * max(abs(wanted), abs(found), 1e-3)
