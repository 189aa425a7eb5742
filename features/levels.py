"""What one customer had with the bank, day by day: the line of the balance chart."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import duckdb

from features.moments import day_of

ASSET_PRODUCTS = ("current", "savings", "term", "wealth")
"""What a customer owns; cards and loans are owed."""

_ACCOUNTS = """
select account_id, closed_on from accounts
where customer_id = ? and product in (select unnest(?)) order by account_id
"""
_BOOKED = """
select account_id, event_at, balance_after from transactions
where customer_id = ? and status = 'booked' and balance_after is not null order by event_at, transaction_id
"""
_STATED = "select account_id, day, balance from balances where customer_id = ? order by day, account_id"


def daily_assets(
    history: duckdb.DuckDBPyConnection, customer_id: str, as_of: date, *, days: int, zone: ZoneInfo
) -> list[tuple[date, int]]:
    """Assets at the end of each of the `days` days before `as_of`, in minor units, oldest first.

    `history` is what `open_history` gives. A day's level is the bank's stated end-of-day balance, else the last booked
    balance, carried forward; days before the first known balance are left out. A closed account counts as nothing.
    """
    closings = dict(history.execute(_ACCOUNTS, [customer_id, list(ASSET_PRODUCTS)]).fetchall())
    levels: dict[str, dict[date, int]] = defaultdict(dict)
    for account, instant, level in history.execute(_BOOKED, [customer_id]).fetchall():
        levels[account][day_of(instant, zone)] = level
    for account, day, level in history.execute(_STATED, [customer_id]).fetchall():
        levels[account][day] = level
    first = as_of - timedelta(days=days)
    lines = [_line(levels[account], closed_on, first, as_of) for account, closed_on in closings.items()]
    together: dict[date, int] = defaultdict(int)
    for day, level in (item for line in lines for item in line):
        together[day] += level
    return sorted(together.items())


def _line(levels: dict[date, int], closed_on: date | None, first: date, as_of: date) -> list[tuple[date, int]]:
    """One account's level at the end of each day in [first, as_of), from its first known balance on."""
    known = sorted(day for day in levels if day < first)
    level = levels[known[-1]] if known else None
    line = []
    for offset in range((as_of - first).days):
        day = first + timedelta(days=offset)
        level = levels.get(day, level)
        if level is not None:
            line.append((day, 0 if closed_on is not None and closed_on <= day else level))
    return line
