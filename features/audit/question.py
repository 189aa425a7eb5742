"""What an audit asks: of which moment, in whose SQL and words, from which tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from string import Template
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from features.audit.dialect import Dialect
from features.contract import TABLES
from features.documents import read_documents
from features.moments import midnight
from features.rows import ROWS
from features.signal import Signal
from features.warehouse import Warehouse

WORDS = Path(__file__).with_name("words.yaml")
Say = Callable[..., str]
"""(key, **slots): a comment in the reader's language."""


def speak(language: str) -> Say:
    """The comments of one language, from words.yaml."""
    texts: Mapping[str, Any] = read_documents(WORDS)[0].data
    return lambda key, **slots: Template(texts[key][language]).substitute({k: str(v) for k, v in slots.items()})


class Tables(Protocol):
    """Where rows of the contract's tables come from."""

    @property
    def there(self) -> frozenset[str]:
        """The tables that were handed over."""

    def relation(self, table: str, since: date | None, before: date, dialect: Dialect) -> str:
        """All versions of a table's rows, of events at least those between two days."""


@dataclass(frozen=True)
class Stored:
    """The files of a warehouse."""

    warehouse: Warehouse

    @property
    def there(self) -> frozenset[str]:
        """The tables that were handed over."""
        return self.warehouse.tables

    def relation(self, table: str, since: date | None, before: date, dialect: Dialect) -> str:
        """The files of the months that reach into the days between `since` and `before`."""
        # A month of UTC reaches a day into its neighbours' in the bank's zone.
        first = f"{since - timedelta(days=1):%Y-%m}" if since and TABLES[table].event else ""
        last = f"{before + timedelta(days=1):%Y-%m}" if TABLES[table].event else "~"
        files = self.warehouse.files(table)
        chosen = [path for month, path in files.items() if first <= month <= last]
        return dialect.files(chosen or list(files.values())[:1])


@dataclass(frozen=True)
class Named:
    """Tables of the contract's names, with its columns and event_at, known_at, superseded_at."""

    there: frozenset[str]

    def relation(self, table: str, since: date | None, before: date, dialect: Dialect) -> str:
        """The name."""
        return dialect.name_of(table)


@dataclass(frozen=True)
class Question:
    """One moment, one bank, one way to write it; `customer`: that one alone."""

    as_of: date
    known_by: date
    zone: ZoneInfo
    tables: Tables
    dialect: Dialect
    say: Say
    customer: str | None = None

    def begins(self, day: date) -> str:
        """The instant at which a day of the bank begins."""
        return self.dialect.instant(midnight(day, self.zone))

    @cached_property
    def today(self) -> str:
        """as_of as a day."""
        return self.dialect.day(self.as_of)

    def back(self, days: int) -> date:
        """The day so many days before as_of."""
        return self.as_of - timedelta(days=days)

    def window(self, signal: Signal) -> tuple[date, date]:
        """The days [first, end) that a signal looks at."""
        return self.back((signal.days or 0) + signal.until), self.back(signal.until)

    def answers(self, signal: Signal) -> bool:
        """True if the tables that a signal over rows is made of were handed over."""
        table = str(signal.table)
        return table in self.tables.there or set(ROWS[table].made_of) <= self.tables.there
