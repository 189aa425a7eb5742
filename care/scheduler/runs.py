"""The ledger of runs: what was run for which day, from what, and what it said."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from features.database import Instant, metadata, upsert
from features.errors import Refusal

DONE = "done"
FAILED = "failed"

runs = sa.Table(
    "runs", metadata,
    sa.Column("kind", sa.String(40), primary_key=True),
    sa.Column("as_of", sa.Date, primary_key=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("inputs", sa.JSON, nullable=False),
    sa.Column("summary", sa.JSON, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("finished_at", Instant, nullable=False),
)  # fmt: skip
"""One row a kind and business date. `inputs`: the version of everything the run read, fingerprint their hash; summary:
what it said, of a failed run {why}. A done run is never run again, a failed one is."""


def fingerprint(inputs: Mapping[str, Any]) -> str:
    """One hash of the versions of everything a run reads."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()


def newest_done(connection: sa.Connection, kind: str) -> date | None:
    """The newest business date that this kind was done for."""
    query = sa.select(sa.func.max(runs.c.as_of)).where(runs.c.kind == kind, runs.c.state == DONE)
    found: date | None = connection.execute(query).scalar()
    return found


def done_run(connection: sa.Connection, kind: str, as_of: date) -> dict[str, Any] | None:
    """The finished run of that day, None if there is none; Refusal if the day lies before the newest finished one.

    A day that was run stays as it was run: later nights were decided on its tasks. That is why an older day that was
    never run is refused instead of being run after the fact.
    """
    query = sa.select(runs).where(runs.c.kind == kind, runs.c.as_of == as_of, runs.c.state == DONE)
    row = connection.execute(query).mappings().first()
    if row is not None:
        return dict(row)
    newest = newest_done(connection, kind)
    if newest is not None and as_of < newest:
        remedy = f"give {newest} or a later day, or another home (FORECARE_HOME)"
        raise Refusal(f"{as_of} is before the newest finished night, {newest}", place="--as-of", remedy=remedy)
    return None


def write_run(
    connection: sa.Connection,
    kind: str,
    as_of: date,
    *,
    state: str,
    inputs: Mapping[str, Any],
    summary: Mapping[str, Any],
    span: tuple[datetime, datetime],
) -> None:
    """Note a run that took `span`, in the transaction of what it wrote; a failed run's row gives way to the next."""
    row = {
        "kind": kind, "as_of": as_of, "state": state, "fingerprint": fingerprint(inputs), "inputs": dict(inputs),
        "summary": dict(summary), "started_at": span[0], "finished_at": span[1],
    }  # fmt: skip
    upsert(connection, runs, [row])
