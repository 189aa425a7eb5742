"""Twenty examples and twenty counter-examples: real customers, chosen by a seed, with the reason in both languages."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from care.replay.measure import Judged
from care.replay.replay import Replayed
from care.rules.explain import say

LANGUAGES = ("zh", "en")


def cases(found: Replayed, rule_id: str, said: Judged, currency: str) -> dict[str, list[dict[str, Any]]]:
    """examples: episodes to which it happened (any, if no outcome is stated); counter_examples: to which it did not."""
    opened = said.opened
    if said.over is None or said.lead is None:
        return {"examples": _told(found, rule_id, opened, None, currency), "counter_examples": []}
    hit = said.over & said.lead.notna()
    return {
        "examples": _told(found, rule_id, opened[hit], said.lead, currency),
        "counter_examples": _told(found, rule_id, opened[said.over & ~hit], said.lead, currency),
    }


def _told(
    found: Replayed, rule_id: str, rows: pd.DataFrame, lead: pd.Series[float] | None, currency: str
) -> list[dict[str, Any]]:
    count = min(found.form.examples, len(rows))
    chosen = np.sort(np.random.default_rng(found.form.seed).choice(len(rows), count, replace=False))
    book = found.trial.tried.book
    told = []
    for at, row in rows.iloc[chosen].iterrows():
        days = None if lead is None or not np.isfinite(lead[at]) else int(lead[at])  # type: ignore[call-overload]
        told.append(
            {
                "customer_id": row["customer_id"],
                "key": row["key"],
                "opened_on": row["opened_on"].isoformat(),
                "value_minor": int(row["value_minor"]),
                "happened_after_days": days,
                "evidence": json.loads(row["evidence"]),
                **{language: say(book, rule_id, row["evidence"], language, currency) for language in LANGUAGES},
            }
        )
    return told
