"""Episodes as they are stored: one open at a time for each customer, rule and key - the database itself refuses two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from care.decisions.episodes import EPISODE_COLUMNS, Turn
from features.database import metadata, upsert

episodes = sa.Table(
    "episodes", metadata,
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("rule_id", sa.String(64), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("opened_on", sa.Date, primary_key=True),
    sa.Column("opened_by", sa.String(10), nullable=False),
    sa.Column("opened_version", sa.Integer, nullable=False),
    sa.Column("rule_version", sa.Integer, nullable=False),
    sa.Column("last_true_on", sa.Date, nullable=False),
    sa.Column("ended_on", sa.Date, index=True),
    sa.Column("ended_by", sa.String(20)),
    sa.Index(
        "uq_episodes_open", "customer_id", "rule_id", "key", unique=True,
        sqlite_where=sa.text("ended_on IS NULL"), postgresql_where=sa.text("ended_on IS NULL"),
    ),
)  # fmt: skip
"""One row an episode (care.decisions.episodes.EPISODE_COLUMNS)."""


def read_episodes(
    connection: sa.Connection, as_of: date, customer_ids: Sequence[str] | None = None, size: int = 1_000
) -> pd.DataFrame:
    """The episodes that were open at some moment of the judging of `as_of`: open now, or opened or ended on it.

    Of these customers only, if given. `care.decisions.episodes.before` makes of them what the day began with.
    """
    query = sa.select(episodes).where(sa.or_(episodes.c.ended_on.is_(None), episodes.c.ended_on >= as_of))
    parts = (
        [None] if customer_ids is None else [customer_ids[at : at + size] for at in range(0, len(customer_ids), size)]
    )
    rows: list[Any] = []
    for part in parts:
        chosen = query if part is None else query.where(episodes.c.customer_id.in_(part))
        rows += [tuple(row) for row in connection.execute(chosen)]
    frame = pd.DataFrame(rows, columns=[column.name for column in episodes.columns], dtype=object)
    return frame[list(EPISODE_COLUMNS)]


def oldest_open(connection: sa.Connection) -> date | None:
    """The day on which the oldest open episode began; None without any."""
    query = sa.select(sa.func.min(episodes.c.opened_on)).where(episodes.c.ended_on.is_(None))
    found: date | None = connection.execute(query).scalar()
    return found


def write_turn(connection: sa.Connection, turn: Turn, as_of: date, customer_ids: Sequence[str] | None = None) -> None:
    """Store what a day made of the episodes (of these customers, if given), instead of what it made of them before."""
    opened = episodes.c.opened_on == as_of
    for part in [None] if customer_ids is None else [list(customer_ids)]:
        mine = opened if part is None else sa.and_(opened, episodes.c.customer_id.in_(part))
        connection.execute(episodes.delete().where(mine))
    # What ended gives way first: the index of open ones is looked at row by row.
    for frame in (turn.ended, turn.open):
        rows = frame.where(frame.notna(), None).itertuples(index=False, name=None)
        upsert(connection, episodes, [dict(zip(EPISODE_COLUMNS, row, strict=True)) for row in rows])
