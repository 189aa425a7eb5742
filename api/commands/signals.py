"""`forecare signals`: what the service knows how to measure about a customer, and one day's build of it."""

from __future__ import annotations

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
AsOf = Annotated[str, typer.Option(metavar="DAY", help="Build the signals as of this day. 计算该日信号。")]


def signals(context: typer.Context, as_of: AsOf = "", json_file: JsonFile = None, lang: Language = "") -> None:
    """Without a word: the list; with --as-of: build."""
    if context.invoked_subcommand is None:
        build(as_of, json_file, lang) if as_of else listing(json_file, lang)


def listing(json_file: JsonFile = None, lang: Language = "") -> None:
    """List every signal by subject, with its meaning."""
    words = terminal_words(lang)
    from features.catalogue import read_catalogue

    catalogue = read_catalogue()
    lines: list[str] = []
    subject = ""
    for signal in catalogue.signals.values():
        if signal.subject != subject:
            subject = signal.subject
            lines.append(subject)
        lines.append(f"  {signal.name:<30} {signal.unit:<12} {getattr(signal, words.language)}")
    lines.append(words("signals.count", n=len(catalogue.signals), version=catalogue.version))
    publish([_form(signal) for signal in catalogue.signals.values()], lines, json_file)


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


def build(as_of: AsOf = "", json_file: JsonFile = None, lang: Language = "") -> None:
    """Build all signals as of a day and store the snapshot."""
    words = terminal_words(lang)
    from features.build import build_signals
    from features.catalogue import read_catalogue
    from features.snapshot import write_snapshot

    settings, day = bank.settings_and_day(as_of)
    catalogue = read_catalogue()
    with bank.holding_bank("signals", settings) as _, progress() as shown:
        warehouse = bank.history_of(settings)
        table = build_signals(warehouse, catalogue, day, settings, progress=shown)
        path = write_snapshot(settings.home, table, day, catalogue, warehouse)
    count = {"customers": table.num_rows, "signals": len(catalogue.signals)}
    line = words("signals.built", as_of=day, path=path, **count)
    publish({"as_of": day, "signals": count, "path": str(path)}, [line], json_file)


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
