"""`forecare signals`: what the service knows how to measure about a customer, and one day's build of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api import bank
from api.console import JsonFile, Language, progress, publish
from api.words import terminal_words

HELP = """List the signals, show one, or build them all for a day.

列出信号、查看一个信号，或计算某一天的全部信号。

\b
Examples:
  forecare signals
  forecare signals show assets_mean_30d
  forecare signals build --as-of 2026-06-01
"""
Days = Annotated[
    str, typer.Option("--as-of", metavar="DAY[,DAY...]", help="Build as of the beginning of these days. 计算日期。")
]
CatalogueFolder = Annotated[
    Path | None, typer.Option("--catalogue", metavar="DIR", help="Build these signals instead of ours. 信号目录。")
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Write <day>.parquet there, store nothing. 输出目录。")
]
AsOf = Annotated[str, typer.Option(metavar="DAY", help="Build the signals as of this day. 计算该日信号。")]


def signals(context: typer.Context, as_of: AsOf = "", json_file: JsonFile = None, lang: Language = "") -> None:
    """Without a word: the list; with --as-of: build."""
    if context.invoked_subcommand is None:
        build(as_of, json_file=json_file, lang=lang) if as_of else listing(json_file, lang)


def listing(json_file: JsonFile = None, lang: Language = "") -> None:
    """List every signal by subject, with its meaning."""
    words = terminal_words(lang)
    from features.catalogue import read_catalogue

    catalogue = read_catalogue()
    lines: list[str] = []
    subject = ""
    shown = [catalogue.signals[name] for name in catalogue.stored]
    for signal in shown:
        if signal.subject != subject:
            subject = signal.subject
            lines.append(subject)
        lines.append(f"  {signal.name:<30} {signal.unit:<12} {getattr(signal, words.language)}")
    lines.append(words("signals.count", n=len(shown), version=catalogue.version))
    publish([_form(signal) for signal in shown], lines, json_file)


def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A signal's name. 信号名。")],
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Show one signal: meaning, unit, subject, owner."""
    terminal_words(lang)
    from features.catalogue import read_catalogue
    from features.errors import Refusal, nearest

    catalogue = read_catalogue()
    if name not in catalogue.signals:
        raise Refusal("no such signal", place=name, remedy=nearest(name, catalogue.signals))
    form = _form(catalogue.signals[name])
    publish(form, [f"{key}: {value}" for key, value in form.items()], json_file)


def build(
    as_of: Days = "",
    catalogue: CatalogueFolder = None,
    out: Out = None,
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Build all signals as of one day or several: stored as snapshots, or written to a folder with --out."""
    words = terminal_words(lang)
    from features.build import Build
    from features.catalogue import read_catalogue, read_folders
    from features.day_files import DayFiles
    from features.engine import open_versions
    from features.windows import Timeline

    settings, days = bank.settings_and_days(as_of)
    signals = read_folders([catalogue]) if catalogue else read_catalogue()
    folder = out or settings.home / "snapshots"
    with open_versions(bank.history_of(settings), settings) as history, progress() as shown:
        build = Build(history, signals, Timeline.of(days, settings.zone))
        with DayFiles(folder, build.timeline.days, build.schema) as files:
            build.into(files, threads=settings.threads, progress=shown)
    counts = {"customers": files.rows[-1], "signals": len(build.chosen), "days": len(build.timeline.days)}
    line = words("signals.built", as_of=", ".join(map(str, build.timeline.days)), path=folder, **counts)
    publish({"as_of": build.timeline.days, "signals": counts, "path": str(folder)}, [line], json_file)


def _form(signal: object) -> dict[str, object]:
    names = ("name", "zh", "en", "unit", "type", "subject", "owner")
    return {name: getattr(signal, name) for name in names}


def add(app: typer.Typer) -> None:
    """Register the group."""
    group = typer.Typer(help=HELP, rich_markup_mode=None)
    group.callback(invoke_without_command=True)(signals)
    group.command("list", help="List every signal by subject, with its meaning. 列出全部信号。")(listing)
    group.command("show", help="Show one signal.  Example: forecare signals show assets 查看一个信号。")(show)
    group.command(
        "build", help="Build one day's signals.  Example: forecare signals build --as-of 2026-06-01 计算信号。"
    )(build)
    app.add_typer(group, name="signals")
