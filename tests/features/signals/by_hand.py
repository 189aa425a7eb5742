"""Rows written as dicts, handed to the builder as an engine would; what it gives held against the oracle."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa

from features.build import build_from
from features.catalogue import read_folders
from features.contract import TABLES
from features.engine import History
from features.moments import midnight
from tests.features.signals.cases import agrees, catalogue_text, expected
from tests.features.signals.oracle import BERLIN, View

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
CLOCKS = ("event_at", "known_at", "superseded_at")


def open_by_hand(rows, tables=frozenset(TABLES) - {"identities"}, zone=BERLIN):
    """A history of `rows` (table -> dicts; known_at, superseded_at optional), of which `tables` were handed over."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET TimeZone = 'UTC'")
    for table in TABLES.values():
        names = {column.name: ARROW[column.kind.value] for column in table.columns}
        names |= dict.fromkeys(CLOCKS, ARROW["TIMESTAMP"])
        found = [
            {"known_at": LONG_AGO, **row, "event_at": happened(table, row, zone)} for row in rows.get(table.name, [])
        ]
        found.sort(key=lambda row: [str(row.get(name)) for name in ("customer_id", "event_at", *table.key, "known_at")])
        columns = [pa.array([row.get(name) for row in found], type_) for name, type_ in names.items()]
        connection.register("arrived", pa.table(columns, names=list(names)))
        connection.execute(f"CREATE TABLE {table.name} AS SELECT * FROM arrived")  # other threads see it too
    return History(connection, {name: name for name in TABLES}, frozenset(tables))


def happened(table, row, zone):
    """A balance stands at the end of its day."""
    if table.event == "day":
        return midnight(row["day"] + timedelta(days=1), zone) - timedelta(microseconds=1)
    return row["ts"] if table.event else None


def differences(rows, days, catalogue, build, known_by=None):
    """(day, customer, signal, found, wanted) wherever what `build` gives for the days is not what the oracle says."""
    wrong, wanted = [], []
    for day in sorted(days):
        known = known_by or day
        views = [View(rows, row["customer_id"], day, known) for row in rows["customers"] if row["opened_on"] < day]
        views = [view for view in views if view.seen("customers")]
        wanted += [(day, view.customer, view) for view in sorted(views, key=lambda view: view.customer)]
    built = build(rows, days, catalogue, known_by).to_pylist()
    assert [(row["as_of"], row["customer_id"]) for row in built] == [(day, name) for day, name, _ in wanted]
    for row, (day, name, view) in zip(built, wanted, strict=True):
        answers = expected(view)
        assert set(answers) == set(catalogue.signals)
        wrong += [(day, name, k, row[k], v) for k, (v, exact) in answers.items() if not agrees(row[k], v, exact)]
    return wrong


def build_by_hand(rows, days, catalogue, known_by=None, **how):
    """The signals of a history by hand, from the product."""
    history = open_by_hand({"balances": [], **rows})
    try:
        return build_from(history, catalogue, days, zone=BERLIN, known_by=known_by, **how)
    finally:
        history.connection.close()


@cache
def all_cases():
    """All cases as a catalogue of their own. (A property's argument would be written out in full where it fails.)"""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "tests.yaml").write_text(catalogue_text(), encoding="utf-8")
        return read_folders([Path(folder)])
