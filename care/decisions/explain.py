"""Why a task is there, why others are not, and what it was weighed by: from the log alone, with no side effect."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

import sqlalchemy as sa

from care.decisions.ledger import candidates_of
from care.nouns import Fate
from care.rules.book import Book, read_book
from care.rules.explain import say
from care.scheduler.runs import done_run
from care.score_reasons import read_score_reasons, say_score_reasons
from care.tasks.outcomes import task_words
from care.tasks.store import Row, events_of, read_task
from care.words import read_words, say_value
from features.errors import Refusal

_WORDS = Path(__file__).with_name("words.yaml")
_SHORT = 12  # letters of a hash that people compare


def explain(connection: sa.Connection, task_id: str) -> dict[str, Any]:
    """Everything behind a task, as JSON: {task, reasons, score, others, priority, events, inputs}.

    reasons: the matches with their evidence as it stood and the arithmetic of each; score: the signals behind the
    customer's churn score, if there was a model; others: the customer's candidates
    of the same night that did not become a task, with stage, reason and numbers; priority: how the task's worth came
    about; inputs: the versions of everything that was read. Refusal for an unknown task.
    """
    task = read_task(connection, task_id)
    found = [_candidate(row) for row in candidates_of(connection, task["customer_id"], task["day"])]
    by_id = {row["candidate_id"]: row for row in found}
    reasons = [_reason(row, by_id.get(row["candidate_id"])) for row in task.pop("reasons")]
    run = done_run(connection, "night", task["day"]) or {"inputs": {}}
    return {
        "task": _plain(task),
        "reasons": reasons,
        "score": [_plain(row) for row in read_score_reasons(connection, task["customer_id"], task["day"])],
        "others": [row for row in found if row["fate"] != Fate.TASK],
        "priority": {name: task[name] for name in ("value_minor", "expected_minor", "minutes", "per_minute")},
        "events": [_plain(event) for event in events_of(connection, task_id)],
        "inputs": run["inputs"],
    }


def explain_task(connection: sa.Connection, task_id: str, language: str, book: Book | None = None) -> dict[str, Any]:
    """`explain` with `lines`: the same in words of 'zh' or 'en'."""
    whole = explain(connection, task_id)
    if book is None:
        from features.catalogue import read_catalogue

        book = read_book(None, read_catalogue())
    return {**whole, "lines": _Teller(book, language, whole["inputs"].get("currency", "")).lines(whole)}


def say_why(row: Mapping[str, Any], language: str) -> str:
    """The fate of a stored candidate (reason and detail) in words of 'zh' or 'en'."""
    detail = json.loads(row["detail"]) if isinstance(row["detail"], str) else row["detail"]
    words = read_words(_WORDS)["reasons"]
    template = words.get(row["reason"], {}).get(language, row["reason"])
    return Template(template).safe_substitute(detail)


def _candidate(row: Row) -> Row:
    return _plain({**row, "detail": json.loads(row["detail"]), "evidence": json.loads(row["evidence"])})


def _reason(row: Row, candidate: Row | None) -> Row:
    kept = {name: value for name, value in row.items() if name not in ("task_id", "evidence")}
    told = {} if candidate is None else {"minutes": candidate["minutes"], **candidate["detail"]}
    return _plain({**kept, "evidence": json.loads(row["evidence"]), "arithmetic": told})


def _plain(row: Row) -> Row:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}


class _Teller:
    """Says an explanation in one language."""

    def __init__(self, book: Book, language: str, currency: str) -> None:
        self.book, self.language, self.currency = book, language, currency
        self.words: Mapping[str, str] = read_words(_WORDS)["explain"][language]

    def lines(self, whole: Mapping[str, Any]) -> list[str]:
        """The explanation, line by line."""
        task = whole["task"]
        state = task_words()["states"][task["state"]][self.language]
        lines = [
            self._say("title", {**task, "position": task["position"] or "-", "state": state}),
            self._say("reasons"),
        ]
        for reason in whole["reasons"]:
            lines += self._reason(reason)
        if whole["score"]:
            told = say_score_reasons(whole["score"], self.book.catalogue.signals, self.language, self.currency)
            lines += [self._say("score"), *(f"  {line}" for line in told)]
        money = {name: self._money(task[f"{name}_minor"]) for name in ("expected", "value")}
        per_minute = say_value(round(task["per_minute"], 2), "money", self.language, self.currency)
        lines += [self._say("total", {**task, **money, "per_minute": per_minute}), self._say("others")]
        others = [
            self._say("other", {"name": self._name(one), "why": say_why(one, self.language)}) for one in whole["others"]
        ]
        none = self._say("none")
        versions = {name: str(value)[:_SHORT] if value else none for name, value in whole["inputs"].items()}
        return [*lines, *(f"  {line}" for line in others or [self._say("none")]), self._say("inputs", versions)]

    def _reason(self, reason: Row) -> list[str]:
        lines = [f"  {self._say('reason', {**reason, 'name': self._name(reason), 'said': self._sentence(reason)})}"]
        arithmetic = reason["arithmetic"]
        if arithmetic:
            shares = {
                name: say_value(arithmetic[name], "probability", self.language, self.currency)
                for name in ("probability", "effect")
            }
            money = {name: self._money(arithmetic[f"{name}_minor"]) for name in ("gross", "disturbance")}
            money |= {name: self._money(reason[f"{name}_minor"]) for name in ("value", "expected")}
            money["minutes_cost"] = self._money(arithmetic["minutes_minor"])
            lines.append(f"    {self._say('arithmetic', {**shares, **money, 'minutes': arithmetic['minutes']})}")
        return lines

    def _sentence(self, reason: Row) -> str:
        """The rule's own sentence; where the book has lost or rewritten the rule, the evidence as it stood."""
        try:
            return say(self.book, reason["rule_id"], reason["evidence"], self.language, self.currency)
        except (Refusal, KeyError):
            return json.dumps(reason["evidence"], ensure_ascii=False)

    def _name(self, row: Row) -> str:
        rule = self.book.rules.get(row["rule_id"])
        return row["rule_id"] if rule is None else rule.name.of(self.language)

    def _money(self, minor: int) -> str:
        from decimal import Decimal

        return say_value(Decimal(minor).scaleb(-2), "money", self.language, self.currency)

    def _say(self, key: str, values: Mapping[str, Any] | None = None) -> str:
        return Template(self.words[key]).safe_substitute(values or {})
