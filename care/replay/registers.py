"""Customers, consents, managers and calendar as known on each of many days, read from the history once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

import duckdb
import pandas as pd

from care.decisions.history import TABLES, People
from features.engine import open_versions
from features.moments import midnight
from features.settings import Settings
from features.warehouse import Warehouse


@dataclass
class Registers:
    """All versions of the registers in memory; days between which nothing became known share one answer."""

    connection: duckdb.DuckDBPyConnection
    settings: Settings
    changes: list[datetime]
    relations: Mapping[str, str]
    _kept: tuple[int, People] | None = field(default=None)

    def as_of(self, day: date) -> People:
        """What care.decisions.history.read_people says for that day."""
        known = midnight(day, self.settings.zone)
        stage = bisect_right(self.changes, known)
        if self._kept is None or self._kept[0] != stage:
            self._kept = (stage, People(**{table: self._read(table, known) for table in TABLES}))
        return self._kept[1]

    def _read(self, table: str, known: datetime) -> pd.DataFrame:
        until = f"AND ts < TIMESTAMP '{known}'" if table == "consents" else ""
        rows = self.connection.execute(
            f"SELECT {', '.join(TABLES[table])} FROM kept_{table} WHERE known_at <= TIMESTAMP '{known}' "
            f"AND (superseded_at IS NULL OR superseded_at > TIMESTAMP '{known}') {until} ORDER BY ALL"
        )
        found: pd.DataFrame = rows.to_arrow_table().to_pandas(date_as_object=True)
        return found


@contextmanager
def open_registers(warehouse: Warehouse, settings: Settings, last: date) -> Iterator[Registers]:
    """The registers of every day up to `last`."""
    with open_versions(warehouse, settings) as history:
        moments = []
        for table in TABLES:
            history.connection.execute(f"CREATE TEMP TABLE kept_{table} AS SELECT * FROM {history.relations[table]}")
            clocks = ["known_at", "superseded_at", *(["ts"] if table == "consents" else [])]
            moments += [f"SELECT {clock} AS moment FROM kept_{table}" for clock in clocks]
        known = midnight(last, settings.zone)
        query = f"SELECT DISTINCT moment FROM ({' UNION ALL '.join(moments)}) WHERE moment <= ? ORDER BY moment"
        changes = [row[0] for row in history.connection.execute(query, [known]).fetchall()]
        yield Registers(history.connection, settings, changes, history.relations)
