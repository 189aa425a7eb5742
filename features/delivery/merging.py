"""Keys that stand more than once, in a delivery or in the history: which rows are news, which version follows which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.columns import Table
from features.warehouse import read_files, stored_columns

Hashes = npt.NDArray[np.uint64]


def find_suspects(fresh: Hashes, stored: Iterable[Hashes]) -> tuple[Hashes, Hashes]:
    """Of the hashes of delivered keys (sorted in place): which come twice, and which the history may hold too.

    Two keys may share a hash, so these are suspects; keys of all other hashes stand once.
    """
    fresh.sort()
    twice = np.unique(fresh[1:][fresh[1:] == fresh[:-1]])
    known = [np.zeros(0, np.uint64)]
    for hashes in stored:
        if len(fresh):
            hashes.sort()
            near = np.minimum(np.searchsorted(fresh, hashes), len(fresh) - 1)
            known.append(np.unique(hashes[fresh[near] == hashes]))
    return twice, np.unique(np.concatenate(known))


def key_hash(table: Table, prefix: str = "") -> str:
    """SQL of the hash of a row's key, columns named with `prefix`, the same for delivered and stored rows.

    A word of a closed list is an enumeration on its way in and text in the files; the two have other hashes.
    """
    kinds = dict(stored_columns(table))
    return f"hash({', '.join(f'CAST({prefix}{name} AS {kinds[name]})' for name in table.key)})"


@dataclass(frozen=True)
class Merging:
    """The merge of one table's suspect rows into its history; works on relations of its connection.

    A row delivered twice counts once. Of two rows of one delivery with one key and one known_at the last by file and
    line wins; a row that says something else than the stored one of its key and known_at counts from `delivered` (SQL
    of the delivery's instant) on, because nights before that did not know it. A version that says the same as the one
    before it is dropped; a version's superseded_at is the known_at of the next.
    """

    connection: duckdb.DuckDBPyConnection
    table: Table
    delivered: str

    @property
    def key_hash(self) -> str:
        """SQL of the hash of a stored row's key."""
        return key_hash(self.table)

    def begin(self, twice: Hashes, known: Hashes) -> None:
        """Make `suspects` (h, twice), and empty `several` and `single` for the delivered rows of such keys."""
        hashes = np.union1d(twice, known)
        table = pa.table({"h": hashes, "twice": np.isin(hashes, twice)})
        self.connection.register("suspected", table)
        self.connection.execute("CREATE OR REPLACE TEMP TABLE suspects AS FROM suspected")
        self.connection.unregister("suspected")
        columns = ", ".join(f"{name} {kind}" for name, kind in stored_columns(self.table) if name != "superseded_at")
        self.connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE several ({columns}, _file VARCHAR, _line BIGINT);
            CREATE OR REPLACE TEMP TABLE single ({columns})""")

    def add(self, stored: Mapping[str, Path]) -> None:
        """Add the good rows of the relation `checked`, without those that the files of their months hold already."""
        stored_rows = self._of(stored)
        self.connection.execute(f"""
            INSERT INTO several SELECT {self._said}, _file, _line FROM checked
            WHERE complaint IS NULL AND {self.key_hash} IN (SELECT h FROM suspects WHERE twice);
            INSERT INTO single SELECT {self._said} FROM (
                SELECT * FROM checked
                WHERE complaint IS NULL AND {self.key_hash} NOT IN (SELECT h FROM suspects WHERE twice)
            ) AS one ANTI JOIN {stored_rows} AS stored ON {self._same("one")}""")

    def settle(self, old: Mapping[str, Path], month: str) -> list[str]:
        """Make `merged` (stored columns and month) and `touched` (keys whose stored rows it replaces).

        `month`: SQL of a row's month. Gives the months in which a row comes, changes or goes.
        """
        stored = self._of(old)
        key = ", ".join(self.table.key)
        self.connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE held AS
            SELECT {self._said} FROM {stored}
            SEMI JOIN (SELECT {key} FROM several UNION SELECT {key} FROM single) USING ({key});
            CREATE OR REPLACE TEMP TABLE news AS
            SELECT * FROM (
                SELECT {self._said} FROM several
                QUALIFY row_number() OVER (
                    PARTITION BY {key}, known_at ORDER BY _file DESC, _line DESC, {self._said}) = 1
            ) AS once ANTI JOIN held AS stored ON {self._same("once")}
            UNION ALL SELECT * FROM single;
            CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT {key} FROM news;
            CREATE OR REPLACE TEMP TABLE merged AS {self._versions(key, month)}""")
        found = self.connection.execute(f"""
            SELECT month FROM merged UNION SELECT {month} FROM held SEMI JOIN touched USING ({key})""").fetchall()
        return [name for (name,) in found]

    def _versions(self, key: str, month: str) -> str:
        names = ", ".join(column.name for column in self.table.columns)
        return f"""
            WITH every AS (
                SELECT *, false AS kept FROM news
                UNION ALL SELECT *, true AS kept FROM held SEMI JOIN touched USING ({key})
            ), dated AS (
                SELECT * REPLACE (
                    CASE WHEN NOT kept AND lag(kept) OVER (PARTITION BY {key}, known_at ORDER BY kept DESC)
                    THEN {self.delivered} ELSE known_at END AS known_at), row({names}) AS said
                FROM every
            ), one AS (
                SELECT * FROM dated QUALIFY row_number() OVER (PARTITION BY {key}, known_at ORDER BY kept) = 1
            ), versions AS (
                SELECT * FROM one
                WINDOW w AS (PARTITION BY {key} ORDER BY known_at)
                QUALIFY row_number() OVER w = 1 OR lag(said) OVER w IS DISTINCT FROM said
            )
            SELECT {names}, event_at, known_at,
                lead(known_at) OVER (PARTITION BY {key} ORDER BY known_at) AS superseded_at, {month} AS month
            FROM versions"""

    @property
    def _said(self) -> str:
        return ", ".join(name for name, _ in stored_columns(self.table) if name != "superseded_at")

    def _of(self, files: Mapping[str, Path]) -> str:
        return read_files(self.table, files)

    def _same(self, relation: str) -> str:
        names = self._said.split(", ")
        return " AND ".join(f"{relation}.{name} IS NOT DISTINCT FROM stored.{name}" for name in names)
