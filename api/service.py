"""What one serving process keeps: the bank, the gate, the books of meaning, and open histories."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fastapi import Request

from api.bank import Bank
from api.console import plain
from api.security import Gate
from api.settings import ApiSettings
from api.sources import BUILT_IN, about_source
from features.database import reading
from features.errors import Refusal
from features.moments import midnight

if TYPE_CHECKING:
    import duckdb

    from api.event_queue import EventQueue
    from care.books import Books
    from care.preanswers.knowledge import Topics
    from care.rules import Book
    from features.catalogue import Catalogue


@dataclass
class Service:
    """Shared by all requests; the books are read once, at start."""

    bank: Bank
    api: ApiSettings
    gate: Gate
    clock: Any = None
    _history: tuple[tuple[str, date], Any] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def catalogue(self) -> Catalogue:
        """What signals mean."""
        from features.catalogue import read_catalogue

        return read_catalogue()

    @cached_property
    def book(self) -> Book:
        """What rules mean."""
        return self.books.book

    @cached_property
    def books(self) -> Books:
        """The books in force when this process started."""
        from care.books import live_books

        return live_books(self.bank.engine)

    @cached_property
    def topics(self) -> Topics:
        """What pre-answers say."""
        from care.preanswers.knowledge import read_topics

        return read_topics(None, self.catalogue)

    @property
    def currency(self) -> str:
        """The bank's currency, as the last intake said."""
        return str(self.bank.warehouse.about["currency"])

    def about(self, language: str) -> dict[str, str] | None:
        """Name and note of the built-in source that this bank comes from; None for a bank's own source."""
        folder = BUILT_IN / str(self.bank.warehouse.about.get("source"))
        said = about_source(folder) if folder.is_dir() else {}
        return (
            {"name": str(said[language]), "note": str(said.get(f"note_{language}", ""))} if language in said else None
        )

    def plain_signals(self, signals: dict[str, Any]) -> dict[str, Any]:
        """Signals as JSON has them."""
        said: dict[str, Any] = plain(signals)
        return said

    @cached_property
    def events(self) -> EventQueue:
        """Where rows that come in by day are judged."""
        from api.event_queue import EventQueue

        return EventQueue(self.bank.settings, self.bank.engine, self.books)

    def warm(self) -> None:
        """Read the books now: a mistake in them stops the start, not the first customer's call."""
        _ = self.catalogue, self.book, self.topics

    def health(self) -> dict[str, Any]:
        """Database, history, scheduler, newest night; `ok` where all that is needed works."""
        from sqlalchemy.exc import SQLAlchemyError

        from care.tasks.store import newest_day

        said: dict[str, Any] = {"database": True, "history": False, "newest_night": None, "scheduler": None}
        try:
            with reading(self.bank.engine).connect() as connection:
                said["newest_night"] = newest_day(connection)
            said["history"] = bool(self.bank.warehouse.tables)
        except (SQLAlchemyError, Refusal):
            said["database"] = False
        if self.clock is not None:
            said["scheduler"] = bool(self.clock.alive)
        return {**said, "ok": said["database"] and said["history"] and said["scheduler"] is not False}

    def close(self) -> None:
        """Judge what waits, and let go of the database."""
        if "events" in self.__dict__:
            self.events.close()
        self.bank.engine.dispose()

    def history(self, as_of: date) -> duckdb.DuckDBPyConnection:
        """What was known as of a day, as a cursor of one kept connection; opened again when a delivery came in."""
        from features.engine import open_history

        warehouse, settings = self.bank.warehouse, self.bank.settings
        wanted = (warehouse.version, as_of)
        with self._lock:
            if self._history is None or self._history[0] != wanted:
                known_by: datetime = midnight(as_of, settings.zone)
                self._history = (wanted, open_history(warehouse, settings, known_by=known_by))
            connection: duckdb.DuckDBPyConnection = self._history[1]
            return connection.cursor()


def service_of(request: Request) -> Service:
    """The service that a request is for."""
    service: Service = request.app.state.service
    return service
