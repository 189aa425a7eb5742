"""Which version holds for whom: the book in force out of the shipped rules and the stored versions."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from care.decisions.holdout import places
from care.rules.book import Book, read_book
from care.rules.versions.life import State
from care.rules.versions.store import Version
from features.errors import Refusal


@dataclass(frozen=True)
class InForce:
    """base: the rules that hold for everybody, or for whom no share was taken away. coming: rules that hold for a share
    of the customers (`shares` by id) instead of their base. shadow: rules that are asked and do nothing. stopped: rules
    that do not run, and why."""

    base: Book
    coming: Book | None = None
    shares: Mapping[str, float] = field(default_factory=dict)
    shadow: Book | None = None
    stopped: Mapping[str, str] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """A hash of everything that holds for somebody."""
        said = [self.base.version, self.coming and self.coming.version, sorted(self.shares.items()), dict(self.stopped)]
        return self.base.version if said[1:] == [None, [], {}] else hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def in_force(shipped: Book, versions: Sequence[Version]) -> InForce:
    """The shipped rules count as live; a stored version that is live for all takes the place of the one of its id.

    A rule whose newest decided version is retired is gone. One that was tampered with is stopped, and nothing of its id
    runs: nobody can say what was approved.
    """
    whole, part, shadow = _chosen(versions)
    stopped = {one.rule_id: one.tampered for one in versions if one.tampered and one.steps}
    gone = _retired(versions) | set(stopped)
    base = with_rules(shipped, {one: it.content for one, it in whole.items() if one not in stopped}, gone)
    coming = _book(base, {one: it for one, it in part.items() if one not in gone})
    shares = {one: it.share for one, it in part.items() if one not in gone}
    silent = _book(base, {one: it for one, it in shadow.items() if one not in gone})
    return InForce(base, coming, shares, silent, stopped)


def _chosen(versions: Sequence[Version]) -> tuple[dict[str, Version], dict[str, Version], dict[str, Version]]:
    """By rule: the newest version that is live for all, a newer one that is live for a part, one in the shadow."""
    sound = sorted((one for one in versions if not one.tampered), key=lambda one: one.version)
    whole = {one.rule_id: one for one in sound if one.share == 1}
    newer = [one for one in sound if one.rule_id not in whole or one.version > whole[one.rule_id].version]
    part = {one.rule_id: one for one in newer if 0 < one.share < 1}
    return whole, part, {one.rule_id: one for one in newer if one.state is State.SHADOW}


def _retired(versions: Sequence[Version]) -> set[str]:
    """Rules that were live by a stored version and of which none is any more."""
    was = {one.rule_id for one in versions if any(step.state is State.LIVE for step in one.steps)}
    return was - {one.rule_id for one in versions if one.state is State.LIVE}


def _book(base: Book, chosen: Mapping[str, Version]) -> Book | None:
    if not chosen:
        return None
    whole = with_rules(base, {one: it.content for one, it in chosen.items()}, set())
    return _only(whole, set(chosen))


def _only(book: Book, rule_ids: set[str]) -> Book:
    rules = {one: rule for one, rule in book.rules.items() if one in rule_ids}
    return replace(book, rules=MappingProxyType(rules), compiled={one: book.compiled[one] for one in rules})


def with_rules(book: Book, contents: Mapping[str, str], gone: set[str]) -> Book:
    """The book with these rules (YAML by id) over those of the same id, without those that are gone.

    Refusal (<id>.yaml and line) for a rule that does not stand.
    """
    if not contents and not gone:
        return book
    with tempfile.TemporaryDirectory() as folder:
        for rule_id, text in ({**book.texts, **contents}).items():
            (Path(folder) / f"{rule_id}.yaml").write_text(text, encoding="utf-8")
        try:
            whole = read_book(Path(folder), book.catalogue)
        except Refusal as refusal:
            place = refusal.place.replace(f"{folder}/", "")
            raise Refusal(refusal.reason, place=place, remedy=refusal.remedy) from None
    return _only(whole, {*book.rules, *contents} - gone)


def split(force: InForce, base: pd.DataFrame, coming: pd.DataFrame) -> pd.DataFrame:
    """The matches that hold: of a coming version for the customers of its share, of the base for the others.

    Where a customer stands depends on customer and rule alone: raising the share only adds customers.
    """
    kept = [base[[not one for one in _inside(base, force.shares)]], coming[_inside(coming, force.shares)]]
    return pd.concat(kept, ignore_index=True)


def _inside(matches: pd.DataFrame, shares: Mapping[str, float]) -> list[bool]:
    found = pd.Series(False, index=matches.index)
    for rule_id, share in shares.items():
        mine = matches["rule_id"] == rule_id
        if mine.any():
            found[mine] = places(matches.loc[mine, "customer_id"], f"rule {rule_id}") < share
    return [bool(one) for one in found]


def alarm(rule_id: str, version: int, kind: str, detail: str) -> dict[str, Any]:
    """One alarm, as it is stored."""
    return {"rule_id": rule_id, "rule_version": version, "kind": kind, "detail": detail}
