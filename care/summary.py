"""What a night may be asked for, and what it says it did: the JSON of `forecare run`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from care.books import Books
from care.decisions.inputs import Decisions
from care.rules.by_event import all_stopped, all_unknown
from care.rules.explain import say
from care.scheduler.runs import fingerprint
from care.score_reasons import say_score_reasons
from care.words import read_words
from features.errors import Refusal
from features.moments import day_of
from features.settings import Settings
from features.warehouse import Warehouse

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from care.rules.night_pass import NightPass

TOP = 5
_WORDS = Path(__file__).with_name("summary.yaml")


def check_night(warehouse: Warehouse, settings: Settings, as_of: date, started_at: datetime) -> None:
    """Refusal for a day that has not begun when the night starts, and for a home without history."""
    today = day_of(started_at.astimezone(UTC).replace(tzinfo=None), settings.zone)
    if as_of > today:
        remedy = "give today or a day before it"
        raise Refusal(f"{as_of} is in the future (today is {today})", place="--as-of", remedy=remedy)
    if not warehouse.tables:
        remedy = "forecare intake --source NAME --data DIR, or forecare demo"
        raise Refusal("no history yet", place=str(settings.home), remedy=remedy)


def known_customers(signals: pa.Table, as_of: date) -> pa.Table:
    """The signals themselves; Refusal where nobody was a customer yet, as the bank knew it then."""
    if not signals.num_rows:
        raise Refusal(f"no customer was known on {as_of}", place="--as-of", remedy="give a day within the history")
    return signals


def answer_again(done: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The stored summary of a night that is done.

    Where the inputs have changed since, the answer is still the stored one - the managers have worked by it - with a
    `note` (zh, en) that names what changed.
    """
    summary: dict[str, Any] = dict(done["summary"])
    if done["fingerprint"] == fingerprint(inputs):
        return summary
    changed = [name for name in inputs if inputs[name] != done["inputs"].get(name)]
    words = read_words(_WORDS)["inputs_changed"]
    said = {language: Template(text).substitute(names=", ".join(changed)) for language, text in words.items()}
    return {**summary, "note": said}


def summarise(
    warehouse: Warehouse,
    books: Books,
    signals: pa.Table,
    model: Mapping[str, Any],
    asked: NightPass,
    decisions: Decisions,
    because: Sequence[Mapping[str, Any]],
    answers: pd.DataFrame,
) -> dict[str, Any]:
    """A finished night: counts by step, tasks by manager, the five best tasks with their reasons in both languages."""
    found = asked.matches["rule_id"].value_counts().to_dict()
    unknown = all_unknown(asked.passes)
    listed = decisions.tasks[decisions.tasks["position"].notna()]
    fates = decisions.candidates["reason"].value_counts().sort_index()
    return {
        "intake": dict(warehouse.about.get("intake", {})),
        "signals": {"customers": signals.num_rows, "signals": signals.num_columns - 2},
        "model": dict(model),
        "matches": {rule_id: int(found.get(rule_id, 0)) for rule_id in sorted(unknown)},
        "not_enough_data": {rule_id: number for rule_id, number in sorted(unknown.items()) if number},
        "stopped_rules": dict(sorted({**all_stopped(asked.passes), **asked.stopped}.items())),
        "fates": {str(reason): int(number) for reason, number in fates.items()},
        "tasks": {
            "total": len(listed),
            "by_manager": {str(one): int(n) for one, n in listed["manager_id"].value_counts().sort_index().items()},
            "top": _top(listed, decisions.reasons, because, books, str(warehouse.about.get("currency", ""))),
        },
        "pre_answers": {
            "customers": int(answers["customer_id"].nunique()),
            "topics": int(answers["topic_id"].nunique()),
        },
    }


def _top(
    listed: pd.DataFrame,
    reasons: pd.DataFrame,
    because: Sequence[Mapping[str, Any]],
    books: Books,
    currency: str,
) -> list[dict[str, Any]]:
    """The tasks worth most a minute, whoever has them."""
    best = listed.sort_values(["per_minute", "customer_id"], ascending=[False, True]).head(TOP)
    told = []
    for task in best.to_dict("records"):
        mine = reasons[reasons["task_id"] == task["task_id"]].to_dict("records")
        score = [row for row in because if row["customer_id"] == task["customer_id"]]
        told.append(
            {
                "task_id": task["task_id"],
                "customer_id": task["customer_id"],
                "manager_id": task["manager_id"],
                "rules": [reason["rule_id"] for reason in mine],
                "priority": round(task["per_minute"], 2),
                "value": round(task["value_minor"] / 100, 2),
                "reasons": [_said(books, reason, currency) for reason in mine],
                "score": _score(books, score, currency),
            }
        )
    return told


def _said(books: Books, reason: Mapping[Any, Any], currency: str) -> dict[str, str]:
    said = {
        language: say(books.book, reason["rule_id"], reason["evidence"], language, currency)
        for language in ("zh", "en")
    }
    return {"rule": reason["rule_id"], **said}


def _score(books: Books, rows: Sequence[Mapping[str, Any]], currency: str) -> list[dict[str, str]]:
    """The themes behind the customer's score in both languages; empty without a model."""
    signals = books.catalogue.signals
    both = (say_score_reasons(rows, signals, language, currency) for language in ("zh", "en"))
    return [{"zh": zh, "en": en} for zh, en in zip(*both, strict=True)]
