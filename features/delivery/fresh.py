"""What a delivery holds of one table: its SELECT over all files or over some, its months, the hashes of its keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb
import numpy as np

from features.columns import Table
from features.delivery.checks import EARLIEST, checked_sql, values_sql
from features.delivery.keys import Keys
from features.delivery.landing import Landed, LandedFile
from features.delivery.merging import key_hash
from features.delivery.row_by_row import driving_relation

ROWS_AN_ACCOUNT = 20  # in a delivery that holds a history; a day's has few rows, and is looked at whole
Month = date | None
"""The first day of a month of UTC; None for rows that no month can hold."""


@dataclass
class Part:
    """Some of the rows: those that come from `files` of the driving relation, or all (None). `rows` by month."""

    files: list[LandedFile] | None
    rows: Counter[Month] = field(default_factory=Counter)


@dataclass
class Fresh:
    """The delivered rows of a table as SQL. `given`: SQL type of each handed column, `more`: further faults."""

    connection: duckdb.DuckDBPyConnection
    table: Table
    landed: Landed
    given: dict[str, str]
    delivered: str
    keys: dict[str, Keys]
    more: Sequence[str] = ()
    parts: list[Part] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    _driver: str | None = None

    def split(self) -> None:
        """Cut the rows into parts, one a file where each row comes from one row of it; else compute them all."""
        self._driver = driving_relation(self.connection, self.landed.sql)
        if self._driver in self.landed.files:
            self.parts = [Part([file]) for file in self.landed.files[str(self._driver)]]
        else:
            self.connection.execute("CREATE OR REPLACE TEMP TABLE handed_whole AS FROM handed")
            self.parts = [Part(None)]

    def rows(self, parts: Sequence[Part]) -> str:
        """SQL of the handed rows of some parts."""
        if parts[0].files is None:
            return "handed_whole"
        files = [file for part in parts for file in part.files or []]
        cut = self.landed.rows(str(self._driver), files)
        return f"(WITH {self._driver} AS NOT MATERIALIZED ({cut}) {self.landed.sql.rstrip().rstrip(';')})"

    def count(self, part: Part) -> None:
        """Count a part's rows by month, and note which files rows say they come from."""
        month = "NULL::DATE"
        if self.table.event:
            month = f"CASE WHEN {self._placed} THEN CAST(date_trunc('month', event_at) AS DATE) END"
        values = values_sql(self.table, self.rows([part]), self.given, self.delivered)
        found = self.connection.execute(f"SELECT {month}, _file, count(*) FROM ({values}) GROUP BY ALL").fetchall()
        for name, file, rows in found:
            part.rows[name] += rows
            self.names.add(file)

    def hashes(self, part: Part) -> Any:
        """The hash of every row's key, as an array of 64-bit numbers."""
        values = values_sql(self.table, self.rows([part]), self.given, self.delivered)
        found = self.connection.execute(f"SELECT {self._key_hash} AS h FROM ({values})").to_arrow_table()
        return np.asarray(found.column(0).to_numpy(), dtype=np.uint64)

    def taken(self, accounts: int | None = None) -> str:
        """SELECT of the rows as they are stored, with _file: without those of no possible moment, else unchecked.

        `accounts`: only the rows of about so many of them.
        """
        rows = self.rows(self.parts)
        if accounts and "account_id" in self.keys:
            known = min(
                len(self.keys["account_id"].values), sum(one.rows.total() for one in self.parts) // ROWS_AN_ACCOUNT
            )
            # Of the handed rows: what is left out costs nothing more.
            rows = f"(SELECT * FROM {rows} WHERE hash(account_id) % {max(1, known // accounts)} = 0)"
        values = values_sql(self.table, rows, self.given, self.delivered)
        names = ", ".join(f"v_{column.name} AS {column.name}" for column in self.table.columns)
        possible = f"event_at >= TIMESTAMP '{EARLIEST}' AND event_at <= {self.delivered}"
        return f"(SELECT {names}, event_at, known_at, _file FROM ({values}) WHERE {possible})"

    def holds(self, months: Sequence[Month]) -> bool:
        """Whether any row was delivered for these months."""
        return any(part.rows[month] for part in self.parts for month in months)

    def checked(self, months: Sequence[Month], *, suspect: bool | None) -> str:
        """SELECT of checked rows (see checked_sql) of some months, all, or only those (not) of suspect keys."""
        # A table may be delivered without any row: then its parts say so themselves.
        parts = [part for part in self.parts if any(part.rows[month] for month in months)] or self.parts
        where = [self._within(months)]
        if suspect is not None:
            where.append(f"{self._key_hash} {'IN' if suspect else 'NOT IN'} (SELECT h FROM suspects)")
        return checked_sql(
            self.table,
            self.rows(parts),
            self.given,
            delivered=self.delivered,
            refers={name: keys.relation for name, keys in self.keys.items()},
            more=self.more,
            where=" AND ".join(where),
        )

    @property
    def _key_hash(self) -> str:
        return key_hash(self.table, "v_")

    @property
    def _placed(self) -> str:
        # The end of a day may lie ahead of the delivery; what lies further ahead is set aside, wherever it says it is.
        return f"(event_at >= TIMESTAMP '{EARLIEST}' AND event_at <= {self.delivered} + INTERVAL 2 DAY)"

    def _within(self, months: Sequence[Month]) -> str:
        if not self.table.event:
            return "true"
        if months[0] is None:
            return f"{self._placed} IS NOT TRUE"
        last = months[-1]
        assert last is not None  # noqa: S101 - rows without a month are a batch of their own
        after = date(last.year + last.month // 12, last.month % 12 + 1, 1)
        return f"event_at >= TIMESTAMP '{months[0]}' AND event_at < TIMESTAMP '{after}' AND {self._placed}"
