"""`forecare signals docs`: the catalogue as one page, with what this home's customers look like."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api import bank
from api.console import JsonFile, Language, progress, publish
from api.words import LANGUAGES, terminal_words

Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="The page to write. 输出页面。")]
AsOf = Annotated[str, typer.Option(metavar="DAY", help="Signals of this day (default: after the last data). 日期。")]


def docs(
    out: Out = Path("docs/catalogue.html"), as_of: AsOf = "", json_file: JsonFile = None, lang: Language = ""
) -> None:
    """Write the page: meaning in both languages, unit, window, owner, YAML, SQL, spread and share of unknowns."""
    words = terminal_words(lang)
    from api.catalogue_page.page import render
    from features.build import build_signals
    from features.catalogue import read_catalogue

    settings, day = bank.settings_and_day(as_of)
    catalogue = read_catalogue()
    with progress() as told:
        built = build_signals(bank.history_of(settings), catalogue, day, settings, progress=told)
    text = render(catalogue, built, day, settings.zone, [terminal_words(language) for language in LANGUAGES])
    out.parent.mkdir(parents=True, exist_ok=True)
    waiting = out.with_name(f".{out.name}.writing")
    waiting.write_text(text, encoding="utf-8")
    waiting.replace(out)
    size = len(text.encode())
    line = words("signals.documented", n=len(catalogue.stored), path=out, bytes=f"{size:,}")
    publish({"path": str(out), "signals": len(catalogue.stored), "as_of": day, "bytes": size}, [line], json_file)


def add(group: typer.Typer) -> None:
    """Register the command."""
    example = "Example: forecare signals docs --out docs/catalogue.html"
    group.command("docs", help=f"Write the catalogue as one page.  {example} 生成信号目录页面。")(docs)
