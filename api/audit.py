"""Who looked at whom: every read of a customer is written down before it is answered."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from features.database import Instant, metadata

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("who", sa.String(200), nullable=False),
    sa.Column("action", sa.String(50), nullable=False),
    sa.Column("customer_id", sa.String(100), nullable=False, index=True),
    sa.Column("path", sa.String(500), nullable=False),
)
"""One row a look: `action` says what was shown or done, `path` by which way in."""


def note(connection: sa.Connection, *, at: datetime, who: str, action: str, customer_ids: list[str], path: str) -> None:
    """Write one row for each customer who is shown; in the caller's transaction, so no row means nothing was shown."""
    if customer_ids:
        row = {"at": at, "who": who[:200], "action": action, "path": path[:500]}
        connection.execute(audit.insert(), [{**row, "customer_id": customer_id} for customer_id in customer_ids])
