"""Rules on an event: one row an event, its own columns as event_<column> beside the signals of its customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from care.decisions.episodes import FACTS
from care.nouns import MATCH_COLUMNS
from care.rules.event_columns import EVENT_TABLES
from care.rules.matches import Matches
from care.rules.matching import CompiledBook
from care.rules.rule import Moment
from features.columns import Kind
from features.contract import TABLES
from features.event_form import KINDS

TABLE_OF: Mapping[Moment, str] = MappingProxyType(
    {moment: table for moment, table in EVENT_TABLES.items() if table in KINDS}
)
"""The table of the contract in which the events of a moment lie that come in one by one."""
_ARROW = {
    Kind.TEXT: pa.string(), Kind.MONEY: pa.float64(), Kind.INSTANT: pa.timestamp("us"), Kind.DAY: pa.date32(),
    Kind.INTEGER: pa.float64(), Kind.NUMBER: pa.float64(), Kind.FLAG: pa.bool_(),
}  # fmt: skip


def moments_of(compiled: CompiledBook) -> list[Moment]:
    """The kinds of events of which some enabled rule reads the columns.

    A rule that is asked every day as well reads signals alone: for it an event is only an occasion to ask.
    """
    alone = [rule for rule in compiled.book.rules.values() if rule.enabled and "day" not in rule.on]
    return [moment for moment in TABLE_OF if any(moment in rule.on for rule in alone)]


def event_rows(events: pa.Table, moment: Moment, signals: pa.Table) -> pa.Table:
    """The events as rules read them: event_<column> (money in currency units), customer_id and the signals.

    `events`: columns of the contract, money in minor units. An event of a customer without signals is left out.
    """
    place = pc.index_in(events["customer_id"].combine_chunks(), value_set=signals["customer_id"].combine_chunks())
    events, place = events.filter(pc.is_valid(place)), place.drop_null()
    found = signals.take(place)
    for column in TABLES[TABLE_OF[moment]].columns:
        values = events[column.name] if column.name in events.column_names else pa.nulls(events.num_rows)
        values = values.cast(_ARROW[column.kind])
        if column.kind is Kind.MONEY:
            values = pc.divide(values, 100.0)
        found = found.append_column(f"event_{column.name}", values)
    return found


def match_events(
    compiled: CompiledBook, events: Mapping[Moment, pa.Table], signals: pa.Table, as_of: date
) -> list[Matches]:
    """What the rules on events say to a day's events, moment by moment."""
    return [
        compiled.match(event_rows(events[moment], moment, signals), as_of, moment)
        for moment in moments_of(compiled)
        if moment in events and events[moment].num_rows
    ]


def together(found: Sequence[Matches]) -> pd.DataFrame:
    """All matches as one frame (MATCH_COLUMNS): of several events that say the same, the one with most at stake."""
    frame = pd.concat([one.frame for one in found], ignore_index=True)[list(MATCH_COLUMNS)]
    order = frame.sort_values([*FACTS, "value_minor", "evidence"], ascending=[True, True, True, False, True])
    return order.drop_duplicates(FACTS, ignore_index=True)


def all_unknown(found: Sequence[Matches]) -> dict[str, int]:
    """Rows without enough data by rule, over all passes."""
    counted: dict[str, int] = {}
    for matches in found:
        for rule_id, number in matches.unknown.items():
            counted[rule_id] = counted.get(rule_id, 0) + number
    return counted


def all_stopped(found: Sequence[Matches]) -> dict[str, str]:
    """Rules that did not run, and why."""
    return {rule_id: why for matches in found for rule_id, why in matches.stopped.items()}
