"""`forecare replay`: rules tried over past days, to managers' days and money, beside the live version."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api import bank
from api.console import JsonFile, Language, progress, publish
from api.words import terminal_words

HELP = """Try rules over past days, day by day as known then, beside the book in force. Nothing is written.

用过去的日子试规则：每天只用当时已知的数据，与现行版本并列。不写入任何内容。

\b
Examples:
  forecare replay --rules ./balance_drop.yaml --from 2025-07-01 --to 2026-06-30
  forecare replay --rules ./our-rules --from 2026-06-01 --to 2026-06-30 --html replay.html --json replay.json
"""


def replay(
    rules: Annotated[Path, typer.Option(metavar="FILE", help="A rule, or a folder of rules. 规则文件或目录。")],
    first: Annotated[str, typer.Option("--from", metavar="DAY", help="The first day. 第一天。")],
    last: Annotated[str, typer.Option("--to", metavar="DAY", help="The last day. 最后一天。")],
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page there. 另存为网页。")
    ] = None,
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Replay and say what would have come of it."""
    words = terminal_words(lang)
    from care.books import live_books
    from care.replay.page import table_lines, write_page
    from care.replay.report import replay as replayed

    settings = bank.standing_home()
    days = (
        bank.day_given(first, settings.zone, place="--from"),
        bank.day_given(last, settings.zone, place="--to"),
    )
    opened = bank.open_bank(settings)
    books = live_books(opened.engine)
    opened.engine.dispose()
    with progress() as shown:
        report = replayed(settings, books, rules, *days, progress=shown)
    if html is not None:
        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(write_page(report, words.language), encoding="utf-8")
    publish(report, table_lines(report, words.language), json_file)


def add(app: typer.Typer) -> None:
    """Register the command."""
    app.command("replay", help=HELP)(replay)
