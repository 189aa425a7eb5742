"""Spark as an engine: one job brings each bucket of customers its rows and answers it; answers are fetched in order."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from features.chunk import Chunk, Plan
from features.engine import History
from features.progress import Progress
from features.spark.bucket import SCHEMA, answering, unpack
from features.spark.frames import into_buckets, union
from features.spark.parts import parts_of
from features.spark.views import Views

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

GROUP = "signals"
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
        frames = {name: self.session.sql(sql) for name, sql in parts_of(plan, views).items()}
        rows, forms = union(frames)
        buckets = into_buckets(self.session, rows, [str(chunk.customers[0]) for chunk in chunks])
        found = buckets.mapInArrow(answering(plan, history.tables, forms), SCHEMA)
        yield from self._fetched(found, chunks, tell)

    def _fetched(self, found: DataFrame, chunks: Sequence[Chunk], tell: Progress) -> Iterator[tuple[Chunk, pa.Table]]:
        from pyspark import StorageLevel

        # Fetched partition by partition from what is computed and kept: fetching alone would compute them one by one.
        kept = found.persist(StorageLevel.DISK_ONLY)
        try:
            self._compute(kept, tell)
            pieces = kept.toLocalIterator(prefetchPartitions=True)
            for chunk in chunks:
                wanted, held = len(chunk.customers) * chunk.there.shape[0], list[pa.Table]()
                while sum(one.num_rows for one in held) < wanted:
                    held.append(unpack(next(pieces)[0]))
                yield chunk, pa.concat_tables(held)
        finally:
            kept.unpersist()

    def _compute(self, kept: DataFrame, tell: Progress) -> None:
        """Compute the answers on all workers, and say how far they are."""
        tell.step(STEP, 0, 1)
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(self._run, kept)
            try:
                while not running.done():
                    time.sleep(_LOOK_S)
                    done, total = self._tasks()
                    tell.step(STEP, min(done, total - 1), total)
            except BaseException:
                self.session.sparkContext.cancelJobGroup(GROUP)
                raise
        running.result()
        tell.step(STEP, 1, 1)

    def _run(self, kept: DataFrame) -> None:
        self.session.sparkContext.setJobGroup(GROUP, GROUP)  # of this thread
        kept.count()

    def _tasks(self) -> tuple[int, int]:
        """Tasks that are done, and all that are known so far."""
        tracker = self.session.sparkContext.statusTracker()
        jobs = [tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup(GROUP)]
        stages = {stage: tracker.getStageInfo(stage) for job in jobs if job for stage in job.stageIds}
        known = [stage for stage in stages.values() if stage]
        return sum(one.numCompletedTasks for one in known), max(sum(one.numTasks for one in known), 1)
