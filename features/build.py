"""From the history to signals: one row a customer and day, in named steps, in chunks of customers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import pyarrow as pa

from features.catalogue import Catalogue
from features.engine import History, open_versions
from features.engines import Engine, Here, open_answers
from features.expression import Type
from features.progress import Progress, Silent
from features.settings import Settings
from features.signal import Signal
from features.warehouse import Warehouse
from features.windows import Timeline

ARROW: dict[Type, pa.DataType] = {
    "number": pa.float64(), "text": pa.string(), "flag": pa.bool_(), "day": pa.date32()
}  # fmt: skip
CHUNK_ROWS = 2_000_000
"""Event rows that one chunk of customers has on average: what keeps memory flat."""
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
    with open_versions(warehouse, settings) as history, open_answers(settings) as engine:
        return build_from(
            history, catalogue, days, zone=settings.zone, known_by=known_by, names=names, engine=engine,
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
    engine: Engine | None = None,
    chunk_rows: int = CHUNK_ROWS,
    progress: Progress | None = None,
) -> pa.Table:
    """The same over an open history; the answer does not depend on `engine`, `threads` and `chunk_rows`."""
    timeline = Timeline.of(days, zone, known_by)
    found: list[list[pa.Table]] = [[] for _ in timeline.days]
    build = Build(history, catalogue, timeline, names, chunk_rows)
    build.into(lambda k, table: found[k].append(table), engine=engine or Here(threads), progress=progress)
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

    def into(self, sink: Sink, *, engine: Engine | None = None, progress: Progress | None = None) -> None:
        """Answer chunk after chunk of customers with `engine` (default: here), and hand each to `sink` in order."""
        from features.chunk import Plan

        plan = Plan.of(self.history, self.needed, self.timeline)
        chunks = plan.chunks(self.chunk_rows)
        tell = progress or Silent()
        tell.step("signals", 0, max(len(chunks), 1))
        answers = (engine or Here()).answered(self.history, plan, chunks, tell)
        for done, (chunk, table) in enumerate(answers, start=1):
            for k in range(len(self.timeline.days)):
                sink(k, chunk.of_day(table, k).select(self.schema.names).cast(self.schema))
            tell.step("signals", done, len(chunks))
        if not chunks:
            tell.step("signals", 1, 1)
