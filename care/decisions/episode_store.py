"""Episodes as they are stored: one open at a time for each customer, rule and key - the database itself refuses two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from care.decisions.episodes import EPISODE_COLUMNS, FACTS, Turn
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


def write_changes(connection: sa.Connection, stored: pd.DataFrame, turn: Turn) -> set[str]:
    """Store what a judgement by day changed: opened, ended, taken back; the customers of whom something changed.

    stored: what `read_episodes` gave, of the rules that were judged. What merely goes on is left to the night.
    """
    key = [*FACTS, "opened_on"]
    old = {tuple(row[:4]): row for row in stored[[*key, "ended_on"]].itertuples(index=False, name=None)}
    rows = [dict(zip(EPISODE_COLUMNS, row, strict=True))
            for frame in (turn.ended, turn.open)
            for row in frame.where(frame.notna(), None).itertuples(index=False, name=None)]  # fmt: skip
    now = {tuple(row[name] for name in key): row for row in rows}
    gone = [facts for facts in old if facts not in now]
    for facts in gone:
        mine = [episodes.c[name] == value for name, value in zip(key, facts, strict=True)]
        connection.execute(episodes.delete().where(*mine))
    changed = [row for facts, row in now.items() if facts not in old or old[facts][4] != row["ended_on"]]
    upsert(connection, episodes, [row for row in changed if row["ended_on"] is not None])
    upsert(connection, episodes, [row for row in changed if row["ended_on"] is None])
    return {facts[0] for facts in gone} | {row["customer_id"] for row in changed}


def write_turn(connection: sa.Connection, turn: Turn, as_of: date) -> None:
    """Store what a night made of the episodes, instead of what was made of its day before."""
    connection.execute(episodes.delete().where(episodes.c.opened_on == as_of))
    # What ended gives way first: the index of open ones is looked at row by row.
    for frame in (turn.ended, turn.open):
        rows = frame.where(frame.notna(), None).itertuples(index=False, name=None)
        upsert(connection, episodes, [dict(zip(EPISODE_COLUMNS, row, strict=True)) for row in rows])
