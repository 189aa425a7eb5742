"""The report of a replay: one mapping for machines, from which the page and the table on the terminal are made."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from care.books import Books
from care.replay import measure
from care.replay.cases import cases
from care.replay.form import Form, read_form
from care.replay.replay import Replayed, replayed
from features.progress import Progress, Silent
from features.settings import Settings
from features.warehouse import Warehouse


def replay(
    settings: Settings,
    live: Books,
    rules: Path,
    first: date,
    last: date,
    *,
    form: Form | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Try the rules in a file (or folder) over the days from `first` to `last`, beside the book in force.

    Every day sees what was known at its beginning; all stages of the night run, and every listed task counts as done on
    its day. Returns days, versions, managers (live, tried: their days), rules (each: live or None, tried, overlap,
    only_this_rule, happened, examples, counter_examples, daily). Money in minor units of `currency`. The same history,
    books and days give the same report. Refusal for rules that do not stand and for days outside the history.
    """
    with tempfile.TemporaryDirectory(prefix="forecare-replay-") as folder:
        asked = form or read_form(), progress or Silent()
        found = replayed(settings, live, rules, (first, last), Path(folder), *asked)
        return _report(found, str(Warehouse(settings.home).about.get("currency", "")))


def _report(found: Replayed, currency: str) -> dict[str, Any]:
    trial = found.trial
    return {
        "from": found.days[0].isoformat(),
        "to": found.days[-1].isoformat(),
        "days": len(found.days),
        "customers": found.customers,
        "currency": currency,
        "judged_until": found.newest.isoformat(),
        "books": {"live": trial.live.book.version, "tried": trial.tried.book.version},
        "policy": trial.live.policy.version,
        "catalogue": trial.live.catalogue.version,
        "managers": {"live": measure.managers(found.live), "tried": measure.managers(found.tried)},
        "by_manager": measure.by_manager((found.live, found.tried)),
        "rules": {rule_id: _rule(found, rule_id, currency) for rule_id in trial.rule_ids},
    }


def _rule(found: Replayed, rule_id: str, currency: str) -> dict[str, Any]:
    trial = found.trial
    rule = trial.tried.book.rules[rule_id]
    said = measure.judged(found, found.tried, rule_id)
    alone = measure.only_this(found, rule_id, said.opened)
    happened = found.happened.get(rule_id)
    known = rule_id in trial.live.book.rules
    before = (
        measure.side(found, found.live, found.matches[0], rule_id, measure.judged(found, found.live, rule_id))
        if known
        else None
    )
    return {
        "name": {"zh": rule.name.zh, "en": rule.name.en},
        "class": str(rule.care_class),
        "live": before,
        "tried": measure.side(found, found.tried, found.matches[1], rule_id, said),
        "happened": None if happened is None else {**happened.words(), "within": happened.within},
        "rate_for_all": measure.rate_for_all(found, rule_id),
        "overlap": measure.overlap(found, rule_id, said.opened),
        "only_this_rule": {
            "customers": len(alone),
            "share": round(len(alone) / max(said.opened["customer_id"].nunique(), 1), 4),
        },
        "daily": {
            "live": measure.daily(found.live, rule_id) if known else None,
            "tried": measure.daily(found.tried, rule_id),
        },
        **cases(found, rule_id, said, currency),
    }
