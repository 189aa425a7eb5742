"""Histories by hand as files of a warehouse, which both engines read."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from features.contract import TABLES
from features.warehouse import WHOLE, Warehouse, commit
from tests.features.signals.by_hand import ARROW, CLOCKS, LONG_AGO, happened
from tests.features.signals.histories import accounts, balances, clicks, payments, said, transactions
from tests.features.signals.oracle import BERLIN, days_before, utc

OWNED = {"customer_id", "account_id", "transaction_id", "contact_id", "event_id"}


def store(rows, home, tables=frozenset(TABLES) - {"identities"}):
    """The warehouse of `rows` (table -> dicts) in `home`: files by month, each in the warehouse's order."""
    warehouse, listed = Warehouse(home), {}
    for name in tables:
        table, months = TABLES[name], {}
        for row in rows.get(name, []):
            row = {"known_at": LONG_AGO, **row, "event_at": happened(table, row, BERLIN)}
            months.setdefault(f"{row['event_at']:%Y-%m}" if table.event else WHOLE, []).append(row)
        listed[name] = {month: write(table, found, warehouse.folder / name / month) for month, found in months.items()}
    commit(warehouse, {"source": "by hand", "currency": "CNY", "tables": listed})
    return warehouse


def write(table, rows, folder):
    order = ("customer_id", "event_at", *table.key, "known_at")
    rows.sort(key=lambda row: [str(row.get(name)) for name in order])
    names = {column.name: ARROW[column.kind.value] for column in table.columns}
    names |= dict.fromkeys(CLOCKS, ARROW["TIMESTAMP"])
    columns = [pa.array([row.get(name) for row in rows], type_) for name, type_ in names.items()]
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns, names=list(names)), folder / "rows.parquet")
    return "rows.parquet"


@st.composite
def lives(draw, day):
    """The rows of three customers around a day: ties, late rows, corrections, closings, rows at every edge."""
    opened = (("A", 95), ("B", draw(st.sampled_from((20, 1)))), ("C", 0))
    customers = [
        {"customer_id": name, "opened_on": days_before(day, back), "known_at": utc(days_before(day, back))}
        for name, back in opened
    ]
    rows = {"customers": customers, "accounts": draw(accounts(day)), "balances": draw(balances(day))}
    rows["transactions"] = draw(transactions(day)) + (draw(payments(day)) if draw(st.booleans()) else [])
    return rows | {"contacts": draw(said(day)), "app_events": draw(clicks(day))}


def together(lives):
    """Many lives as one history: everybody gets names of his own."""
    every = {}
    for number, rows in enumerate(lives):
        for table, found in rows.items():
            own = [{k: f"{number:02}-{v}" if k in OWNED else v for k, v in row.items()} for row in found]
            every.setdefault(table, []).extend(own)
    return every
