"""A night's question to the rules in force: who matches, which rule was stopped alone and why, what shadows say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from care.decisions.policy import Policy
from care.rules.book import Book
from care.rules.by_event import match_events, together
from care.rules.matches import Matches
from care.rules.matching import CompiledBook, compile_book
from care.rules.rule import Moment
from care.rules.versions.force import InForce, alarm, split

Events = Mapping[Moment, pa.Table]


@dataclass(frozen=True)
class NightPass:
    """matches: MATCH_COLUMNS of the rules in force, floods left out. passes: what each pass said, for counts. alarms:
    as care.rules.versions.store keeps them. shadow: matches of each rule that is asked and does nothing."""

    matches: pd.DataFrame
    passes: Sequence[Matches]
    alarms: Sequence[dict[str, Any]]
    shadow: Mapping[str, int]

    @property
    def stopped(self) -> dict[str, str]:
        """Rules that an alarm stopped, with the reason."""
        return {one["rule_id"]: one["detail"] for one in self.alarms}


def ask_rules(
    force: InForce, compiled: CompiledBook, signals: pa.Table, events: Events, as_of: date, policy: Policy
) -> NightPass:
    """Ask every rule in force; `compiled` is force.base, compiled. A rule that throws or floods is stopped alone."""
    passes = _passes(compiled, signals, events, as_of)
    matches = together(passes)
    coming = _ask(force.coming, signals, events, as_of)
    if force.coming is not None:
        passes = [*passes, *coming]
        matches = split(force, matches, together(coming))
    books = {**(force.coming.rules if force.coming else {}), **force.base.rules}
    alarms = [alarm(one, 0, "tampered", why) for one, why in force.stopped.items()]
    for said in passes:
        thrown = {one: why for one, why in said.stopped.items() if as_of < books[one].expires_on}
        alarms += [alarm(one, books[one].version, "threw", why) for one, why in thrown.items()]
    floods = _floods(matches, {one: rule.cap_a_day for one, rule in books.items()}, policy, signals.num_rows)
    alarms += [alarm(one, books[one].version, "flooded", why) for one, why in floods.items()]
    once = {one["rule_id"]: one for one in alarms}
    kept = matches[~matches["rule_id"].isin(list(floods))].reset_index(drop=True)
    told = [once[one] for one in sorted(once)]
    return NightPass(kept, passes, told, _counted(force.shadow, signals, events, as_of))


def _counted(shadow: Book | None, signals: pa.Table, events: Events, as_of: date) -> dict[str, int]:
    if shadow is None:
        return {}
    said = together(_ask(shadow, signals, events, as_of))["rule_id"]
    return {rule_id: int((said == rule_id).sum()) for rule_id in shadow.rules}


def _ask(book: Book | None, signals: pa.Table, events: Events, as_of: date) -> list[Matches]:
    return [] if book is None else _passes(compile_book(book), signals, events, as_of)


def _passes(compiled: CompiledBook, signals: pa.Table, events: Events, as_of: date) -> list[Matches]:
    return [compiled.match(signals, as_of), *match_events(compiled, events, signals, as_of)]


def _floods(matches: pd.DataFrame, caps: Mapping[str, int | None], policy: Policy, customers: int) -> dict[str, str]:
    """Rules that match more often than they may on one day."""
    usual = policy.flood.value.cap(customers)
    found = {}
    for rule_id, number in matches["rule_id"].value_counts().sort_index().items():
        cap = caps.get(str(rule_id)) or usual
        if number > cap:
            found[str(rule_id)] = f"{number} matches on one day, {cap} are allowed"
    return found
