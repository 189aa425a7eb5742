"""Tasks and pre-answers by day: the night's decision over the few customers for whom an episode opened or ended."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from care.decisions.decide import decide
from care.decisions.episode_store import oldest_open, read_episodes
from care.decisions.inputs import Decisions, inputs_of
from care.decisions.ledger import add_candidates
from care.event_desk import Asked, EventDesk
from care.nouns import MATCH_COLUMNS
from care.preanswers.by_day import renew_pre_answers
from care.tasks.plan import EVENT, write_tasks
from care.tasks.store import Row, open_reasons, open_tasks, past_reasons
from care.tasks.tables import task_reasons, tasks

WHOLE_DAY = 1_440
"""Minutes of a day: what is owed by day is not put off for want of a manager's minutes; the next night plans them."""
FIRST = 0
"""The place of a task that came by day: before the list of the night."""


def decide_by_day(
    connection: sa.Connection,
    desk: EventDesk,
    asked: Asked,
    customer_ids: Sequence[str],
    matches: pd.DataFrame,
    more: Mapping[str, pa.Table],
    as_of: date,
    *,
    at: datetime,
) -> None:
    """Decide for these customers on the day's list (the newest night's) and store what changed.

    Their other reasons stand as the night left them; reasons of the asked rules are what is true now.
    """
    day, books = desk.night, desk.books
    before, known = open_tasks(connection, customer_ids), open_reasons(connection, customer_ids)
    past = past_reasons(connection, min(books.rests_since(day), oldest_open(connection) or day), customer_ids)
    mine = matches[matches["customer_id"].isin(list(customer_ids))]
    stood = _standing(known, set(asked.rule_ids))
    whole = pd.concat([mine, stood], ignore_index=True) if len(stood) else mine
    episodes = read_episodes(connection, as_of, customer_ids)
    people = desk.people_of(customer_ids)
    inputs = inputs_of(books, people, whole, day, before, known, past, episodes[episodes["ended_on"].isna()])
    managers = inputs.managers.assign(daily_minutes=WHOLE_DAY)
    decisions = _named(connection, decide(replace(inputs, managers=managers)), before, day)
    changed = decisions.candidates[decisions.candidates["rule_id"].isin(asked.rule_ids)]
    add_candidates(connection, changed, day)
    write_tasks(connection, decisions, before, known, as_of=day, at=at, who=EVENT)
    _let_go(connection, decisions, known, day)
    renew_pre_answers(connection, desk, customer_ids, more, as_of)


def _standing(known: Sequence[Row], asked: set[str]) -> pd.DataFrame:
    """The matches behind open tasks that no asked rule speaks of: those that were true when the task was decided."""
    newest: dict[str, date] = {}
    for row in known:
        newest[row["task_id"]] = max(row["last_as_of"], newest.get(row["task_id"], row["last_as_of"]))
    rows = [row for row in known if row["rule_id"] not in asked and row["last_as_of"] == newest[row["task_id"]]]
    return pd.DataFrame([[row[name] for name in MATCH_COLUMNS] for row in rows], columns=list(MATCH_COLUMNS))


def _let_go(connection: sa.Connection, decisions: Decisions, known: Sequence[Row], day: date) -> None:
    """Reasons that came up on this day and are none any more leave their task; older ones count as the day before's."""
    true = set(zip(*(decisions.reasons[name] for name in ("task_id", "rule_id", "key")), strict=True))
    for row in known:
        facts = (row["task_id"], row["rule_id"], row["key"])
        if facts not in true and row["last_as_of"] == day:
            mine = [
                task_reasons.c[name] == value for name, value in zip(("task_id", "rule_id", "key"), facts, strict=True)
            ]
            if row["as_of"] == day:
                connection.execute(task_reasons.delete().where(*mine))
            else:
                last = day - timedelta(days=1)
                connection.execute(task_reasons.update().where(*mine).values(last_as_of=last))


def _named(connection: sa.Connection, decisions: Decisions, before: Sequence[Row], day: date) -> Decisions:
    """New tasks under an id of their own - the night may have given the customer one on the same day - and places that
    leave the night's list as it is."""
    old = {row["task_id"]: row for row in before}
    names = {one: one for one in old}
    for task_id, customer_id in zip(decisions.tasks["task_id"], decisions.tasks["customer_id"], strict=True):
        if task_id not in old:
            names[task_id] = _new_id(connection, customer_id, day)
    table = decisions.tasks.assign(task_id=decisions.tasks["task_id"].map(names))
    places = [old[one]["position"] if one in old else FIRST for one in table["task_id"]]
    table["position"] = pd.Series(places, index=table.index, dtype=object)
    candidates = decisions.candidates
    given = pd.Series([names.get(one) for one in candidates["task_id"]], index=candidates.index, dtype=object)
    candidates = candidates.assign(task_id=given)
    reasons = decisions.reasons.assign(task_id=decisions.reasons["task_id"].map(names))
    return replace(decisions, tasks=table, candidates=candidates, reasons=reasons)


def _new_id(connection: sa.Connection, customer_id: str, day: date) -> str:
    mine = sa.select(sa.func.count()).where(tasks.c.customer_id == customer_id, tasks.c.as_of == day)
    number = connection.execute(mine).scalar_one()
    return hashlib.sha256(f"{customer_id}\x00{day.isoformat()}\x00{EVENT}\x00{number}".encode()).hexdigest()[:16]
