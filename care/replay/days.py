"""The signals of past days, each as known then: built some days at a time in a process beside, ahead of the reader."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.progress import Progress
from features.settings import Settings, read_settings

AHEAD = 2  # spans of days that lie ready at most before they are read: what keeps memory and disk flat


@dataclass(frozen=True)
class Span:
    """Some days in a row, and the folder where their signals are written."""

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


def signals_by_day(
    settings: Settings, every: Sequence[Span], names: Sequence[str], progress: Progress
) -> Iterator[tuple[date, pa.Table]]:
    """(day, customer_id, as_of and the signals), day after day; the spans to come are built meanwhile."""
    done, total = 0, sum(len(span.days) for span in every)
    progress.step("replay", 0, total)
    with _builder(settings, names) as builder:
        for span in every[:AHEAD]:
            builder.ask(span)
        for at, span in enumerate(every):
            builder.wait()
            for day in span.days:
                table = pq.ParquetFile(span.file(day)).read()
                span.file(day).unlink()
                yield day, table
                done += 1
                progress.step("replay", done, total)
            if at + AHEAD < len(every):
                builder.ask(every[at + AHEAD])


@dataclass(frozen=True)
class _Builder:
    """The process beside: takes spans line by line, answers each with a line."""

    process: subprocess.Popen[str]

    def ask(self, span: Span) -> None:
        """Have a span built; returns at once."""
        self.write({"days": [day.isoformat() for day in span.days], "folder": str(span.folder)})

    def wait(self) -> None:
        """Until the oldest span that was asked for is built."""
        assert self.process.stdout is not None  # noqa: S101 - opened below
        if not self.process.stdout.readline():
            raise RuntimeError(f"the builder of past days ended with {self.process.wait()}")

    def write(self, said: dict[str, Any]) -> None:
        """One line to the process."""
        assert self.process.stdin is not None  # noqa: S101 - opened below
        self.process.stdin.write(json.dumps(said) + "\n")
        self.process.stdin.flush()


@contextmanager
def _builder(settings: Settings, names: Sequence[str]) -> Iterator[_Builder]:
    """The process, ended with the replay, also where that is stopped halfway. Its errors go to standard error."""
    command = [sys.executable, "-c", "from care.replay.days import serve_spans; serve_spans()"]
    told = {"home": str(settings.home), "time_zone": settings.time_zone, "memory": settings.memory}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        try:
            builder = _Builder(process)
            builder.write({"settings": told, "names": list(names)})
            yield builder
        finally:
            process.kill()


def serve_spans() -> None:
    """What the process beside does: the first line says of which home and signals, each further one which days."""
    first = json.loads(sys.stdin.readline())
    settings = read_settings(**{**first["settings"], "home": Path(first["settings"]["home"])})
    for line in sys.stdin:
        said = json.loads(line)
        days = tuple(date.fromisoformat(day) for day in said["days"])
        build_span(settings, Span(days, Path(said["folder"])), first["names"])
        print("built", flush=True)


def build_span(settings: Settings, span: Span, names: Sequence[str]) -> None:
    """Write the signals `names` of each day of a span."""
    from features.build import Build
    from features.catalogue import read_catalogue
    from features.engine import open_versions
    from features.engines import Here
    from features.warehouse import Warehouse
    from features.windows import Timeline

    with open_versions(Warehouse(settings.home), settings) as history:
        build = Build(history, read_catalogue(), Timeline.of(span.days, settings.zone), names)
        writers = [pq.ParquetWriter(span.file(day), build.schema, compression="lz4") for day in span.days]
        try:
            build.into(lambda k, table: writers[k].write_table(table), engine=Here(1))
        finally:
            for writer in writers:
                writer.close()
