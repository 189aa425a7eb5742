"""What people do with versions: submit, attach a replay, approve, shadow, put in force, retire, compare."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
import yaml

from care.rules.book import Book
from care.rules.examples import check_examples
from care.rules.versions.force import with_rules
from care.rules.versions.life import State, Step, hash_of, link
from care.rules.versions.store import (
    Version,
    add_step,
    add_version,
    read_version,
    read_versions,
    rule_steps,
)
from features.errors import Refusal, nearest

SHIPPED = "shipped"
"""Who put a rule in force that came with the service."""


def submit(connection: sa.Connection, shipped: Book, text: str, *, who: str, at: datetime, note: str = "") -> Version:
    """A new version from the YAML of one rule: stored as a draft, then checked - names, expressions, words, examples.

    The same content again changes nothing. Refusal (line, field) where it does not stand, or where its number is not
    above every known one: nothing is stored.
    """
    rule_id, version = _head(text)
    known = [one for one in read_versions(connection, rule_id) if one.version == version]
    if known and known[0].sha == hash_of(text):
        return known[0]
    newest = max([one.version for one in read_versions(connection, rule_id)], default=0)
    if rule_id in shipped.rules:
        newest = max(newest, shipped.rules[rule_id].version)
    if version <= newest:
        remedy = f"give version {newest + 1}"
        raise Refusal(f"{rule_id} is at version {newest} already", place="version", remedy=remedy)
    check_examples(with_rules(shipped, {rule_id: text}, set()), [rule_id])
    add_version(connection, rule_id, version, text)
    add_step(connection, rule_id, version, State.DRAFT, who=who, at=at, note=note)
    return add_step(connection, rule_id, version, State.CHECKED, who=who, at=at)


def attach_replay(
    connection: sa.Connection, rule_id: str, version: int, report: Mapping[str, Any], *, who: str, at: datetime
) -> Version:
    """Write down that this version was replayed: days and hash of the report; Refusal where it is of another."""
    tried = report.get("rules", {}).get(rule_id, {}).get("tried", {})
    if tried.get("version") != version:
        remedy = "forecare replay --rules FILE --from DAY --to DAY --json REPORT"
        raise Refusal(f"the report does not try {rule_id} version {version}", place="report", remedy=remedy)
    sha = hash_of(json.dumps(report, sort_keys=True, ensure_ascii=False))
    note = f"{report['from']} {report['to']}: {tried['episodes']} episodes, {tried['tasks']} tasks, report {sha[:16]}"
    return add_step(connection, rule_id, version, State.REPLAYED, who=who, at=at, note=note)


def go_live(connection: sa.Connection, rule_id: str, version: int, share: float, *, who: str, at: datetime) -> Version:
    """Put a version in force for a share of the customers; at 1 it takes the place of the older ones, which retire."""
    one = add_step(connection, rule_id, version, State.LIVE, who=who, at=at, share=share)
    if share == 1:
        for other in read_versions(connection, rule_id):
            if other.version < version and other.state in (State.LIVE, State.SHADOW):
                note = f"version {version} took its place"
                add_step(connection, rule_id, other.version, State.RETIRED, who=who, at=at, note=note)
    return one


def retire(
    connection: sa.Connection, shipped: Book, rule_id: str, version: int, *, who: str, at: datetime, note: str = ""
) -> Version:
    """Take a version out of force; a shipped rule's is written down first, as the live one that it was."""
    known = {one.version for one in read_versions(connection, rule_id)}
    if version not in known and rule_id in shipped.rules and shipped.rules[rule_id].version == version:
        _adopt(connection, shipped, rule_id, at)
    return add_step(connection, rule_id, version, State.RETIRED, who=who, at=at, note=note)


def difference(connection: sa.Connection, shipped: Book, rule_id: str, old: int, new: int) -> list[str]:
    """What changed between two versions, field by field: '-' what was said before, '+' what is said now."""
    before, after = (_fields(_content(connection, shipped, rule_id, one)) for one in (old, new))
    lines = []
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            told = [str(one.get(name, "")).splitlines() for one in (before, after)]
            lines += [f"{name}:", *(f"  {line}" for line in _changed(*told))]
    return lines


def _changed(before: list[str], after: list[str]) -> list[str]:
    found = difflib.ndiff(before, after)
    return [line for line in found if not line.startswith("? ")]


def _fields(text: str) -> dict[str, str]:
    said: dict[Any, Any] = yaml.safe_load(text)
    names = {name: "on" if name is True else str(name) for name in said}  # YAML reads a bare `on` as true
    return {
        names[name]: yaml.safe_dump(value, allow_unicode=True, width=110).removesuffix("...\n").strip()
        for name, value in said.items()
    }


def _content(connection: sa.Connection, shipped: Book, rule_id: str, version: int) -> str:
    if rule_id in shipped.rules and shipped.rules[rule_id].version == version:
        return shipped.texts[rule_id]
    return read_version(connection, rule_id, version).content


def _adopt(connection: sa.Connection, shipped: Book, rule_id: str, at: datetime) -> None:
    text, version = shipped.texts[rule_id], shipped.rules[rule_id].version
    add_version(connection, rule_id, version, text)
    step = Step(State.LIVE, SHIPPED, at.astimezone(UTC).isoformat(), "", 1.0)
    row = {"rule_id": rule_id, "version": version, "number": 1, "state": str(State.LIVE), "who": SHIPPED, "at": at,
           "note": "", "share": 1.0, "sha": link(hash_of(text), rule_id, version, step)}  # fmt: skip
    connection.execute(rule_steps.insert(), row)


def _head(text: str) -> tuple[str, int]:
    try:
        said = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Refusal(f"is no YAML ({str(error).splitlines()[0]})", place="rule", remedy="mend it") from None
    rule_id, version = (said.get(name) for name in ("id", "version")) if isinstance(said, dict) else (None, None)
    if not isinstance(rule_id, str) or not isinstance(version, int) or not rule_id.isidentifier() or len(text) > 65_536:
        remedy = f"write id and version; {nearest(str(rule_id), ['id', 'version'])}"
        raise Refusal("is not one rule with an id and a version", place="rule", remedy=remedy)
    return rule_id, version
