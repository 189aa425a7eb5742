"""What decisions are made from, and what comes of them: plain tables, no database, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from care.decisions.policy import Policy
from care.rules.rule import Rule

if TYPE_CHECKING:
    from care.books import Books
    from care.decisions.history import People

CUSTOMER_COLUMNS = ("customer_id", "is_staff", "manager_id", "branch_id")
CONSENT_COLUMNS = ("customer_id", "purpose", "channel", "granted")
MANAGER_COLUMNS = ("manager_id", "name", "branch_id", "team_id", "daily_minutes", "away_from", "away_to")
CALENDAR_COLUMNS = ("day", "kind")
PAST_COLUMNS = ("customer_id", "rule_id", "key", "as_of", "state", "refused")
OPEN_COLUMNS = (
    "task_id", "customer_id", "as_of", "day", "manager_id", "state", "position", "care_class", "deadline", "due_on",
    "value_minor", "expected_minor", "minutes", "per_minute", "snoozed_until", "outcome",
)  # fmt: skip
OPEN_REASON_COLUMNS = ("task_id", "customer_id", "rule_id", "key", "last_as_of")


@dataclass(frozen=True)
class Inputs:
    """One night's question.

    matches: nouns.MATCH_COLUMNS; likelihood: per match how likely the loss is without us (0..1, NaN unknown), in the
    matches' order. customers, consents, managers, calendar: as known on as_of, columns above. past: the reasons of
    tasks that are over, as_of being the newest night in which each was one, refused whether the customer said no.
    open_tasks and open_reasons: tasks that are not over. episodes: those that are open now (episodes.EPISODE_COLUMNS).
    """

    as_of: date
    matches: pd.DataFrame
    likelihood: pd.Series[float]
    rules: Mapping[str, Rule]
    policy: Policy
    customers: pd.DataFrame
    consents: pd.DataFrame
    managers: pd.DataFrame
    calendar: pd.DataFrame
    past: pd.DataFrame
    open_tasks: pd.DataFrame
    open_reasons: pd.DataFrame
    episodes: pd.DataFrame


@dataclass(frozen=True)
class Decisions:
    """One night's answer.

    candidates: nouns.CANDIDATE_COLUMNS, one row a match. tasks: OPEN_COLUMNS and `event` (what happened to the task:
    created, assigned, kept, put_back, withdrawn, expired, resting), new ones and all that were open. reasons: task_id
    and the match behind each reason that is true tonight, rank from 1. managers: each manager's day.
    """

    candidates: pd.DataFrame
    tasks: pd.DataFrame
    reasons: pd.DataFrame
    managers: pd.DataFrame


def inputs_of(
    books: Books,
    people: People,
    matches: pd.DataFrame,
    as_of: date,
    open_tasks: Sequence[Mapping[str, Any]],
    open_reasons: Sequence[Mapping[str, Any]],
    past: Sequence[Mapping[str, Any]],
    episodes: pd.DataFrame,
) -> Inputs:
    """A night's question from what was read: books, registers, matches, and the rows of the stored tasks."""
    from care.decisions.priority import likelihoods

    return Inputs(
        as_of=as_of,
        matches=matches,
        likelihood=likelihoods(books.book, matches, as_of),
        rules=books.book.rules,
        policy=books.policy,
        customers=people.customers,
        consents=people.consents,
        managers=people.managers,
        calendar=people.calendar,
        past=_frame(past, PAST_COLUMNS),
        open_tasks=_frame(open_tasks, OPEN_COLUMNS),
        open_reasons=_frame(open_reasons, OPEN_REASON_COLUMNS),
        episodes=episodes,
    )


def _frame(rows: Sequence[Mapping[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame([[row[name] for name in columns] for row in rows], columns=list(columns))
