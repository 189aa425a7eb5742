"""Who answers the chunks of a plan: this process with DuckDB, or Spark. Both walk rows with the same kernels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from features.engine import History
from features.progress import Progress
from features.settings import EMBEDDED, Settings

if TYPE_CHECKING:
    from features.chunk import Chunk, Plan

COMPILING = "compiling, once on a machine, some 15 s / 首次运行：编译，约15秒"


class Engine(Protocol):
    """Answers a plan."""

    def answered(
        self, history: History, plan: Plan, chunks: Sequence[Chunk], tell: Progress
    ) -> Iterator[tuple[Chunk, pa.Table]]:
        """The chunks in order, each with what `features.answering.answer` says of it."""


@contextmanager
def open_answers(settings: Settings) -> Iterator[Engine]:
    """The engine that the settings name, for as long as the block lasts."""
    if settings.engine == EMBEDDED:
        yield Here(settings.threads)
        return
    from features.spark.cluster import Cluster
    from features.spark.session import open_session

    with open_session(settings) as session:
        yield Cluster(session)


@dataclass(frozen=True)
class Here:
    """This process: `threads` chunks at a time."""

    threads: int = 1

    def answered(
        self, history: History, plan: Plan, chunks: Sequence[Chunk], tell: Progress
    ) -> Iterator[tuple[Chunk, pa.Table]]:
        """The chunks in order with their answers; at most one more than `threads` is held at a time."""
        if self.threads == 1:
            _load(tell)
            for chunk in chunks:
                yield chunk, _answer(plan, chunk, history)
            return
        with ThreadPoolExecutor(self.threads) as pool:
            waiting: list[tuple[Chunk, Future[pa.Table]]] = []
            for chunk in chunks:
                waiting.append((chunk, pool.submit(_answer, plan, chunk, history.fork())))
                if len(waiting) == 1:
                    _load(tell)  # while the first rows are being read
                if len(waiting) > self.threads:
                    done, answer = waiting.pop(0)
                    yield done, answer.result()
            for done, answer in waiting:
                yield done, answer.result()


def _load(tell: Progress) -> None:
    """Import the compiled code; where this machine has not compiled it yet, say why the first run waits."""
    import_module("features.answering")
    from features.kernels.compiled import is_compiled
    from features.kernels.placing import place

    if not is_compiled(place):
        tell.step(COMPILING, 0, 1)


def _answer(plan: Plan, chunk: Chunk, history: History) -> pa.Table:
    reader = plan.reader(chunk, history).read_ahead()
    from features.answering import answer  # compiled code

    return answer(plan, chunk, reader)
