"""One event, or a thousand, by day: the night's own functions over the customers whom they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import sqlalchemy as sa

from care.decisions.episode_store import read_episodes, write_changes
from care.decisions.episodes import Opener, before, turn
from care.event_answers import Answer, sorted_out
from care.event_desk import EventDesk
from care.event_tasks import decide_by_day
from care.rules.by_event import TABLE_OF, match_events, together
from care.rules.recovery import recovered
from features.contract import TABLES
from features.event_form import Row
from features.moments import day_of, midnight
from features.received import due_rows, keep, mark_judged, rows_table, waiting_rows

LIMIT = 1_000
"""Rows in one request at most, and held rows that one request releases."""


@dataclass(frozen=True)
class Given:
    """A row as somebody sent it: its table and an object of its columns."""

    kind: str
    row: object


def take_events(desk: EventDesk, engine: sa.Engine, given: Sequence[Given], *, received_at: datetime) -> list[Answer]:
    """Store rows that came in by day and judge their customers at once, in one transaction; an answer a row, in order.

    Rows are known by their key: the same content again is answered as before and changes nothing, another content is
    refused. What is wrong with a row is said, and the others go on. Rows may be late and in any order; one whose time
    has not come is held, and judged with the first rows that come in afterwards, or by the night. Killed at any moment,
    either everything of a call is stored or nothing. `received_at`: aware.
    """
    with engine.begin() as connection:
        answers, fresh = sorted_out(connection, desk, [(one.kind, one.row) for one in given], received_at)
        due = due_rows(connection, received_at, LIMIT)
        judged_for = _days(desk, [*(row for row in fresh if row.happened_at <= received_at), *due])
        keep(connection, fresh, received_at, judged_for)
        mark_judged(connection, due, judged_for)
        for as_of in sorted(set(judged_for.values())):
            about = sorted(one for one, day in judged_for.items() if day == as_of)
            judge(connection, desk, about, as_of, at=received_at)
    return answers


def _days(desk: EventDesk, rows: Sequence[Row]) -> dict[str, date]:
    """The as-of day for which each customer is judged: of the night to come, or the day after the newest row."""
    zone, found = desk.settings.zone, dict[str, date]()
    for row in rows:
        day = day_of(row.happened_at.astimezone(UTC).replace(tzinfo=None), zone)
        found[row.customer_id] = max(found.get(row.customer_id, desk.night), day)
    return {customer_id: day + timedelta(days=1) for customer_id, day in found.items()}


def judge(
    connection: sa.Connection, desk: EventDesk, customer_ids: Sequence[str], as_of: date, *, at: datetime
) -> None:
    """Ask the rules that may act by day about these customers, over the history and all that came in since.

    Each is asked what rows of the kinds that came in for this very customer may make true, whoever came in beside.
    """
    until = midnight(as_of, desk.settings.zone).replace(tzinfo=UTC)
    waiting = [row for row in waiting_rows(connection, customer_ids, until) if row.happened_at <= at]
    kinds: dict[str, set[str]] = {}
    for row in waiting:
        kinds.setdefault(row.customer_id, set()).add(row.kind)
    groups: dict[frozenset[str], list[str]] = {}
    for customer_id, came in sorted(kinds.items()):
        groups.setdefault(frozenset(came), []).append(customer_id)
    for came_in, about in sorted(groups.items(), key=lambda group: sorted(group[0])):
        mine = set(about)
        _judge(connection, desk, about, came_in, [row for row in waiting if row.customer_id in mine], as_of, at)


def _judge(
    connection: sa.Connection,
    desk: EventDesk,
    customer_ids: Sequence[str],
    kinds: frozenset[str],
    waiting: Sequence[Row],
    as_of: date,
    at: datetime,
) -> None:
    asked = desk.asked(kinds)
    if not asked.rule_ids:
        return
    more = {kind: _table(kind, [row for row in waiting if row.kind == kind]) for kind in sorted(kinds)}
    signals = desk.signals(connection, customer_ids, asked, more, as_of)
    events = {moment: more[table] for moment, table in TABLE_OF.items() if table in more}
    said = [asked.compiled.match(signals, as_of), *match_events(asked.compiled, events, signals, as_of)]
    matches = together(said)
    stored = read_episodes(connection, as_of, customer_ids)
    mine = stored["rule_id"].isin(asked.rule_ids)
    if matches.empty and not mine.any():  # nothing is true and nothing was: the usual row
        return
    stood = before(stored[mine], as_of)
    over = recovered(asked.compiled, signals, stood, matches, as_of)
    now = turn(stood, matches, over, desk.books.timeouts, as_of, Opener.EVENT)
    changed = write_changes(connection, stored[mine], now)
    if changed:
        decide_by_day(connection, desk, asked, sorted(changed), matches, more, as_of, at=at)


def _table(kind: str, rows: Sequence[Row]) -> pa.Table:
    """Rows beside the history: of this moment they are known."""
    event = str(TABLES[kind].event)
    return rows_table(kind, [row.values for row in rows], [row.values[event] for row in rows])
