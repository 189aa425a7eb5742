"""Rows from many requests at once, judged together: one writer, one transaction for all that wait."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from care.event import LIMIT, Given, take_events
from care.event_desk import EventDesk, open_desk

if TYPE_CHECKING:
    import sqlalchemy as sa

    from care.books import Books
    from care.event_answers import Answer
    from features.settings import Settings


@dataclass(frozen=True)
class _Asked:
    given: Sequence[Given]
    at: datetime
    answer: Future[list[Answer]]


@dataclass
class EventQueue:
    """Takes requests from any thread; an answer comes when its rows are judged and committed."""

    settings: Settings
    engine: sa.Engine
    books: Books
    _desk: EventDesk | None = None
    _waiting: queue.SimpleQueue[_Asked | None] = field(default_factory=queue.SimpleQueue)
    _worker: threading.Thread | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, given: Sequence[Given], at: datetime) -> list[Answer]:
        """An answer a row, in order (care.event.take_events); rows of other requests may be judged with them."""
        with self._lock:
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="events", daemon=True)
                self._worker.start()
        asked = _Asked(given, at, Future())
        self._waiting.put(asked)
        return asked.answer.result()

    def close(self) -> None:
        """Judge what waits, then stop."""
        if self._worker is not None:
            self._waiting.put(None)
            self._worker.join()

    def _work(self) -> None:
        more = True
        while more:
            batch: list[_Asked] = []
            more = self._collect(batch)
            if batch:
                self._answer(batch)

    def _collect(self, batch: list[_Asked]) -> bool:
        """All that waits now, at most LIMIT rows; waits for the first. False when the queue was closed."""
        asked = self._waiting.get()
        while asked is not None:
            batch.append(asked)
            if sum(len(one.given) for one in batch) >= LIMIT or self._waiting.empty():
                return True
            asked = self._waiting.get()
        return False

    def _answer(self, batch: Sequence[_Asked]) -> None:
        try:
            desk = self._open()
            given = [row for one in batch for row in one.given]
            answers = take_events(desk, self.engine, given, received_at=max(one.at for one in batch))
        except Exception as error:
            if len(batch) > 1:  # one request's fault is not the others'
                for one in batch:
                    self._answer([one])
            else:
                batch[0].answer.set_exception(error)
            return
        done = 0
        for one in batch:
            one.answer.set_result(answers[done : done + len(one.given)])
            done += len(one.given)

    def _open(self) -> EventDesk:
        with self.engine.connect() as connection:
            if self._desk is not None and not self._desk.is_stale(connection):
                return self._desk
        self._desk = open_desk(self.settings, self.engine, self.books)
        return self._desk


def as_json(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """The answers as the API and the command line give them: index, key, state, and what is wrong by field."""
    return [
        {
            "index": at,
            "id": one.key,
            "state": str(one.state),
            "faults": [{"field": fault.field, "reason": fault.reason} for fault in one.faults],
        }
        for at, one in enumerate(answers)
    ]
