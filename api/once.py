"""An effect that happens once however often it is asked for: its answer is kept under the caller's key."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from fastapi import HTTPException

from api.console import plain
from features.database import Instant, metadata

answered = sa.Table(
    "answered",
    metadata,
    sa.Column("who", sa.String(200), primary_key=True),
    sa.Column("key", sa.String(100), primary_key=True),
    sa.Column("request", sa.String(64), nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)
"""One row a request that changed something: `request` is a hash of what was asked, `answer` what was said to it."""

Effect = Callable[[sa.Connection], dict[str, Any]]


def once(engine: sa.Engine, *, who: str, key: str, asked: Any, at: datetime, effect: Effect) -> dict[str, Any]:
    """Do `effect` in one transaction with the note that it was done; asked again, give the same answer and do nothing.

    The same key for something else is refused with 409.
    """
    request = sha256(json.dumps(plain(asked), sort_keys=True).encode()).hexdigest()
    with engine.begin() as connection:
        _queue(connection, f"{who}|{key}")
        kept = connection.execute(sa.select(answered).where(answered.c.who == who, answered.c.key == key)).first()
        if kept is not None:
            if kept.request != request:
                raise HTTPException(409, "this Idempotency-Key was used for another request")
            answer: dict[str, Any] = json.loads(kept.answer)
            return answer
        answer = plain(effect(connection))
        row = {"who": who, "key": key, "request": request, "answer": json.dumps(answer, sort_keys=True), "at": at}
        connection.execute(answered.insert(), row)
        return answer


def _queue(connection: sa.Connection, name: str) -> None:
    """Two requests with one key wait for each other: SQLite has one writer; PostgreSQL locks the key's hash."""
    if connection.dialect.name == "postgresql":
        number = int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))
