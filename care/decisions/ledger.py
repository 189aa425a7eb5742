"""The fate of every candidate of every night, as stored: what 'why' and 'why not' are answered from."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from care.nouns import CANDIDATE_COLUMNS
from features.database import metadata, upsert

candidates = sa.Table(
    "candidates", metadata,
    sa.Column("as_of", sa.Date, primary_key=True),
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("rule_id", sa.String(64), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("candidate_id", sa.Text, nullable=False),
    sa.Column("rule_version", sa.Integer, nullable=False),
    sa.Column("care_class", sa.String(20), nullable=False),
    sa.Column("deadline", sa.String(2), nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("value_minor", sa.BigInteger, nullable=False),
    sa.Column("expected_minor", sa.BigInteger, nullable=False),
    sa.Column("per_minute", sa.Float(53), nullable=False),
    sa.Column("stage", sa.String(20), nullable=False),
    sa.Column("fate", sa.String(20), nullable=False),
    sa.Column("reason", sa.String(40), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("manager_id", sa.Text),
    sa.Column("task_id", sa.String(40), index=True),
)  # fmt: skip
"""One row a candidate and night: its fate, the stage that decided it, the reason's code (words.yaml), and the numbers
behind both (`detail`, JSON)."""


def write_candidates(connection: sa.Connection, frame: pd.DataFrame, as_of: date) -> None:
    """Store a night's candidates (CANDIDATE_COLUMNS) in the caller's transaction, instead of its earlier ones."""
    connection.execute(candidates.delete().where(candidates.c.as_of == as_of))
    found = _rows(frame, as_of)
    if found:
        connection.execute(candidates.insert(), found)


def add_candidates(connection: sa.Connection, frame: pd.DataFrame, as_of: date) -> None:
    """Store what came up by day beside the night's candidates, over those of the same customer, rule and key."""
    upsert(connection, candidates, _rows(frame, as_of))


def _rows(frame: pd.DataFrame, as_of: date) -> list[dict[str, Any]]:
    rows = frame[list(CANDIDATE_COLUMNS)].astype(object)
    rows = rows.where(rows.notna(), None)
    return [{"as_of": as_of, **row} for row in rows.to_dict("records")]  # type: ignore[dict-item]


def candidates_of(connection: sa.Connection, customer_id: str, as_of: date) -> list[dict[str, Any]]:
    """A customer's candidates of a night, the most valuable first."""
    query = sa.select(candidates).where(candidates.c.customer_id == customer_id, candidates.c.as_of == as_of)
    query = query.order_by(candidates.c.expected_minor.desc(), candidates.c.rule_id, candidates.c.key)
    return [dict(row) for row in connection.execute(query).mappings()]
