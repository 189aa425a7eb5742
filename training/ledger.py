"""Who was promoted, when, by whom, why: our own ledger, append only. It names the champion, whatever MLflow says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from features.database import Instant, metadata, reading

promotions = sa.Table(
    "promotions",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("promoted_at", Instant, nullable=False),
    sa.Column("who", sa.String, nullable=False),
    sa.Column("why", sa.JSON, nullable=False),
    sa.Column("metrics", sa.JSON, nullable=False),
)
"""One row a promotion; sha256 is that of the model's manifest, which names the hashes of its other files."""


@dataclass(frozen=True)
class Promotion:
    """The model that is champion by the ledger."""

    name: str
    version: int
    sha256: str
    promoted_at: datetime
    metrics: Mapping[str, Any]


def newest_promotion(engine: sa.Engine, name: str) -> Promotion | None:
    """The promotion in force: the latest one; None if nothing was ever promoted."""
    query = sa.select(promotions).where(promotions.c.name == name)
    query = query.order_by(promotions.c.promoted_at.desc(), promotions.c.version.desc()).limit(1)
    with reading(engine).connect() as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        return None
    return Promotion(row["name"], row["version"], row["sha256"], row["promoted_at"], row["metrics"])


def promoted_hash(engine: sa.Engine, name: str, version: int) -> str | None:
    """The hash that this version was promoted with; None if it never was."""
    query = sa.select(promotions.c.sha256).where(promotions.c.name == name, promotions.c.version == version)
    with reading(engine).connect() as connection:
        return connection.execute(query).scalar()


def record_promotion(
    engine: sa.Engine,
    name: str,
    version: int,
    sha256: str,
    *,
    at: datetime,
    who: str,
    why: list[Any],
    metrics: dict[str, Any],
) -> None:
    """Append one row; IntegrityError if the version is there already: the ledger is never rewritten."""
    row = {
        "name": name,
        "version": version,
        "sha256": sha256,
        "promoted_at": at,
        "who": who,
        "why": why,
        "metrics": metrics,
    }
    with engine.begin() as connection:
        connection.execute(promotions.insert(), row)
