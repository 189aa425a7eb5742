"""The events of one day of the bank, from the history, for the rules that ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import duckdb
import pyarrow as pa

from care.rules.by_event import TABLE_OF, moments_of
from care.rules.matching import CompiledBook
from care.rules.rule import Moment
from features.contract import TABLES
from features.engine import open_versions
from features.moments import midnight
from features.settings import Settings
from features.warehouse import Warehouse


def events_before(
    connection: duckdb.DuckDBPyConnection,
    relations: Mapping[str, str],
    as_of: date,
    moments: Sequence[Moment],
    settings: Settings,
) -> dict[Moment, pa.Table]:
    """The events of the day before `as_of` that were known at its end; `relations`: SQL of all versions by table."""
    since, until = (midnight(day, settings.zone) for day in (as_of - timedelta(days=1), as_of))
    known = f"known_at <= TIMESTAMP '{until}' AND (superseded_at IS NULL OR superseded_at > TIMESTAMP '{until}')"
    found = {}
    for moment in moments:
        table = TABLES[TABLE_OF[moment]]
        columns = ", ".join(column.name for column in table.columns)
        rows = connection.execute(
            f"SELECT {columns} FROM {relations[table.name]} WHERE {known} "
            f"AND event_at >= TIMESTAMP '{since}' AND event_at < TIMESTAMP '{until}' "
            f"ORDER BY customer_id, event_at, {', '.join(table.key)}"
        )
        found[moment] = rows.to_arrow_table()
    return found


def read_day_events(
    compiled: CompiledBook, warehouse: Warehouse, settings: Settings, as_of: date
) -> dict[Moment, pa.Table]:
    """The events of the day before `as_of` that some rule of the book asks for, from the stored history."""
    moments = moments_of(compiled)
    if not moments:
        return {}
    with open_versions(warehouse, settings) as history:
        day = as_of - timedelta(days=1)
        return events_before(history.connection, history.between(day, as_of), as_of, moments, settings)
