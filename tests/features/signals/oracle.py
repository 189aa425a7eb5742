"""What signals are, said again in plain Python: rows, days, exact fractions. Nothing is shared with the product."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
DAY_US = 86_400_000_000
KEYS = {"transactions": "transaction_id", "contacts": "contact_id", "app_events": "event_id"}
SERIES = {"look_back": 180, "days": 3, "tolerance": 4, "shortest": 6, "longest": 100, "confidence": 0.6, "grace": 10}


def local_day(instant):
    return instant.replace(tzinfo=UTC).astimezone(BERLIN).date()


def utc(day, micros=0):
    """Where a day begins in Berlin, as instants are stored."""
    return datetime.combine(day, time(), BERLIN).astimezone(UTC).replace(tzinfo=None) + timedelta(microseconds=micros)


def days_before(day, count):
    return day - timedelta(days=count)


def micros(span):
    return span // timedelta(microseconds=1)


def units(minor):
    return None if minor is None else Fraction(minor, 100)


@dataclass
class View:
    """What the bank saw of one customer at the beginning of `day`, from rows known by the beginning of `known`."""

    rows: dict
    customer: str
    day: date
    known: date
    memory: dict = field(default_factory=dict)

    def seen(self, table):
        """The versions then known of the customer's rows; those of accounts whoever they belong to."""
        edge = utc(self.known)
        found = [row for row in self.rows.get(table, []) if row["known_at"] <= edge]
        found = [row for row in found if not row.get("superseded_at") or row["superseded_at"] > edge]
        return [row for row in found if row["customer_id"] == self.customer]

    def passed(self, instant):
        return instant if instant is not None and instant < utc(self.day) else None

    def events(self, table):
        """Rows before the day in the order of time, then key; what they say of later moments is not known yet."""
        if table not in self.memory:
            accounts = {row["account_id"]: row for row in self.seen("accounts")}
            rows = [dict(row) for row in self.seen(table) if row["ts"] < utc(self.day)]
            for row in rows:
                row["day"] = local_day(row["ts"])
                row["product"] = accounts.get(row.get("account_id"), {}).get("product")
                row["internal"] = bool(row.get("own_account")) and row.get("counterparty_bank") is None
                for name in ("first_response_at", "resolved_at"):
                    row[name] = self.passed(row.get(name))
            self.memory[table] = sorted(rows, key=lambda row: (row["ts"], row[KEYS[table]]))
        return self.memory[table]

    def accounts(self):
        """The register: accounts opened before the day, a closing that lies ahead not known yet."""
        found = [dict(row) for row in self.seen("accounts") if row["opened_on"] < self.day]
        for row in found:
            row["closed_on"] = row["closed_on"] if row.get("closed_on") and row["closed_on"] < self.day else None
            row["balance"] = self.level(row, days_before(self.day, 1))
            row["next_due_on"] = next_day_of(row.get("due_day"), self.day)
        return sorted(found, key=lambda row: row["account_id"])

    def told(self, account):
        """The account's levels in order: a day's own statement by the bank after all that was booked on it."""
        if ("told", account["account_id"]) in self.memory:
            return self.memory["told", account["account_id"]]
        booked = [row for row in self.events("transactions") if row["account_id"] == account["account_id"]]
        found = [
            (row["day"], 0, row["ts"], row["transaction_id"], row["balance_after"])
            for row in booked
            if row["status"] == "booked" and row.get("balance_after") is not None
        ]
        stated = [row for row in self.seen("balances") if row["account_id"] == account["account_id"]]
        found += [(row["day"], 1, utc(row["day"]), "", row["balance"]) for row in stated if row["day"] < self.day]
        line = self.memory["told", account["account_id"]] = sorted(
            one for one in found if account["opened_on"] <= one[0]
        )
        return line

    def level(self, account, day):
        """At the end of a day, in currency units; None before the first, 0 from the closing on."""
        closed = account.get("closed_on")
        closed = closed if closed and closed < self.day else None
        line = [one for one in self.told(account) if closed is None or one[0] < closed]
        line = [one for one in line if one[0] <= day]
        if not line:
            return None
        return Fraction(0) if closed and closed <= day else units(line[-1][-1])

    def totals(self, counts, measure):
        """(day, the customer's total) of every day before this one with a known level, of the newest 100."""
        line, accounts = [], self.accounts()
        for back in range(100, 0, -1):
            day = days_before(self.day, back)
            held = [self.level(row, day) for row in accounts if counts(row)]
            if any(one is not None for one in held):
                line.append((day, sum(measure(one) for one in held if one is not None)))
        return line

    def statements(self):
        """One row a credit card account and statement."""
        found = []
        for row in self.accounts():
            if row["product"] == "credit_card" and row.get("statement_day") and not row["closed_on"]:
                found += [one for back in range(1, 130) if (one := self.statement(row, days_before(self.day, back)))]
        return sorted(found, key=lambda one: (one["day"], one["account_id"]))

    def statement(self, account, day):
        level = self.level(account, day)
        if day < account["opened_on"] or next_day_of(account["statement_day"], day) != day or level is None:
            return None
        due = next_day_of(account.get("due_day"), day + timedelta(days=1))
        last = days_before(self.day, 1) if due is None else min(due, days_before(self.day, 1))
        paid = [
            units(row["amount"])
            for row in self.events("transactions")
            if row["account_id"] == account["account_id"] and row["status"] == "booked" and day < row["day"] <= last
        ]
        repaid = sum((amount for amount in paid if amount > 0), Fraction(0))
        one = {"account_id": account["account_id"], "day": day, "due_on": due, "owed": max(-level, Fraction(0))}
        return one | {"repaid": repaid}

    def series(self):
        """One row a recurring payment."""
        groups = {}
        for row in self.events("transactions"):
            counts = row["status"] == "booked" and not row["internal"] and row.get("counterparty_id")
            if counts and row["amount"] and row["day"] >= days_before(self.day, SERIES["look_back"]):
                direction = "in" if row["amount"] > 0 else "out"
                groups.setdefault((row["counterparty_id"], direction), []).append(row)
        dues = [row["next_due_on"] for row in self.accounts() if row["next_due_on"]]
        found = [self.recurring(*key, rows) for key, rows in sorted(groups.items())]
        return [one | {"next_due_on": min(dues, default=None)} for one in found if one]

    def recurring(self, counterparty, direction, rows):
        days = sorted({row["day"] for row in rows})
        if len(days) < SERIES["days"]:
            return None
        gaps = sorted((b - a).days for a, b in pairwise(days))
        rhythm = gaps[(len(gaps) - 1) // 2]
        steady = Fraction(sum(abs(gap - rhythm) <= SERIES["tolerance"] for gap in gaps), len(gaps))
        expected = days[-1] + timedelta(days=rhythm)
        if not SERIES["shortest"] <= rhythm <= SERIES["longest"] or steady < Fraction(str(SERIES["confidence"])):
            return None
        if expected < days_before(self.day, SERIES["grace"]):
            return None
        earlier = sorted(row["amount"] for row in rows[:-1])
        return {
            "counterparty_id": counterparty, "direction": direction, "amount": units(rows[-1]["amount"]),
            "amount_before": units(earlier[(len(earlier) - 1) // 2]), "payments": len(rows), "rhythm_days": rhythm,
            "last_on": days[-1], "next_on": expected, "confidence": steady,
        }  # fmt: skip


def next_day_of(number, day):
    """The first day from `day` on that is this day of the month, or the last of a shorter month."""
    if number is None:
        return None
    while day.day != min(number, calendar.monthrange(day.year, day.month)[1]):
        day += timedelta(days=1)
    return day
