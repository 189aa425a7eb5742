"""The forms of the contract: what a column holds and refuses, what a table is keyed by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a column holds, and how the warehouse stores it."""

    TEXT = "VARCHAR"
    MONEY = "BIGINT"  # integer minor units (cents, 分) of the account's currency
    INSTANT = "TIMESTAMP"  # UTC, microseconds, no zone attached
    DAY = "DATE"  # a day of the bank's calendar
    INTEGER = "INTEGER"
    NUMBER = "DOUBLE"
    FLAG = "BOOLEAN"


@dataclass(frozen=True)
class Column:
    """One column: `needed` refuses NULL; `choices`, `low`, `high` (inclusive, in the kind's unit) refuse the rest."""

    name: str
    kind: Kind
    needed: bool = False
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Table:
    """One table of the contract.

    `key`: columns that name a row; a later version of a key replaces the earlier one from its known_at on.
    `event`: the column that says when the row happened; None for a register (customers, accounts ...), which is
    stored whole instead of by month. `refers`: columns whose value must exist as a key of another table.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    event: str | None = None
    needed: bool = False
    refers: tuple[tuple[str, str], ...] = ()

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError if there is none."""
        return {column.name: column for column in self.columns}[name]
