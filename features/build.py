"""From the history to signals: one row a customer and day, in named steps, in chunks of customers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pyarrow as pa

from features.catalogue import Catalogue
from features.engine import History, open_versions
from features.expression import Type
from features.progress import Progress, Silent
from features.settings import Settings
from features.signal import Signal
from features.warehouse import Warehouse
from features.windows import Timeline

if TYPE_CHECKING:
    from features.chunk import Chunk, Plan

ARROW: dict[Type, pa.DataType] = {
    "number": pa.float64(), "text": pa.string(), "flag": pa.bool_(), "day": pa.date32()
}  # fmt: skip
CHUNK_ROWS = 2_000_000
"""Event rows that one chunk of customers has on average: what keeps memory flat."""
COMPILING = "compiling, once on a machine, some 15 s / 首次运行：编译，约15秒"
Sink = Callable[[int, pa.Table], None]
"""Takes (k, signals of day k) of one chunk after the other, customers ascending."""


def build_signals(
    warehouse: Warehouse,
    catalogue: Catalogue,
    as_of: date | Sequence[date],
    settings: Settings,
    *,
    known_by: date | None = None,
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> pa.Table:
    """The signals of every customer then known, as of the beginning of each day `as_of` in the bank's zone.

    Only rows that happened before that day and were known by the beginning of `known_by` (default: the day itself)
    count. Returns customer_id, as_of, then one column a signal in the catalogue's order (only `names` if given):
    numbers float64 (money in currency units), flags bool, texts string, days date32; sorted by as_of, customer_id. NULL
    is 'not known': a signal whose table was not handed over is NULL everywhere. Raises Refusal for unknown names.
    """
    days = [as_of] if isinstance(as_of, date) else list(as_of)
    with open_versions(warehouse, settings) as history:
        return build_from(
            history, catalogue, days, zone=settings.zone, known_by=known_by, names=names, threads=settings.threads,
            progress=progress,
        )  # fmt: skip


def build_from(
    history: History,
    catalogue: Catalogue,
    days: Sequence[date],
    *,
    zone: ZoneInfo,
    known_by: date | None = None,
    names: Sequence[str] | None = None,
    threads: int = 1,
    chunk_rows: int = CHUNK_ROWS,
    progress: Progress | None = None,
) -> pa.Table:
    """The same over an open history; the answer does not depend on `threads` and `chunk_rows`."""
    timeline = Timeline.of(days, zone, known_by)
    found: list[list[pa.Table]] = [[] for _ in timeline.days]
    build = Build(history, catalogue, timeline, names, chunk_rows)
    build.into(lambda k, table: found[k].append(table), threads=threads, progress=progress)
    tables = [table for tables in found for table in tables]
    return pa.concat_tables([build.schema.empty_table(), *tables]).combine_chunks()


@dataclass(frozen=True)
class Build:
    """What is to be built: signals `names` (default: all that are stored) of every day of `timeline`."""

    history: History
    catalogue: Catalogue
    timeline: Timeline
    names: Sequence[str] | None = None
    chunk_rows: int = CHUNK_ROWS

    @property
    def chosen(self) -> list[Signal]:
        """The signals that come out, in the catalogue's order."""
        wanted = self.catalogue.stored if self.names is None else self.names
        self.catalogue.needed(wanted)
        return [signal for name, signal in self.catalogue.signals.items() if name in set(wanted)]

    @property
    def needed(self) -> list[Signal]:
        """Those and all that they are computed from, each after what it reads."""
        return self.catalogue.needed([signal.name for signal in self.chosen])

    @property
    def schema(self) -> pa.Schema:
        """customer_id, as_of, then the signals."""
        columns = [(signal.name, ARROW[signal.type]) for signal in self.chosen]
        return pa.schema([("customer_id", pa.string()), ("as_of", pa.date32()), *columns])

    def into(self, sink: Sink, *, threads: int = 1, progress: Progress | None = None) -> None:
        """Answer chunk after chunk of customers, `threads` at a time, and hand each to `sink` in order."""
        from features.chunk import Plan

        plan = Plan.of(self.history, self.needed, self.timeline)
        chunks = plan.chunks(self.chunk_rows)
        tell = progress or Silent()
        tell.step("signals", 0, max(len(chunks), 1))
        for done, (chunk, table) in enumerate(self._answered(plan, chunks, threads, tell), start=1):
            for k in range(len(self.timeline.days)):
                sink(k, chunk.of_day(table, k).select(self.schema.names).cast(self.schema))
            tell.step("signals", done, len(chunks))
        if not chunks:
            tell.step("signals", 1, 1)

    def _answered(
        self, plan: Plan, chunks: Sequence[Chunk], threads: int, tell: Progress
    ) -> Iterator[tuple[Chunk, pa.Table]]:
        """The chunks in order with their answers; at most one more than `threads` is held at a time."""
        if threads == 1:
            _load(tell)
            for chunk in chunks:
                yield chunk, _answer(plan, chunk, self.history)
            return
        with ThreadPoolExecutor(threads) as pool:
            waiting: list[tuple[Chunk, Future[pa.Table]]] = []
            for chunk in chunks:
                waiting.append((chunk, pool.submit(_answer, plan, chunk, self.history.fork())))
                if len(waiting) == 1:
                    _load(tell)  # while the first rows are being read
                if len(waiting) > threads:
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
