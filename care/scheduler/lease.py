"""One leader among several schedulers: a lease that runs out, and a fence that a paused former leader cannot pass."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from features.database import Instant, metadata
from features.errors import Refusal

leases = sa.Table(
    "leases", metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("holder", sa.String(200), nullable=False),
    sa.Column("fence", sa.Integer, nullable=False),
    sa.Column("until", Instant, nullable=False),
)  # fmt: skip
"""One row a kind of work: who leads it until when. fence: goes up by one with every change of the leader."""


@dataclass(frozen=True)
class Lease:
    """Leadership as it was taken: to be shown again, with its fence, in the transaction of the work."""

    name: str
    holder: str
    fence: int


def take_lease(engine: sa.Engine, name: str, holder: str, *, at: datetime, seconds: int) -> Lease | None:
    """Become or stay the leader for so many seconds; None while another one is."""
    with engine.begin() as connection:
        row = connection.execute(_locked(name)).mappings().first()
        until = at + timedelta(seconds=seconds)
        if row is None:
            try:
                with connection.begin_nested():
                    connection.execute(leases.insert(), {"name": name, "holder": holder, "fence": 1, "until": until})
            except sa.exc.IntegrityError:  # another one was first
                return None
            return Lease(name, holder, 1)
        if row["holder"] != holder and row["until"] > at:
            return None
        fence = row["fence"] + (row["holder"] != holder)
        change = leases.update().where(leases.c.name == name)
        connection.execute(change.values(holder=holder, fence=fence, until=until))
        return Lease(name, holder, fence)


def release_lease(engine: sa.Engine, lease: Lease, *, at: datetime) -> None:
    """Let the next one lead at once; nothing happens if another one leads already."""
    mine = sa.and_(leases.c.name == lease.name, leases.c.fence == lease.fence, leases.c.holder == lease.holder)
    with engine.begin() as connection:
        connection.execute(leases.update().where(mine).values(until=at))


def hold_alone(connection: sa.Connection, name: str, lease: Lease | None) -> None:
    """Let nobody else do this kind of work until the transaction ends.

    `lease`: of a scheduler; Refusal if another one leads by now. None: work that a person started. SQLite has one
    writer anyway; PostgreSQL locks the hash of the name.
    """
    if connection.dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))
    if lease is None:
        return
    row = connection.execute(_locked(lease.name)).mappings().first()
    if row is None or (row["holder"], row["fence"]) != (lease.holder, lease.fence):
        raise Refusal("another scheduler has taken over", place=lease.name, remedy="nothing to do: it runs the night")


def _locked(name: str) -> sa.Select[tuple[object, ...]]:
    return sa.select(leases).where(leases.c.name == name).with_for_update()
