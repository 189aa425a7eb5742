"""Rows that came in by day: kept once each in the operational database until the night takes them over."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from features.contract import TABLES
from features.database import Instant, metadata
from features.event_form import KINDS, Row, stored_row
from features.moments import midnight

if TYPE_CHECKING:
    import pyarrow as pa

    from features.settings import Settings
    from features.warehouse import Warehouse

received = sa.Table(
    "received", metadata,
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text, nullable=False),
    sa.Column("happened_at", Instant, nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("sha", sa.String(64), nullable=False),
    sa.Column("held", sa.Boolean, nullable=False),
    sa.Column("judged_for", sa.Date),
    sa.Column("landed", sa.Boolean, nullable=False),
    sa.Index("ix_received_waiting", "customer_id", "landed"),
    sa.Index(
        "ix_received_due", "happened_at",
        sqlite_where=sa.text("judged_for IS NULL"), postgresql_where=sa.text("judged_for IS NULL"),
    ),
)  # fmt: skip
"""One row a row that came in. held: its time had not come when it was received; judged_for: the as-of day for which
rules were asked about it (None: not yet); landed: it lies in the warehouse. content: as features.event_form.Row has
it."""

PART = 500  # keys in one question: below the variables that a database binds at most


def known_rows(connection: sa.Connection, kind: str, keys: Sequence[str]) -> dict[str, sa.Row[Any]]:
    """sha, held of those keys that came in before."""
    query = sa.select(received.c.key, received.c.sha, received.c.held).where(received.c.kind == kind)
    found: dict[str, sa.Row[Any]] = {}
    for part in _parts(keys):
        found |= {row.key: row for row in connection.execute(query.where(received.c.key.in_(part)))}
    return found


def keep(connection: sa.Connection, rows: Iterable[Row], received_at: datetime, judged_for: Mapping[str, date]) -> None:
    """Store new rows. judged_for: the as-of day by customer; of a row whose time has not come nothing is asked yet."""
    told = [
        {
            "kind": row.kind,
            "key": row.key,
            "customer_id": row.customer_id,
            "happened_at": row.happened_at,
            "received_at": received_at,
            "content": row.content,
            "sha": row.sha,
            "held": row.happened_at > received_at,
            "judged_for": None if row.happened_at > received_at else judged_for.get(row.customer_id),
            "landed": False,
        }
        for row in rows
    ]
    if told:
        connection.execute(received.insert(), told)


def due_rows(connection: sa.Connection, now: datetime, limit: int) -> list[Row]:
    """Held rows whose time has come, the oldest first."""
    query = sa.select(received).where(received.c.judged_for.is_(None), received.c.happened_at <= now)
    query = query.where(~received.c.landed).order_by(received.c.happened_at).limit(limit)
    return [_row(row) for row in connection.execute(query)]


def mark_judged(connection: sa.Connection, rows: Sequence[Row], judged_for: Mapping[str, date]) -> None:
    """Write down that rules were asked about held rows."""
    for row in rows:
        mine = sa.and_(received.c.kind == row.kind, received.c.key == row.key)
        connection.execute(received.update().where(mine).values(judged_for=judged_for[row.customer_id]))


def waiting_rows(connection: sa.Connection, customer_ids: Sequence[str], before: datetime) -> list[Row]:
    """The rows of these customers that the warehouse does not hold yet and that happened before an instant."""
    query = sa.select(received).where(received.c.landed.is_(False), received.c.happened_at < before)
    found: list[Row] = []
    for part in _parts(customer_ids):
        found += [_row(row) for row in connection.execute(query.where(received.c.customer_id.in_(part)))]
    return found


def land_received(warehouse: Warehouse, settings: Settings, engine: sa.Engine, as_of: date) -> int:
    """Take every received row that happened before the day `as_of` into the warehouse; how many there were.

    Each is known since it was received. Merged by key like any delivery: a file that brings the same row again, before
    or after, adds nothing. A kill in between leaves rows that are merged again, to the same files. A row that the
    history does not take (its customer is no longer known) waits for a night that does.
    """
    before = midnight(as_of, settings.zone).replace(tzinfo=UTC)
    query = sa.select(received).where(received.c.landed.is_(False), received.c.happened_at < before)
    with engine.connect() as connection:
        rows = connection.execute(query.order_by(received.c.kind, received.c.key)).all()
    landed = _merge(warehouse, settings, rows, before) if rows else []
    if landed:
        with engine.begin() as connection:
            same = sa.and_(received.c.kind == sa.bindparam("k"), received.c.key == sa.bindparam("i"))
            connection.execute(
                received.update().where(same).values(landed=True), [{"k": row.kind, "i": row.key} for row in landed]
            )
    return len(landed)


def rows_table(kind: str, rows: Sequence[Mapping[str, Any]], known_at: Sequence[datetime]) -> pa.Table:
    """Rows as the warehouse stores them, clocks included; `known_at`: UTC without a zone, one a row."""
    import pyarrow as pa

    from features.warehouse import stored_columns

    table, event = TABLES[kind], str(TABLES[kind].event)
    columns = {}
    for name, sql_type in stored_columns(table):
        if name in ("event_at", "known_at", "superseded_at"):
            values = {"event_at": [row[event] for row in rows], "known_at": list(known_at)}.get(
                name, [None] * len(rows)
            )
        else:
            values = [row.get(name) for row in rows]
        columns[name] = pa.array(values, _ARROW[sql_type](pa))
    return pa.table(columns)


_ARROW: Mapping[str, Any] = {
    "VARCHAR": lambda pa: pa.string(),
    "BIGINT": lambda pa: pa.int64(),
    "TIMESTAMP": lambda pa: pa.timestamp("us"),
    "DATE": lambda pa: pa.date32(),
    "INTEGER": lambda pa: pa.int32(),
    "DOUBLE": lambda pa: pa.float64(),
    "BOOLEAN": lambda pa: pa.bool_(),
}


def _merge(
    warehouse: Warehouse, settings: Settings, rows: Sequence[sa.Row[Any]], before: datetime
) -> list[sa.Row[Any]]:
    """The rows that stand in the history now."""
    from features.delivery.connection import open_intake
    from features.delivery.journal import open_journal
    from features.delivery.stored_rows import merge_rows
    from features.warehouse import commit, sweep

    manifest, tables = warehouse.manifest, dict(warehouse.manifest.get("tables", {}))
    told = json.dumps([[row.kind, row.key, row.content] for row in rows], sort_keys=True, default=str)
    delivery = hashlib.sha256(f"{warehouse.version} {told}".encode()).hexdigest()
    at = max(before, *(row.received_at for row in rows))
    journal = open_journal(settings.home / "received", delivery, at)
    sweep(warehouse, journal.files())
    landed: list[sa.Row[Any]] = []
    with open_intake(settings) as connection:
        for kind in KINDS:
            mine = [row for row in rows if row.kind == kind]
            if mine:
                known = [row.received_at.astimezone(UTC).replace(tzinfo=None) for row in mine]
                table = rows_table(kind, [stored_row(kind, row.content) for row in mine], known)
                delivered = f"TIMESTAMP '{journal.delivered_at.astimezone(UTC).replace(tzinfo=None)}'"
                taken = merge_rows(connection, warehouse, journal, TABLES[kind], table, delivered=delivered)
                tables[kind] = taken.files
                refused = {complaint.line for complaint in taken.complaints}
                landed += [row for place, row in enumerate(mine, start=1) if place not in refused]
    commit(warehouse, {**manifest, "tables": tables})
    journal.close()
    return landed


def _row(row: sa.Row[Any]) -> Row:
    return Row(row.kind, row.key, row.customer_id, row.happened_at, stored_row(row.kind, row.content))


def _parts(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    return (keys[at : at + PART] for at in range(0, len(keys), PART))
