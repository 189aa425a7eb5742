"""Rows as they came in, sorted out: broken ones, repeated ones, those that say something else under a known key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from features.event_form import KINDS, Fault, Row, read_row
from features.received import known_rows

if TYPE_CHECKING:
    from care.event_desk import EventDesk


class State(StrEnum):
    """What became of a row: taken and judged, held until its time comes, broken, or another row under a known key."""

    ACCEPTED = "accepted"
    HELD = "held"
    REFUSED = "refused"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class Answer:
    """The answer to one row: the same however often it is sent. faults: what is wrong, field by field;
    customer_id: of a row that was taken."""

    key: str | None
    state: State
    faults: tuple[Fault, ...] = ()
    customer_id: str | None = None


def sorted_out(
    connection: sa.Connection, desk: EventDesk, given: Sequence[tuple[str, object]], received_at: datetime
) -> tuple[list[Answer], list[Row]]:
    """An answer to each row, and the rows that are new."""
    read = [_checked(desk, kind, row) for kind, row in given]
    rows = [one for one in read if isinstance(one, Row)]
    known: dict[tuple[str, str], tuple[str, bool]] = {}
    for kind in KINDS:
        keys = sorted({row.key for row in rows if row.kind == kind})
        stored = known_rows(connection, kind, keys) if keys else {}
        known |= {(kind, key): (row.sha, row.held) for key, row in stored.items()}
    answers, fresh = [], []
    for one in read:
        if not isinstance(one, Row):
            answers.append(Answer(None, State.REFUSED, tuple(one)))
            continue
        sha = one.sha
        if (one.kind, one.key) not in known:
            known[one.kind, one.key] = (sha, one.happened_at > received_at)
            fresh.append(one)
        answers.append(_answer(one, sha, *known[one.kind, one.key]))
    return answers, fresh


def _answer(row: Row, sha: str, known_sha: str, held: bool) -> Answer:
    if sha != known_sha:
        return Answer(row.key, State.CONFLICT, (Fault(row_key(row.kind), "came in before with another content"),))
    return Answer(row.key, State.HELD if held else State.ACCEPTED, (), row.customer_id)


def row_key(kind: str) -> str:
    """The column that names a row of a table."""
    from features.contract import TABLES

    return TABLES[kind].key[0]


def _checked(desk: EventDesk, kind: str, given: object) -> Row | list[Fault]:
    row = read_row(kind, given)
    if not isinstance(row, Row):
        return row
    if row.customer_id not in desk.customers.index:
        return [Fault("customer_id", "is not known")]
    account: Any = row.values.get("account_id")
    if account is not None and desk.accounts.get(account) != row.customer_id:
        return [Fault("account_id", "is no account of the customer")]
    return row


def counted(answers: Sequence[Answer]) -> Mapping[str, int]:
    """How many rows ended in each state."""
    return {str(state): sum(answer.state is state for answer in answers) for state in State}
