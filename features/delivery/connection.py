"""The engine of an intake: leaves memory for sorting and writing, and turns local times into UTC quickly."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import duckdb

from features.engine import open_engine
from features.settings import Settings

SHARE_OF_MEMORY = 0.4  # of settings.memory; sorted rows on their way to a file lie outside the engine
_LAST_YEAR = 2100


def open_intake(settings: Settings) -> duckdb.DuckDBPyConnection:
    """An engine as `open_engine` gives it, for one intake."""
    connection = open_engine(settings)
    found = re.fullmatch(r"\s*([0-9.]+)\s*([A-Za-z]+)\s*", settings.memory)
    if found:
        connection.execute(f"SET memory_limit = '{float(found[1]) * SHARE_OF_MEMORY:.3f}{found[2]}'")
    # A delivered file is read once or twice: kept in memory it would only drive out what is needed.
    connection.execute("SET enable_external_file_cache = false")
    _quick_utc(connection, settings)
    return connection


def _quick_utc(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """`utc` of a TIMESTAMP by subtraction where the zone's clocks stand still, to the same instants."""
    exact = f"timezone('UTC', timezone('{settings.time_zone}', local))"
    since = _still_since(settings.zone)
    quick = exact
    if since is not None:
        offset = datetime(_LAST_YEAR, 1, 1, tzinfo=UTC).astimezone(settings.zone).utcoffset() or timedelta()
        microseconds = offset // timedelta(microseconds=1)
        quick = f"""CASE WHEN local >= TIMESTAMP '{since}-01-01' AND local < TIMESTAMP '{_LAST_YEAR}-01-01'
            THEN make_timestamp(epoch_us(local) - ({microseconds})) ELSE {exact} END"""
    connection.execute(f"""CREATE OR REPLACE MACRO utc(local TIMESTAMP) AS {quick},
        (local TIMESTAMP WITH TIME ZONE) AS {exact}""")


@cache
def _still_since(zone: ZoneInfo) -> int | None:
    """The first year from which on the zone's offset never changes; None where clocks still move."""

    def offsets(year: int) -> set[timedelta | None]:
        first = datetime(year, 1, 1, tzinfo=UTC)
        return {(first + timedelta(hours=6 * step)).astimezone(zone).utcoffset() for step in range(-4, 4 * 367)}

    last = offsets(_LAST_YEAR - 63)
    if len(last) > 1:
        return None
    year = _LAST_YEAR - 63
    while year > 1970 and offsets(year - 1) == last:
        year -= 1
    return year if year < _LAST_YEAR - 63 else None
