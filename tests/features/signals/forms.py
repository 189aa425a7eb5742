"""A signal as YAML with its answer in Python beside it, and how answers are made of a customer's rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.features.signals.folds import last
from tests.features.signals.oracle import days_before, local_day, micros, units, utc

HOUR_US = 3_600_000_000
SOME_DAY = date(2026, 1, 1)
TX, SAID, CLICKS, HELD = "transactions", "contacts", "app_events", "balances"
ROUNDED = ("mean", "std", "quantile", "slope", "gap", "share", "time_since")  # quotients; all others are exact


@dataclass(frozen=True)
class Case:
    """One entry: YAML `fields` and `where`; `counts` and `of` say the same of a row, `gives` of the rows' measures.

    windows: (days, until) each; none for a register. With `whole`, `gives` takes (view, low, high, rows) instead.
    """

    name: str
    table: str
    fields: str
    unit: str
    of: Callable[[Any], Any]
    gives: Callable[..., Any]
    windows: tuple[tuple[int, int], ...] = ((30, 0),)
    where: str = ""
    counts: Callable[[Any], Any] = field(default=lambda row: True)
    empty: Any = "as the aggregate has it"
    whole: bool = False

    @property
    def exact(self):
        return not self.fields.startswith(ROUNDED)

    def entry(self):
        """The YAML."""
        until = self.windows[0][1] if self.windows else 0
        lines = [f"- name: {self.name}", f"from: {self.table}", *self.fields.split("; ")]
        lines += [f"windows: {[days for days, _ in self.windows]}"] if self.windows else []
        lines += [f"until: {until}"] if until else []
        lines += ["carry: account_id"] if self.table == HELD else []
        lines += [f"where: {self.where}"] if self.where else []
        lines += [f"empty: {'null' if self.empty is None else self.empty}"] if not isinstance(self.empty, str) else []
        return "\n  ".join([*lines, f"unit: {self.unit}", "zh: 测试", "en: test"])

    def expected(self, view):
        """{signal: value} for one customer and day."""
        rows = [row for row in self.rows(view) if self.counts(row) is True]
        if not self.windows:
            return {self.name: self.settled([self.of(row) for row in rows])}
        return {
            self.name.replace("{w}", str(days)): self.value(view, rows, days, until) for days, until in self.windows
        }

    def value(self, view, rows, days, until):
        low, high = days_before(view.day, days + until), days_before(view.day, until)
        if self.whole:
            return self.gives(view, low, high, rows)
        return self.settled([self.of(row) for row in rows if low <= row["day"] < high])

    def rows(self, view):
        if self.table == TX:
            rows = view.events(TX)
            return rows if "status" in self.where else [row for row in rows if row["status"] == "booked"]
        if self.table in (SAID, CLICKS):
            return view.events(self.table)
        return getattr(view, self.table)() if self.table in ("accounts", "statements", "series") else []

    def settled(self, values):
        """An empty window (no row at all) is what the entry says."""
        return self.gives(values) if values or isinstance(self.empty, str) else self.empty


def amount(row):
    return units(row["amount"])


def negative(row):
    return -units(row["amount"])


def column(name):
    return lambda row: row.get(name)


def debit(row):
    return row["amount"] < 0


def credit(row):
    return row["amount"] > 0


def by(name, fold):
    """The measure of the row with the largest (last) or smallest (first) value of another column; ties by order."""

    def pick(values):
        pairs = [value for value in values if value[0] is not None and value[1] is not None]
        if not pairs:
            return None
        best = (max if fold is last else min)(pair[0] for pair in pairs)
        return fold([pair[1] for pair in pairs if pair[0] == best])

    return pick


def days_since(name):
    def since(view, low, high, rows):
        found = [row[name] for row in rows if low <= row["day"] < high and row[name]]
        day = max(found, default=None)
        day = local_day(day) if hasattr(day, "hour") else day
        return None if day is None else (view.day - day).days

    return since


def time_since(name, unit_us):
    def since(view, low, high, rows):
        found = [row[name] for row in rows if low <= row["day"] < high and row[name]]
        return Fraction(micros(utc(view.day) - max(found)), unit_us) if found else None

    return since


def repeats(names, hours):
    """Rows at most so many hours after the one before of the same values, wherever that one lies."""

    def count(view, low, high, rows):
        seen, found = {}, 0
        for row in rows:
            value = tuple(row.get(name) for name in names)
            if None in value:
                continue
            soon = value in seen and row["ts"] - seen[value] <= timedelta(hours=hours)
            found += soon and low <= row["day"] < high
            seen[value] = row["ts"]
        return found

    return count


def of_levels(counts, measure, fold):
    """Over the days of the window on which the customer's total was known."""

    def value(view, low, high, rows):
        return fold([one for one in view.totals(counts, measure) if low <= one[0] < high])

    return value


def totals(fold):
    return lambda line: fold([value for _, value in line])


def above(floor):
    return lambda line: sum(value >= floor for _, value in line) if line else None


def owned(row):
    return row["product"] in ("current", "savings")


def carded(row):
    return row["product"] == "credit_card"


def same(value):
    return value


def debt(value):
    return max(-value, Fraction(0))


def held(name, fields, fold, windows=((30, 0),), unit="money", counts=owned, measure=same):
    where = "product in ('current', 'savings')" if counts is owned else "product = 'credit_card'"
    return Case(name, HELD, fields, unit, None, of_levels(counts, measure, fold), windows, where, whole=True)
