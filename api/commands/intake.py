"""`forecare intake`: read a delivery, check it, take it into the warehouse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api import bank
from api.console import JsonFile, Language, progress, publish
from api.words import Words, terminal_words

if TYPE_CHECKING:
    from features.intake import IntakeReport

HELP = """Take a delivery into the history: read, check, set bad rows aside, store.

接收一批数据：读取、检查、隔离坏行、入库。

\b
Examples:
  forecare intake --source berka --data ../shared/data
  forecare intake --source ./our-bank --data /data/today
  forecare intake --source ./our-core-database

A source is a folder with one SQL SELECT a table over CSV, Parquet or a database; the built-in ones are called by name
(simulated, berka). Killed or broken off: give the same command again, and it goes on from where it was.
Bad rows go to quarantine/<table>.csv in the home; over bad_rows_limit the delivery is refused and nothing changes.
"""


def intake(
    source: Annotated[str, typer.Option(metavar="NAME|DIR", help="A built-in source or a folder of one. 数据源。")],
    data: Annotated[Path, typer.Option(metavar="DIR", help="Where its files lie. 数据目录。")] = Path(),
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Take one delivery in and say what was accepted and what was set aside."""
    words = terminal_words(lang)
    from api.sources import find_source
    from features.intake import intake as take_in

    folder = find_source(source)
    with bank.holding_bank("intake") as held, progress() as shown:
        report = take_in(folder, data, held.settings, held.engine, delivered_at=bank.now(), progress=shown)
    publish(intake_json(report), intake_lines(report, words), json_file)


def intake_json(report: IntakeReport) -> dict[str, object]:
    """The report of an intake as JSON: counts by table, the first complaints."""
    tables = {
        name: {"accepted": count.accepted, "quarantined": count.quarantined} for name, count in report.tables.items()
    }
    told: dict[str, object] = {
        "source": report.source,
        "currency": report.currency,
        "intake": tables,
        "first": list(report.first),
        "doubts": [vars(doubt) for doubt in report.doubts],
    }
    return told if report.again is None else {**told, "again": report.again}


def intake_lines(report: IntakeReport, words: Words) -> list[str]:
    """The report of an intake in words."""
    lines = [words("intake.title", source=report.source)]
    for name, count in report.tables.items():
        slots = {"table": f"{name:<14}", "accepted": f"{count.accepted:>10,}", "quarantined": f"{count.quarantined:,}"}
        lines.append("  " + words("intake.row", **slots))
    if report.again is not None:
        lines.append("  " + words("intake.again", sequence=report.again))
    if report.first:
        lines += [words("intake.set_aside", path=report.set_aside), *(f"  {line}" for line in report.first)]
    if report.doubts:
        lines += [words("intake.doubts"), *(f"  {one.place}: {getattr(one, words.language)}" for one in report.doubts)]
    return lines


def add(app: typer.Typer) -> None:
    """Register the command."""
    app.command("intake", help=HELP)(intake)
