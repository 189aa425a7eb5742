"""`forecare signals add-check`: a dry run of a new file of signals beside ours; nothing is stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api import bank
from api.commands.signals_evidence import shown
from api.commands.signals_show import form
from api.console import JsonFile, Language, progress, publish
from api.words import Words, terminal_words

if TYPE_CHECKING:
    from features.profile import Profile
    from features.trial import Trial

File = Annotated[Path, typer.Argument(metavar="FILE", help="A YAML file of new signals. 新信号的 YAML 文件。")]
AsOf = Annotated[str, typer.Option(metavar="DAY", help="Try it on this day (default: after the last data). 试算日期。")]


def add_check(file: File, as_of: AsOf = "", json_file: JsonFile = None, lang: Language = "") -> None:
    """Check the file against our catalogue, build its signals without storing, and say what they look like."""
    words = terminal_words(lang)
    from features.catalogue import BUILT_IN, read_catalogue, read_folders
    from features.errors import Refusal

    if not file.is_file():
        raise Refusal("no such file", place=str(file), remedy="name a YAML file of signals")
    ours, theirs = read_catalogue(), read_folders([BUILT_IN, file])
    if len(theirs.signals) == len(ours.signals):
        raise Refusal("declares no signal", place=str(file), remedy="see docs/signals.md for an entry of five lines")
    from features.trial import try_out

    settings, day = bank.settings_and_day(as_of)
    with progress() as told:
        trials = try_out(ours, theirs, bank.history_of(settings), day, settings, told)
    lines = [words("trial.title", n=len(trials), as_of=day)]
    for trial in trials:
        lines += ["", *_lines(trial, words)]
    lines += ["", words("trial.next", file=file, as_of=day)]
    publish({"as_of": day, "signals": [_form(trial) for trial in trials]}, lines, json_file)


def _form(trial: Trial) -> dict[str, Any]:
    profile = trial.profile
    return {
        **form(trial.signal), "customers": profile.customers, "nulls": profile.nulls, "zeros": profile.zeros,
        "quantiles": profile.quantiles, "histogram": {"edges": profile.edges, "counts": profile.bins},
        "commonest": [{"value": value, "customers": count} for value, count in profile.values],
        "repeats": [{"signal": name, "rank_correlation": rank} for name, rank in trial.repeats],
        "months_more": trial.months_more,
    }  # fmt: skip


def _lines(trial: Trial, words: Words) -> list[str]:
    signal, profile = trial.signal, trial.profile
    lines = [
        f"{signal.name}  ({signal.unit})  {getattr(signal, words.language)}",
        "  " + words("trial.counts", customers=profile.customers, nulls=profile.nulls, zeros=profile.zeros),
        *(f"  {line}" for line in _spread(profile, words)),
    ]
    for name, rank in trial.repeats:
        lines.append("  " + words("trial.repeats", name=name, rank=f"{rank:.3f}"))
    for table, months in trial.months_more.items():
        lines.append("  " + words("trial.months", table=table, months=months))
    return lines if trial.months_more else [*lines, "  " + words("trial.no_months")]


def _spread(profile: Profile, words: Words) -> list[str]:
    from features.profile import bars

    if profile.nulls == profile.customers:
        return [words("trial.nobody")]
    if profile.edges is None:
        return [f"{shown(value, words)}: {count:,}" for value, count in profile.values]
    said = "  ".join(f"{share:.0%} {shown(value, words)}" for share, value in profile.quantiles.items())
    return [said, f"|{bars(profile.bins)}|"]


def add(group: typer.Typer) -> None:
    """Register the command."""
    example = "Example: forecare signals add-check our-signals.yaml"
    group.command("add-check", help=f"Try out a new file of signals; nothing is stored.  {example} 试算新信号。")(
        add_check
    )
