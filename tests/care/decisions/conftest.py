"""A small bank to decide for: rules, customers, managers, and matches written in one line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any

import pandas as pd
import pytest

from care.decisions.episodes import EPISODE_COLUMNS
from care.decisions.inputs import (
    CALENDAR_COLUMNS,
    CONSENT_COLUMNS,
    CUSTOMER_COLUMNS,
    MANAGER_COLUMNS,
    OPEN_COLUMNS,
    OPEN_REASON_COLUMNS,
    PAST_COLUMNS,
    Inputs,
)
from care.decisions.policy import read_policy
from care.nouns import MATCH_COLUMNS
from care.rules.rule import Rule

DAY = date(2026, 6, 1)  # a Monday


def make_rule(rule_id: str, care_class: str = "care", **fields: Any) -> Rule:
    usual = {
        "id": rule_id, "version": 1, "owner": "test", "expires_on": "2027-12-31",
        "name": {"zh": rule_id, "en": rule_id}, "class": care_class, "on": "day", "when": "true",
        "until": "false", "timeout_days": 30,
        "evidence": ["assets"], "value": 1, "probability": 0.5, "effect": 0.2,
        "deadline": "P2", "minutes": 10, "channels": ["phone"], "cool_down": 30, "reason": {"zh": "x", "en": "x"},
        "talk_track": {"zh": "x", "en": "x"}, "holdout": 0.0, "enabled": True,
        "examples": [{"given": {}, "expect": "match", "why": "always"}],
    }  # fmt: skip
    return Rule.model_validate({**usual, **fields})


def frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame([[row.get(name) for name in columns] for row in rows], columns=list(columns))


RULES = (
    make_rule("outflow", deadline="P1"), make_rule("drop"), make_rule("churn", minutes=20),
    make_rule("offer", "marketing", deadline="P3", suppressed_by=["complaint"]),
    make_rule("due", "service", deadline="P1", minutes=5, cool_down=20), make_rule("complaint", deadline="P1"),
)  # fmt: skip


class Bank:
    """Builds a night's inputs; what is not given is usual: customers c1..c9 of manager m1, no past."""

    def __init__(self) -> None:
        self.rules = {rule.id: rule for rule in RULES}
        self.policy = read_policy()

    def night(self, *matches: str, as_of: date = DAY, **tables: Any) -> Inputs:
        """Matches as 'c1 outflow 50000' (value in units; a fourth word is the key)."""
        rows = [self._match(*match.split()) for match in matches]
        people = tables.pop(
            "customers", [{"customer_id": f"c{n}", "manager_id": "m1", "branch_id": "b1"} for n in range(1, 10)]
        )
        found = frame(rows, MATCH_COLUMNS)
        probability = found["rule_id"].map({one.id: one.probability for one in self.rules.values()}).astype("float64")
        found = found.astype({"value_minor": "int64", "rule_version": "int64"})
        usual = [{"manager_id": "m1", "branch_id": "b1", "daily_minutes": 200}]
        return Inputs(
            as_of=as_of, matches=found, likelihood=probability,
            rules=MappingProxyType(self.rules), policy=self.policy, customers=frame(people, CUSTOMER_COLUMNS),
            consents=frame(tables.pop("consents", []), CONSENT_COLUMNS),
            managers=frame(tables.pop("managers", usual), MANAGER_COLUMNS),
            calendar=frame(tables.pop("calendar", []), CALENDAR_COLUMNS),
            past=frame(tables.pop("past", []), PAST_COLUMNS),
            open_tasks=frame(tables.pop("open_tasks", []), OPEN_COLUMNS),
            open_reasons=frame(tables.pop("open_reasons", []), OPEN_REASON_COLUMNS),
            episodes=frame(tables.pop("episodes", []), EPISODE_COLUMNS), **tables,
        )  # fmt: skip

    def with_policy(self, **values: Any) -> None:
        changed = {
            name: getattr(self.policy, name).model_copy(update={"value": value}) for name, value in values.items()
        }
        self.policy = self.policy.model_copy(update=changed)

    def with_rule(self, rule_id: str, **fields: Any) -> None:
        self.rules[rule_id] = self.rules[rule_id].model_copy(update=fields)

    def _match(self, customer_id: str, rule_id: str, value: str = "50000", key: str = "") -> dict[str, Any]:
        return {
            "customer_id": customer_id, "rule_id": rule_id, "rule_version": 1, "key": key,
            "value_minor": int(value) * 100, "evidence": f'{{"assets":{value}}}',
        }  # fmt: skip


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture(scope="session")
def new_bank() -> type[Bank]:
    """For tests that need a fresh bank for each of many examples."""
    return Bank


@pytest.fixture(scope="session")
def next_night() -> Callable[[Inputs, pd.DataFrame, pd.DataFrame], Inputs]:
    return _next_night


def _next_night(inputs: Inputs, tasks: pd.DataFrame, reasons: pd.DataFrame) -> Inputs:
    """The tasks that a night left open, handed to another night."""
    tasks = tasks[~tasks["state"].isin(["done", "declined", "expired", "withdrawn"])]
    known = reasons[reasons["task_id"].isin(tasks["task_id"])]
    return replace(
        inputs,
        open_tasks=tasks[list(OPEN_COLUMNS)],
        open_reasons=known.assign(last_as_of=DAY)[list(OPEN_REASON_COLUMNS)],
    )
