"""`forecare signals build`: the signals of one day or several, stored as snapshots or written to a folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api import bank
from api.console import JsonFile, Language, progress, publish
from api.words import terminal_words

if TYPE_CHECKING:
    from features.catalogue import Catalogue
    from features.settings import Settings

DAYS_AT_ONCE = 12
"""Days that are built and stored together: twelve cost little more than one, and a stopped build keeps those before."""

Days = Annotated[
    str, typer.Option("--as-of", metavar="DAY[,DAY...]", help="Build as of the beginning of these days. 计算日期。")
]
KnownBy = Annotated[
    str, typer.Option(metavar="DAY", help="From what was known by then (default: each day itself). 银行所知截止日。")
]
CatalogueFolder = Annotated[
    Path | None, typer.Option("--catalogue", metavar="DIR", help="Build these signals instead of ours. 信号目录。")
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Write <day>.parquet there, store nothing. 输出目录。")
]
Again = Annotated[bool, typer.Option("--again", help="Build days that are stored already too. 已存的也重算。")]


def build(
    as_of: Days = "",
    known_by: KnownBy = "",
    catalogue: CatalogueFolder = None,
    out: Out = None,
    again: Again = False,
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Build all signals as of one day or several. Days that are stored already, from the same data, are skipped."""
    words = terminal_words(lang)
    from features.catalogue import read_catalogue, read_folders

    settings, days = bank.settings_and_days(as_of)
    known = bank.day_given(known_by, settings.zone, place="--known-by") if known_by else None
    signals = read_folders([catalogue]) if catalogue else read_catalogue()
    days = sorted(set(days))
    if out:
        rows, skipped, folder = _write(settings, signals, days, known, out), list[date](), out
    else:
        rows, skipped = _store(settings, signals, days, known, again)
        folder = settings.home / "snapshots"
    counts = {"customers": max(rows.values(), default=0), "signals": len(signals.stored), "days": len(rows)}
    lines = [words("signals.skipped", days=", ".join(map(str, skipped)))] if skipped else []
    if rows:
        lines.append(words("signals.built", as_of=", ".join(map(str, rows)), path=folder, **counts))
    report = {"as_of": days, "built": list(rows), "skipped": skipped, "signals": counts, "path": str(folder)}
    publish(report, lines, json_file)


def _write(
    settings: Settings, signals: Catalogue, days: Sequence[date], known: date | None, out: Path
) -> dict[date, int]:
    """All days into a folder, in place together; rows by day."""
    from features.day_files import DayFiles

    return _build(settings, signals, days, known, lambda days, schema: DayFiles(out, days, schema), len(days))


def _store(
    settings: Settings, signals: Catalogue, days: Sequence[date], known: date | None, again: bool
) -> tuple[dict[date, int], list[date]]:
    """Those days that are not stored yet; rows by day built, and the days skipped."""
    from features.lock import hold
    from features.snapshot import Origin, Snapshots, is_stored

    with hold(settings.home, "signals build"):
        origin = Origin.of(signals, bank.history_of(settings), known)
        skipped = [day for day in days if not again and is_stored(settings.home, day, origin)]
        left = [day for day in days if day not in skipped]
        rows = _build(
            settings, signals, left, known, lambda days, schema: Snapshots(settings.home, days, schema, origin),
            DAYS_AT_ONCE,
        )  # fmt: skip
    return rows, skipped


def _build(
    settings: Settings, signals: Catalogue, days: Sequence[date], known: date | None, sink: Any, at_once: int
) -> dict[date, int]:
    from features.build import Build
    from features.engine import open_versions
    from features.engines import open_answers
    from features.windows import Timeline

    rows: dict[date, int] = {}
    stored = bank.history_of(settings)
    with open_versions(stored, settings) as history, open_answers(settings) as engine, progress() as shown:
        for start in range(0, len(days), max(at_once, 1)):
            some = days[start : start + at_once]
            build = Build(history, signals, Timeline.of(some, settings.zone, known))
            with sink(some, build.schema) as files:
                build.into(files, engine=engine, progress=shown)
                rows |= dict(zip(some, files.rows, strict=True))
    return rows


def add(group: typer.Typer) -> None:
    """Register the command."""
    example = "Example: forecare signals build --as-of 2026-06-01"
    group.command("build", help=f"Build the signals of one day or several.  {example} 计算信号。")(build)
