"""What is read of one customer's history: facts, notable transactions, contacts, assets by day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import duckdb

from api.service import Service
from features.database import reading
from features.latest import read_latest
from features.levels import daily_assets
from features.moments import midnight

_FACTS = "select * exclude (event_at, known_at) from customers where customer_id = ?"
# Notable is what went wrong, what comes every month, and the largest of the rest.
_NOTABLE = """
select event_at, amount, kind, channel, status from transactions
where customer_id = ? and event_at >= ?
qualify status <> 'booked' or kind in ('salary', 'repayment', 'wealth')
    or row_number() over (order by abs(amount) desc, transaction_id) <= ?
order by event_at desc, transaction_id limit ?
"""
_CONTACTS = """
select event_at, channel, kind, topic_id, text, resolved_at, csat from contacts
where customer_id = ? order by event_at desc, contact_id limit ?
"""

# Only what is shown is read: the history is stored by column.
_SHOWN = {
    "accounts": "account_id, customer_id, product, closed_on",
    "transactions": "transaction_id, account_id, customer_id, event_at, amount, balance_after, kind, channel, status",
    "balances": "account_id, customer_id, day, balance",
    "contacts": "contact_id, customer_id, event_at, channel, kind, topic_id, text, resolved_at, csat",
}

Row = dict[str, Any]


def facts_of(service: Service, customer_id: str, as_of: date) -> Row | None:
    """The customer's row in the register as known then; None for a number that nobody has."""
    with service.history(as_of) as cursor:
        found = _rows(cursor, _FACTS, [customer_id])
    return found[0] if found else None


@contextmanager
def rows_of(service: Service, customer_id: str, as_of: date) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection on which accounts, transactions, balances and contacts are this customer's alone.

    Each is read from the history once, however much is asked of it then.
    """
    with service.history(as_of) as cursor:
        for table, columns in _SHOWN.items():
            sql = f"create temp table {table} as select {columns} from main.{table} where customer_id = ?"
            cursor.execute(sql, [customer_id])
        yield cursor


def notable_transactions(service: Service, mine: duckdb.DuckDBPyConnection, customer_id: str, as_of: date) -> list[Row]:
    """The newest first; at most api.timeline_items."""
    days, most = service.api.levels_days, service.api.timeline_items
    since = _midnight(service, as_of - timedelta(days=days))
    return _rows(mine, _NOTABLE, [customer_id, since, most // 2, most])


def contacts_of(service: Service, mine: duckdb.DuckDBPyConnection, customer_id: str) -> list[Row]:
    """The newest first; at most api.timeline_items."""
    return _rows(mine, _CONTACTS, [customer_id, service.api.timeline_items])


def assets_of(
    service: Service, mine: duckdb.DuckDBPyConnection, customer_id: str, as_of: date
) -> list[tuple[date, int]]:
    """Assets at the end of each day of the chart, minor units."""
    zone = service.bank.settings.zone
    return daily_assets(mine, customer_id, as_of, days=service.api.levels_days, zone=zone)


def signals_of(service: Service, customer_id: str, as_of: date) -> dict[str, Any]:
    """The customer's stored signals as of the day, by name; empty where no night stored any.

    Those of the newest night are one row of the database; the snapshot is read for any other day.
    """
    with reading(service.bank.engine).connect() as connection:
        latest = read_latest(connection, customer_id)
    if latest is not None and latest["as_of"] == as_of:
        found: dict[str, Any] = latest["signals"]
        return found
    import pyarrow.parquet as pq

    path = service.bank.settings.home / "snapshots" / f"as_of={as_of}" / "signals.parquet"
    if not path.is_file():
        return {}
    rows = pq.read_table(path, filters=[("customer_id", "=", customer_id)]).to_pylist()
    return {name: value for name, value in rows[0].items() if name not in ("customer_id", "as_of")} if rows else {}


def _midnight(service: Service, day: date) -> datetime:
    return midnight(day, service.bank.settings.zone)


def _rows(cursor: duckdb.DuckDBPyConnection, sql: str, slots: list[Any]) -> list[Row]:
    cursor.execute(sql, slots)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
