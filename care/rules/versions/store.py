"""Versions, their steps and the alarms of rules, as stored: content and steps are written once and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from care.rules.versions.life import State, Step, check_step, hash_of, link
from features.database import Instant, metadata, upsert
from features.errors import Refusal, nearest

rule_versions = sa.Table(
    "rule_versions", metadata,
    sa.Column("rule_id", sa.String(64), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("sha", sa.String(64), nullable=False),
)  # fmt: skip
"""One row a version: the YAML as it was handed in, and its hash."""

rule_steps = sa.Table(
    "rule_steps", metadata,
    sa.Column("rule_id", sa.String(64), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("who", sa.String(200), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("share", sa.Float(53)),
    sa.Column("sha", sa.String(64), nullable=False),
)  # fmt: skip
"""Every step of every version, numbered from 1; sha: life.link over this one and all before it."""

rule_alarms = sa.Table(
    "rule_alarms", metadata,
    sa.Column("as_of", sa.Date, primary_key=True),
    sa.Column("rule_id", sa.String(64), primary_key=True),
    sa.Column("rule_version", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)  # fmt: skip
"""A rule that a night stopped: it threw, flooded, or its content is not what was approved."""


@dataclass(frozen=True)
class Version:
    """One version with its steps; `tampered` says what is not as it was written ("" where all is)."""

    rule_id: str
    version: int
    content: str
    sha: str
    steps: tuple[Step, ...]
    tampered: str = ""

    @property
    def state(self) -> State:
        """Where it stands."""
        return self.steps[-1].state

    @property
    def share(self) -> float:
        """The share of customers for whom it is live."""
        return self.steps[-1].share or 0.0 if self.state is State.LIVE else 0.0


def read_versions(connection: sa.Connection, rule_id: str | None = None) -> list[Version]:
    """Every version (of one rule, if given), oldest first, each held against its hashes."""
    steps: dict[tuple[str, int], list[Any]] = {}
    for row in connection.execute(sa.select(rule_steps).order_by(*rule_steps.primary_key)):
        steps.setdefault((row.rule_id, row.version), []).append(row)
    query = sa.select(rule_versions).order_by(*rule_versions.primary_key)
    if rule_id is not None:
        query = query.where(rule_versions.c.rule_id == rule_id)
    return [_version(row, steps.get((row.rule_id, row.version), [])) for row in connection.execute(query)]


def read_version(connection: sa.Connection, rule_id: str, version: int) -> Version:
    """One version; Refusal where there is none."""
    mine = read_versions(connection, rule_id)
    for one in mine:
        if one.version == version:
            return one
    remedy = nearest(str(version), [str(one.version) for one in mine]) if mine else "forecare rules submit FILE"
    raise Refusal(f"{rule_id} has no version {version}", place="version", remedy=remedy)


def add_version(connection: sa.Connection, rule_id: str, version: int, content: str) -> None:
    """Store the content of a new version; the same content again changes nothing, another one is refused."""
    mine = sa.and_(rule_versions.c.rule_id == rule_id, rule_versions.c.version == version)
    known = connection.execute(sa.select(rule_versions.c.sha).where(mine)).scalar()
    sha = hash_of(content)
    if known not in (None, sha):
        remedy = "a version never changes: give the next number"
        raise Refusal(f"{rule_id} version {version} is there with another content", place="version", remedy=remedy)
    if known is None:
        row = {"rule_id": rule_id, "version": version, "content": content, "sha": sha}
        connection.execute(rule_versions.insert(), row)


def add_step(
    connection: sa.Connection, rule_id: str, version: int, state: State, *, who: str, at: datetime, note: str = "",
    share: float | None = None,
) -> Version:  # fmt: skip
    """Take one step; Refusal where it is not possible (life.check_step) or the version was tampered with."""
    one = read_version(connection, rule_id, version)
    if one.tampered and (one.steps or state is not State.DRAFT):
        raise Refusal(one.tampered, place=f"{rule_id} version {version}", remedy="submit it anew as the next version")
    share = None if share is None else float(share)  # 1 and 1.0 would not hash alike
    step = Step(state, who, at.astimezone(UTC).isoformat(), note, share)
    check_step(one.steps, step)
    told = sa.select(rule_steps.c.sha).where(rule_steps.c.rule_id == rule_id, rule_steps.c.version == version)
    last = connection.execute(told.order_by(rule_steps.c.number.desc()).limit(1)).scalar() or one.sha
    row = {"rule_id": rule_id, "version": version, "number": len(one.steps) + 1, "state": str(state), "who": who,
           "at": at, "note": note, "share": share, "sha": link(last, rule_id, version, step)}  # fmt: skip
    connection.execute(rule_steps.insert(), row)
    return read_version(connection, rule_id, version)


def write_alarms(connection: sa.Connection, as_of: date, alarms: Sequence[dict[str, Any]]) -> None:
    """The alarms of a night (rule_id, rule_version, kind, detail), instead of its earlier ones."""
    connection.execute(rule_alarms.delete().where(rule_alarms.c.as_of == as_of))
    upsert(connection, rule_alarms, [{"as_of": as_of, **one} for one in alarms])


def read_alarms(connection: sa.Connection, since: date | None = None) -> list[dict[str, Any]]:
    """The alarms of all nights (since a day, if given), the newest first."""
    query = sa.select(rule_alarms).order_by(rule_alarms.c.as_of.desc(), rule_alarms.c.rule_id)
    if since is not None:
        query = query.where(rule_alarms.c.as_of >= since)
    return [dict(row) for row in connection.execute(query).mappings()]


def _version(row: Any, steps: Sequence[Any]) -> Version:
    told = tuple(
        Step(State(one.state), one.who, one.at.astimezone(UTC).isoformat(), one.note, one.share) for one in steps
    )
    return Version(row.rule_id, row.version, row.content, row.sha, told, _tampered(row, steps, told))


def _tampered(row: Any, steps: Sequence[Any], told: Sequence[Step]) -> str:
    if hash_of(row.content) != row.sha:
        return "its content is not what was handed in"
    last = row.sha
    for number, (one, step) in enumerate(zip(steps, told, strict=True), start=1):
        last = link(last, row.rule_id, row.version, step)
        if one.number != number or one.sha != last:
            return f"step {number} is not what was written"
    return "" if steps else "its steps are gone"
