"""The builder against the oracle of conftest.py, over generated histories and at the edges of windows."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.build import build_from
from features.catalogue import read_catalogue, read_folders
from features.windows import Moment

BERLIN = ZoneInfo("Europe/Berlin")  # the oracle's zone
DAYS = (date(2026, 3, 30), date(2026, 10, 26), date(2026, 7, 1))  # the days after the clocks change, and a plain one
TABLES = frozenset({"customers", "accounts", "transactions", "contacts"})
CATALOGUE = """
- defaults: {owner: tests}
"""
SIGNALS = {  # name: (fields of the entry, unit)
    "in_{w}d": ("windows: [1, 7, 30], sum: amount, where: amount > 0", "money"),
    "small_{w}d": ("windows: [30], count: transaction_id, where: amount between 0.01 and 99.99", "count"),
    "rows_{w}d": ("windows: [7, 30], count: transaction_id", "count"),
    "unbooked_{w}d": ("windows: [30], count: transaction_id, where: status <> 'booked'", "count"),
    "mean_{w}d": ("windows: [30], mean: amount", "money"),
    "earlier_{w}d": ("windows: [30], until: 7, sum: amount, empty: null", "money"),
    "least_{w}d": ("windows: [30], min: amount", "money"),
    "most_{w}d": ("windows: [7], max: abs(amount)", "money"),
    "first_{w}d": ("windows: [30], first: amount", "money"),
    "last_{w}d": ("windows: [30], last: amount", "money"),
    "last_kind": ("look_back: 40, last: kind", "text"),
    "day_of_most": ("look_back: 30, last: day, by: amount", "day"),
    "parties_{w}d": ("windows: [7, 30], distinct: counterparty_id", "count"),
    "repeats_{w}d": ("windows: [7, 30], most: counterparty_id", "count"),
    "std_{w}d": ("windows: [30], std: amount", "money"),
    "q90_{w}d": ("windows: [30], quantile: {of: amount, at: 0.9}", "money"),
    "slope_{w}d": ("windows: [30], slope: amount", "money"),
    "gap_{w}d": ("windows: [30], gap_mean: ts", "days"),
    "gap_std_{w}d": ("windows: [30], gap_std: ts", "days"),
    "since": ("look_back: 40, days_since: ts, where: amount > 0", "days"),
    "share_{w}d": ("windows: [30], share: channel = 'app'", "ratio"),
    "months_{w}d": ("windows: [30], distinct: month", "count"),
}
HELD = {
    "held_mean_{w}d": ("windows: [7, 30], mean: balance", 0),
    "held_before_{w}d": ("windows: [30], until: 7, mean: balance", 7),
    "held_min_{w}d": ("windows: [30], min: balance", 0),
    "held_max_{w}d": ("windows: [30], max: balance", 0),
    "held_last_{w}d": ("windows: [7], last: balance", 0),
    "held_slope_{w}d": ("windows: [30], slope: balance", 0),
}
OWNED = "product in ('current', 'savings')"


def entry(name, fields, table, unit, where=""):
    said = [f"- name: {name}", f"from: {table}", *_split(fields), f"unit: {unit}", "zh: 测试", "en: test"]
    return "\n  ".join([*said, *([f"where: {where}"] if where else [])])


def _split(fields):
    """`a: [1, 2], b: c` as one field a line; commas inside brackets stay."""
    parts, depth = [""], 0
    for letter in fields:
        depth += letter in "[{(" or -(letter in ")}]")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signals")
    entries = [entry(name, fields, "transactions", unit) for name, (fields, unit) in SIGNALS.items()]
    entries += [
        entry(name, f"{fields}, carry: account_id", "balances", "money", OWNED) for name, (fields, _) in HELD.items()
    ]
    entries.append(entry("held_now", "sum: balance", "accounts", "money", OWNED).replace("sum", "empty: null\n  sum"))
    entries.append("- name: ratio\n  expression: in_7d / in_30d\n  unit: ratio\n  zh: 比率\n  en: ratio")
    (folder / "tests.yaml").write_text(CATALOGUE + "\n".join(entries), encoding="utf-8")
    return read_folders([folder])


def utc(day, *, micros=0):
    return datetime.combine(day, time(), BERLIN).astimezone(UTC).replace(tzinfo=None) + timedelta(microseconds=micros)


# --- histories ------------------------------------------------------------------------------------------------------

ACCOUNTS = {"A1": ("A", "current"), "A2": ("A", "savings"), "A3": ("A", "credit_card"), "B1": ("B", "current")}
# Few days and few moments in them: rows meet at edges, at one instant, and on the day of a stated balance or a closing.
NEAR = st.sampled_from((1, 2, 7, 8, 30, 37, 40))
MOMENTS = st.tuples(NEAR | st.sampled_from((0, -2)), st.sampled_from((0, 0, -1, 1, 43_200_000_000)))
ANYWHERE = st.tuples(st.integers(-2, 45), st.integers(0, 85_000_000_000))
AMOUNTS = st.sampled_from((1, 100, 9999, 10_000, -1, -5000, 33, 10**13 + 7)) | st.integers(-(10**9), 10**9)


@st.composite
def transactions(draw, as_of):
    rows = []
    for number in range(draw(st.integers(0, 20))):
        days, micros = draw(MOMENTS | MOMENTS | ANYWHERE)
        account = draw(st.sampled_from(("A1", "A1", "A2", "A3", "B1") if number else tuple(ACCOUNTS)))
        row = {
            "transaction_id": f"T{draw(st.integers(0, 9))}-{number}",
            "account_id": account, "customer_id": ACCOUNTS[account][0],
            "ts": utc(as_of - timedelta(days=days), micros=micros), "amount": draw(AMOUNTS),
            "balance_after": draw(st.integers(-(10**6), 10**12) | st.sampled_from((None, 0))),
            "kind": draw(st.sampled_from(("card", "salary", "transfer"))),
            "channel": draw(st.sampled_from(("app", "pos", None))),
            "status": draw(st.sampled_from(("booked", "booked", "booked", "declined"))),
            "counterparty_id": draw(st.sampled_from(("x", "y", None))),
        }  # fmt: skip
        row["known_at"] = row["ts"] + timedelta(days=draw(st.sampled_from((0, 0, 0, 1, 20))))
        rows.append(row)
        if draw(st.integers(0, 3)) == 0:  # the bank corrects it later
            row["superseded_at"] = row["known_at"] + timedelta(days=draw(st.integers(1, 30)))
            rows.append({**row, "amount": draw(AMOUNTS), "known_at": row["superseded_at"], "superseded_at": None})
    return rows


@st.composite
def histories(draw):
    as_of = draw(st.sampled_from(DAYS))
    customers = [{"customer_id": c, "opened_on": as_of - timedelta(days=d)} for c, d in (("A", 90), ("B", 1), ("C", 0))]
    closed = draw(st.none() | NEAR | st.just(-2))
    opened = {"A2": draw(st.sampled_from((80, 80, 1, 0)))}  # days ago: 0 is not open yet, whatever moved on it
    accounts = [
        {"account_id": a, "customer_id": c, "product": p, "currency": "CNY",
         "opened_on": as_of - timedelta(days=opened.get(a, 80)),
         "closed_on": as_of - timedelta(days=closed) if closed is not None and a == "A2" else None}
        for a, (c, p) in ACCOUNTS.items()
    ]  # fmt: skip
    stated = draw(
        st.dictionaries(st.tuples(st.sampled_from(("A1", "A2")), NEAR | st.integers(1, 60)), AMOUNTS, max_size=4)
    )
    balances = [
        {"account_id": a, "customer_id": "A", "day": as_of - timedelta(days=d), "balance": v}
        for (a, d), v in stated.items()
    ]
    rows = draw(transactions(as_of))
    return as_of, {"customers": customers, "accounts": accounts, "transactions": rows, "balances": balances}


def at_every_edge(as_of):
    """One credit a microsecond before, at, and after every midnight where a window begins or ends."""
    rows = [
        {"transaction_id": f"T{days}{micros}", "account_id": "A1", "customer_id": "A", "kind": "card",
         "status": "booked", "ts": utc(as_of - timedelta(days=days), micros=micros), "balance_after": None,
         "amount": 1000 + 100 * days + micros, "channel": None, "counterparty_id": None,
         "known_at": utc(as_of - timedelta(days=99))}
        for days in (0, 1, 7, 30, 37, 40) for micros in (-1, 0, 1)
    ]  # fmt: skip
    opened = {"customer_id": "A", "opened_on": as_of - timedelta(days=90)}
    customers, accounts = [opened], [{**opened, "account_id": "A1", "product": "current", "closed_on": None}]
    return {"customers": customers, "accounts": accounts, "transactions": rows, "balances": []}


def at_one_instant(as_of):
    """Five bookings at one instant, delivered out of order, on a day whose balance the bank also states."""
    rows = at_every_edge(as_of)
    (one, *_), day = rows["transactions"], as_of - timedelta(days=3)
    rows["transactions"] = [
        {**one, "transaction_id": f"T{number}", "ts": utc(day), "amount": 10**number, "balance_after": 7 * 10**number}
        for number in (3, 5, 1, 4, 2)
    ]
    rows["balances"] = [{"account_id": "A1", "customer_id": "A", "day": day, "balance": 123}]
    return rows


SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@SETTINGS
@given(found=histories())
def test_builder_and_oracle_agree_on_any_history(found, catalogue, differences):
    as_of, rows = found
    assert differences(rows, as_of, catalogue) == []


@pytest.mark.parametrize("as_of", DAYS)
def test_a_row_at_the_edge_of_a_window_falls_on_the_right_side(as_of, catalogue, differences):
    assert differences(at_every_edge(as_of), as_of, catalogue) == []


@pytest.mark.parametrize("stated", [True, False])
def test_rows_at_one_instant_follow_each_other_by_their_key(stated, catalogue, differences):
    rows = at_one_instant(DAYS[2])
    assert differences(rows if stated else {**rows, "balances": []}, DAYS[2], catalogue) == []


@pytest.mark.parametrize(("right", "wrong"), [(" < ", " <= "), (">=", ">")])
def test_an_off_by_one_in_a_window_would_be_seen(right, wrong, catalogue, differences, monkeypatch):
    inside = Moment.inside
    monkeypatch.setattr(Moment, "inside", lambda self, window: inside(self, window).replace(right, wrong))
    rows = at_every_edge(DAYS[0])
    assert {name for _, name, _, _ in differences(rows, DAYS[0], catalogue)} >= {"earlier_30d"}


@settings(SETTINGS, max_examples=6)
@given(found=histories(), extra=st.data())
def test_what_happens_or_is_learned_later_changes_no_signal(found, extra, by_hand):
    as_of, rows = found
    full, edge = read_catalogue(), utc(as_of)
    later = []
    for row in extra.draw(transactions(as_of)):
        learned = max(row["known_at"], edge + timedelta(microseconds=1))
        late = {**row, "transaction_id": f"L{row['transaction_id']}", "known_at": learned, "superseded_at": None}
        ahead = {**row, "transaction_id": f"F{row['transaction_id']}", "ts": max(row["ts"], edge), "known_at": edge}
        later += [late, {**ahead, "superseded_at": None}]
    ahead_balance = {"account_id": "A1", "customer_id": "A", "day": as_of, "balance": 10**12}
    after = {**rows, "transactions": rows["transactions"] + later, "balances": [*rows["balances"], ahead_balance]}
    tables = []
    for history in (rows, after):
        with by_hand(history, known_by=edge, before=edge) as connection:
            tables.append(build_from(connection, TABLES, full, Moment(as_of, BERLIN)))
    assert tables[0].num_rows == 2
    assert tables[0].equals(tables[1])
