"""Spark as an engine: one job brings each bucket of customers its rows and answers it; answers are fetched in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn
from uuid import uuid4

import pyarrow as pa

from features.chunk import Chunk, Plan
from features.engine import History
from features.progress import Progress
from features.spark.bucket import SCHEMA, answering, unpack
from features.spark.frames import bring
from features.spark.parts import parts_of
from features.spark.views import Views

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

STEP = "spark"
_LOOK_S = 0.5


@dataclass(frozen=True)
class Cluster:
    """A Spark session that answers."""

    session: SparkSession

    def answered(
        self, history: History, plan: Plan, chunks: Sequence[Chunk], tell: Progress
    ) -> Iterator[tuple[Chunk, pa.Table]]:
        """The chunks in order with their answers. Spark holds the answers on disk; here is one chunk's at a time."""
        if not chunks:
            return
        views = Views.over(history, self.session)
        firsts = [str(chunk.customers[0]) for chunk in chunks]
        rows, forms = bring(self.session, parts_of(plan, views), firsts)
        found = rows.mapInArrow(answering(plan, history.tables, forms), SCHEMA)
        yield from self._fetched(found, chunks, tell)

    def _fetched(self, found: DataFrame, chunks: Sequence[Chunk], tell: Progress) -> Iterator[tuple[Chunk, pa.Table]]:
        from pyspark import StorageLevel

        # Fetched partition by partition from what is computed and kept: fetching alone would compute them one by one.
        kept = found.persist(StorageLevel.DISK_ONLY)
        try:
            self._compute(kept, tell)
            pieces = (unpack(row[0]) for row in kept.toLocalIterator(prefetchPartitions=True))
            for chunk in chunks:
                yield chunk, _whole(chunk, pieces)
        finally:
            kept.unpersist()

    def _compute(self, kept: DataFrame, tell: Progress) -> None:
        """Compute the answers on all workers, and say how far they are."""
        group = f"signals {uuid4()}"
        tell.step(STEP, 0, 1)
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(self._run, kept, group)
            try:
                while wait([running], timeout=_LOOK_S).not_done:
                    done, total = self._tasks(group)
                    tell.step(STEP, min(done, total - 1), total)
            except BaseException:
                self.session.sparkContext.cancelJobGroup(group)
                raise
        running.result()
        tell.step(STEP, 1, 1)

    def _run(self, kept: DataFrame, group: str) -> None:
        self.session.sparkContext.setJobGroup(group, group)  # of this thread
        kept.count()

    def _tasks(self, group: str) -> tuple[int, int]:
        """Tasks that are done, and all that are known so far."""
        tracker = self.session.sparkContext.statusTracker()
        jobs = [tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup(group)]
        stages = [tracker.getStageInfo(stage) for stage in {stage for job in jobs if job for stage in job.stageIds}]
        known = [stage for stage in stages if stage]
        return sum(one.numCompletedTasks for one in known), max(sum(one.numTasks for one in known), 1)


def _whole(chunk: Chunk, pieces: Iterator[pa.Table]) -> pa.Table:
    """The answer of a chunk, from the pieces that come next."""
    days, held = len(chunk.there), list[pa.Table]()
    while sum(one.num_rows for one in held) < len(chunk.customers) * days:
        piece = next(pieces, None)
        held.append(_lost(chunk) if piece is None else piece)
    whole = pa.concat_tables(held)
    if not whole.column("customer_id").equals(pa.chunked_array([chunk.customers] * days)):
        _lost(chunk)
    return whole


def _lost(chunk: Chunk) -> NoReturn:
    raise RuntimeError(f"Spark answered other customers than those from {chunk.customers[0]} on")
