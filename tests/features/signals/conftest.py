"""Histories made by hand, as the engine would give them, and a naive oracle that says what their signals are."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest

from features.build import build_from
from features.contract import TABLES
from features.windows import Moment

BERLIN = ZoneInfo("Europe/Berlin")
TABLES_THERE = frozenset({"customers", "accounts", "transactions", "contacts"})
LONG_AGO = datetime(2000, 1, 1)  # noqa: DTZ001 - stored instants are UTC without a zone
ARROW = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "TIMESTAMP": pa.timestamp("us"),
    "DATE": pa.date32(),
    "INTEGER": pa.int32(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
}


def open_by_hand(rows, *, known_by, before):
    """A connection with a view for each table; rows: table -> list of dicts (known_at, superseded_at optional)."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET TimeZone = 'UTC'")
    for table in TABLES.values():
        names = {column.name: ARROW[column.kind.value] for column in table.columns}
        names |= {"event_at": ARROW["TIMESTAMP"], "known_at": ARROW["TIMESTAMP"], "superseded_at": ARROW["TIMESTAMP"]}
        found = [{"known_at": LONG_AGO, "event_at": row.get("ts"), **row} for row in rows.get(table.name, [])]
        columns = [pa.array([row.get(name) for row in found], type_) for name, type_ in names.items()]
        connection.register(f"all_{table.name}", pa.table(columns, names=list(names)))
        happened = f"AND event_at < TIMESTAMP '{before}'" if table.event == "ts" else ""
        connection.execute(f"""CREATE VIEW {table.name} AS SELECT * EXCLUDE (superseded_at) FROM all_{table.name}
            WHERE known_at <= TIMESTAMP '{known_by}'
            AND (superseded_at IS NULL OR superseded_at > TIMESTAMP '{known_by}') {happened}""")
    return connection


@pytest.fixture
def by_hand():
    """open_by_hand, as a fixture."""
    return open_by_hand


# --- the oracle: plain Python over rows, exact fractions, nothing shared with the product


def local(instant):
    return instant.replace(tzinfo=UTC).astimezone(BERLIN)


def utc(day):
    return datetime.combine(day, time(), BERLIN).astimezone(UTC).replace(tzinfo=None)


def as_known(rows, known):
    return [
        row
        for row in rows
        if row["known_at"] <= known and not (row.get("superseded_at") and row["superseded_at"] <= known)
    ]


def units(minor):
    return Fraction(minor, 100)


def oracle_events(rows, customer, as_of):
    """Every signal over transactions for one customer from the rows then known."""
    known = [row for row in as_known(rows, utc(as_of)) if row["customer_id"] == customer]

    def cut(days, until=0, *, booked=True):
        low, high = as_of - timedelta(days=days + until), as_of - timedelta(days=until)
        found = [row for row in known if low <= local(row["ts"]).date() < high]
        found = [row for row in found if (row["status"] == "booked") == booked]
        return sorted(found, key=lambda row: (row["ts"], row["transaction_id"]))

    def amounts(*args):
        return [units(row["amount"]) for row in cut(*args)]

    month = cut(30)
    times = [row["ts"] for row in month]
    gaps = [Fraction((b - a) // timedelta(microseconds=1), 86_400_000_000) for a, b in pairwise(times)]
    answers = {f"in_{days}d": sum(a for a in amounts(days) if a > 0) for days in (1, 7, 30)}
    answers |= {f"rows_{days}d": len(amounts(days)) for days in (7, 30)}
    for days in (7, 30):
        seen = [row["counterparty_id"] for row in cut(days) if row["counterparty_id"]]
        answers |= {f"parties_{days}d": len(set(seen)), f"repeats_{days}d": max(map(seen.count, seen), default=0)}
    gains = [row for row in cut(40) if row["amount"] > 0]
    app = [row["channel"] == "app" for row in month if row["channel"]]
    largest = max(month, key=lambda row: (row["amount"], row["ts"], row["transaction_id"]), default=None)
    return answers | {
        "small_30d": sum(Fraction(1, 100) <= a <= Fraction(9999, 100) for a in amounts(30)),
        "unbooked_30d": len(cut(30, booked=False)),
        "mean_30d": mean(amounts(30)),
        "earlier_30d": sum(amounts(30, 7)) if amounts(30, 7) else None,
        "least_30d": min(amounts(30), default=None),
        "most_7d": max(map(abs, amounts(7)), default=None),
        "first_30d": next(iter(amounts(30)), None),
        "last_30d": next(iter(amounts(30)[::-1]), None),
        "last_kind": next((row["kind"] for row in cut(40)[::-1]), None),
        "day_of_most": local(largest["ts"]).date() if largest else None,
        "std_30d": std(amounts(30)),
        "q90_30d": quantile(amounts(30), Fraction(9, 10)),
        "slope_30d": slope([(local(row["ts"]).date().toordinal(), units(row["amount"])) for row in month]),
        "gap_30d": mean(gaps),
        "gap_std_30d": std(gaps),
        "since": (as_of - local(gains[-1]["ts"]).date()).days if gains else None,
        "share_30d": mean([Fraction(flag) for flag in app]),
        "months_30d": len({(local(instant).year, local(instant).month) for instant in times}),
        "ratio": answers["in_7d"] / answers["in_30d"] if answers["in_30d"] else None,
    }


def mean(values):
    return sum(values) / Fraction(len(values)) if values else None


def std(values):
    if len(values) < 2:
        return None
    middle = mean(values)
    return math.sqrt(sum((value - middle) ** 2 for value in values) / (len(values) - 1))


def quantile(values, at):
    if not values:
        return None
    ordered, place = sorted(values), at * (len(values) - 1)
    low = math.floor(place)
    return ordered[low] + (ordered[min(low + 1, len(values) - 1)] - ordered[low]) * (place - low)


def slope(points):
    if not points:
        return None
    x, y = mean([Fraction(point[0]) for point in points]), mean([point[1] for point in points])
    below = sum((point[0] - x) ** 2 for point in points)
    return sum((point[0] - x) * (point[1] - y) for point in points) / below if below else None


def oracle_levels(rows, customer, as_of):
    """Every signal over levels: the customer's assets at the end of each day, then plain lists."""
    line = {}
    for back in range(75, 0, -1):
        day = as_of - timedelta(days=back)
        levels = [level_of(account, rows, day, as_of) for account in owned(rows, customer, as_of)]
        if any(level is not None for level in levels):
            line[day] = sum(level for level in levels if level is not None)

    def values(days, until=0):
        return [value for day, value in line.items() if days + until >= (as_of - day).days > until]

    return {
        "held_mean_7d": mean(values(7)),
        "held_mean_30d": mean(values(30)),
        "held_before_30d": mean(values(30, 7)),
        "held_min_30d": min(values(30), default=None),
        "held_max_30d": max(values(30), default=None),
        "held_last_7d": next(iter(values(7)[::-1]), None),
        "held_slope_30d": slope([(d.toordinal(), v) for d, v in line.items() if (as_of - d).days <= 30]),
        "held_now": line.get(as_of - timedelta(days=1)),
    }


def owned(rows, customer, as_of):
    there = [row for row in rows["accounts"] if row["customer_id"] == customer and row["opened_on"] < as_of]
    return [row for row in there if row["product"] in ("current", "savings")]


def level_of(account, rows, day, as_of):
    """One account at the end of a day: stated, else booked, else what it was before; None before the first."""
    name = account["account_id"]
    told = [
        (local(row["ts"]).date(), 0, row["ts"], row["transaction_id"], row["balance_after"])
        for row in as_known(rows["transactions"], utc(as_of))
        if row["account_id"] == name and row["status"] == "booked" and row["balance_after"] is not None
    ]
    told += [
        (row["day"], 1, utc(row["day"]), "", row["balance"]) for row in rows["balances"] if row["account_id"] == name
    ]
    told = [one for one in told if one[0] <= day]
    if not told:
        return None
    return Fraction(0) if account["closed_on"] and account["closed_on"] <= day else units(max(told)[-1])


def agrees(found, expected):
    if found is None or expected is None or isinstance(expected, str | date):
        return found == expected
    return math.isclose(found, float(expected), rel_tol=1e-9, abs_tol=1e-9)


@pytest.fixture
def differences():
    """(rows, as_of, catalogue) -> (customer, signal, found, expected) wherever builder and oracle disagree."""
    return _differences


def _differences(rows, as_of, catalogue):
    with open_by_hand(rows, known_by=utc(as_of), before=utc(as_of)) as history:
        built = build_from(history, TABLES_THERE, catalogue, Moment(as_of, BERLIN)).to_pylist()
    known = sorted(customer["customer_id"] for customer in rows["customers"] if customer["opened_on"] < as_of)
    assert [row["customer_id"] for row in built] == known
    wrong = []
    for row in built:
        name = row["customer_id"]
        expected = oracle_events(rows["transactions"], name, as_of) | oracle_levels(rows, name, as_of)
        assert set(expected) == set(catalogue.signals)
        wrong += [(name, k, row[k], v) for k, v in expected.items() if not agrees(row[k], v)]
    return wrong
