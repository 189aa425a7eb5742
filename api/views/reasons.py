"""Why: a match with its evidence, as it stood, in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from api.views.teller import Teller
from features.errors import Refusal

FACTS = 4  # values shown beside a reason; the task's own page shows all


def reason_view(row: Mapping[str, Any], teller: Teller) -> dict[str, Any]:
    """One reason of a task (a stored match) as pages and the API show it."""
    evidence = json.loads(row["evidence"]) if isinstance(row["evidence"], str) else dict(row["evidence"])
    rule = teller.service.book.rules.get(row["rule_id"])
    known = [teller.signal(name, value) for name, value in evidence.items() if value is not None]
    return {
        "rule_id": row["rule_id"],
        "version": row["rule_version"],
        "rule": teller.of(rule.name) if rule else row["rule_id"],
        "care_class": str(rule.care_class) if rule else "care",
        "sentence": _sentence(row, teller),
        "facts": known[:FACTS],
        "evidence": known,
        "signals": evidence,
        "value": teller.money(row["value_minor"]),
        "value_minor": int(row["value_minor"]),
    }


def talk_track(row: Mapping[str, Any], teller: Teller) -> str:
    """What a manager may say about a reason."""
    from care.rules.explain import say_talk_track

    try:
        return say_talk_track(teller.service.book, row["rule_id"], row["evidence"], teller.language, teller.currency)
    except (Refusal, KeyError):
        return ""


def findings(row: Mapping[str, Any], as_of: Any, teller: Teller) -> list[str]:
    """The rule's condition over the evidence, a line a part."""
    from care.rules.explain import explain

    try:
        whole = explain(teller.service.book, row["rule_id"], row["evidence"], as_of, teller.language, teller.currency)
    except (Refusal, KeyError):
        return []
    return list(_leaves(whole))


def _sentence(row: Mapping[str, Any], teller: Teller) -> str:
    """The rule's own sentence; a rule that the book has lost or rewritten leaves its evidence to speak."""
    from care.rules.explain import say

    try:
        return say(teller.service.book, row["rule_id"], row["evidence"], teller.language, teller.currency)
    except (Refusal, KeyError):
        return ""


def _leaves(finding: Any) -> list[str]:
    if not finding.parts:
        return [finding.sentence]
    return [line for part in finding.parts for line in _leaves(part)]
