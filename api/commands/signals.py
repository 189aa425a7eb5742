"""`forecare signals`: what the service knows how to measure about a customer; each command has a module of its own."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.commands import signals_add_check, signals_build, signals_diff, signals_docs, signals_show
from api.console import JsonFile, Language, publish
from api.words import terminal_words

HELP = """List the signals, show one with its rows and its SQL, build them, compare, try out new ones.

列出信号、查看一个信号（含明细与 SQL）、计算、比较、试算新信号。

\b
Examples:
  forecare signals list --subject income
  forecare signals show assets_mean_30d --customer C0000001 --as-of 2026-06-01
  forecare signals sql assets_mean_30d --as-of 2026-06-01 --plain
  forecare signals build --as-of 2026-06-01,2026-07-01
  forecare signals add-check our-signals.yaml
"""
AsOf = Annotated[str, typer.Option(metavar="DAY", help="Build the signals as of this day. 计算该日信号。")]
Subject = Annotated[str, typer.Option(metavar="S", help="Only this subject, as income. 只列该主题。")]
Hidden = Annotated[bool, typer.Option("--hidden", help="Also those computed for others only. 含隐藏信号。")]
Search = Annotated[str, typer.Option(metavar="WORD", help="Only with this word in name or meaning. 只列含该词的。")]


def signals(context: typer.Context, as_of: AsOf = "", json_file: JsonFile = None, lang: Language = "") -> None:
    """Without a word: the list; with --as-of: build."""
    if context.invoked_subcommand is None:
        if as_of:
            signals_build.build(as_of, json_file=json_file, lang=lang)
        else:
            listing(json_file=json_file, lang=lang)


def listing(
    subject: Subject = "", hidden: Hidden = False, search: Search = "", json_file: JsonFile = None, lang: Language = ""
) -> None:
    """List the signals by subject, with unit and meaning."""
    words = terminal_words(lang)
    from features.catalogue import read_catalogue

    catalogue = read_catalogue()
    shown = [signal for signal in _chosen(catalogue, subject, hidden) if _says(signal, search)]
    lines: list[str] = []
    for at, signal in enumerate(shown):
        if not at or shown[at - 1].subject != signal.subject:
            lines.append(signal.subject)
        lines.append(f"  {signal.name:<34} {signal.unit:<12} {getattr(signal, words.language)}")
    lines.append(words("signals.count", n=len(shown), version=catalogue.version))
    publish([signals_show.form(signal) for signal in shown], lines, json_file)


def _chosen(catalogue: Any, subject: str, hidden: bool) -> list[Any]:
    """The signals of a subject, or all; Refusal for a subject that is none."""
    from features.errors import Refusal, nearest

    subjects = {signal.subject for signal in catalogue.signals.values()}
    if subject and subject not in subjects:
        raise Refusal(f"no subject '{subject}'", place="--subject", remedy=nearest(subject, subjects))
    names = catalogue.signals if hidden else catalogue.stored
    found = [catalogue.signals[name] for name in names]
    return [signal for signal in found if not subject or signal.subject == subject]


def _says(signal: Any, word: str) -> bool:
    said = f"{signal.name} {signal.zh} {signal.en} {signal.unit} {signal.owner}"
    return word.casefold() in said.casefold()


def add(app: typer.Typer) -> None:
    """Register the group."""
    group = typer.Typer(help=HELP, rich_markup_mode=None)
    group.callback(invoke_without_command=True)(signals)
    group.command("list", help="List the signals.  Example: forecare signals list --search salary 列出信号。")(listing)
    for part in (signals_show, signals_build, signals_diff, signals_add_check, signals_docs):
        part.add(group)
    app.add_typer(group, name="signals")
