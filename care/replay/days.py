"""The signals of past days, each as known then: built some days at a time in one walk, ahead of who reads them."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.progress import Progress
from features.settings import Settings

AHEAD = 2  # spans of days that lie ready at most before they are read: what keeps memory and disk flat


@dataclass(frozen=True)
class Span:
    """Some days in a row, and where their signals are written."""

    days: tuple[date, ...]
    folder: Path

    def file(self, day: date) -> Path:
        """Where the signals of a day lie."""
        return self.folder / f"{day.isoformat()}.parquet"


def days_between(first: date, last: date) -> list[date]:
    """Every day from the first to the last."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def spans(days: Sequence[date], at_once: int, folder: Path) -> list[Span]:
    """The days in order, so many at a time."""
    return [Span(tuple(days[at : at + at_once]), folder) for at in range(0, len(days), at_once)]


def build_span(settings: Settings, span: Span, names: Sequence[str]) -> Span:
    """Write the signals `names` of each day of a span, unless they lie there already; run in a process of its own."""
    from features.build import Build
    from features.catalogue import read_catalogue
    from features.engine import open_versions
    from features.engines import Here
    from features.warehouse import Warehouse
    from features.windows import Timeline

    if all(span.file(day).is_file() for day in span.days):
        return span
    with open_versions(Warehouse(settings.home), settings) as history:
        build = Build(history, read_catalogue(), Timeline.of(span.days, settings.zone), names)
        writers = [pq.ParquetWriter(f"{span.file(day)}.writing", build.schema, compression="lz4") for day in span.days]
        try:
            build.into(lambda k, table: writers[k].write_table(table), engine=Here(1))
        finally:
            for writer in writers:
                writer.close()
    for day in span.days:
        Path(f"{span.file(day)}.writing").replace(span.file(day))
    return span


def signals_by_day(
    settings: Settings, every: Sequence[Span], names: Sequence[str], progress: Progress
) -> Iterator[tuple[date, pa.Table]]:
    """(day, customer_id, as_of and the signals), day after day; the spans to come are built meanwhile."""
    done, total = 0, sum(len(span.days) for span in every)
    progress.step("replay", 0, total)
    with _workers(settings.threads) as pool:
        waiting: list[Future[Span]] = []
        coming = iter(every)
        for _ in every:
            while len(waiting) < AHEAD and (span := next(coming, None)) is not None:
                waiting.append(pool.submit(build_span, settings, span, list(names)))
            for day in (ready := waiting.pop(0).result()).days:
                yield day, pq.ParquetFile(ready.file(day)).read()
                done += 1
                progress.step("replay", done, total)


@contextmanager
def _workers(count: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that end with the replay, also where it is stopped halfway."""
    pool = ProcessPoolExecutor(max(1, min(count, AHEAD)), mp_context=multiprocessing.get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
