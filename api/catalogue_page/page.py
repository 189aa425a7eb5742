"""The page: what is said of each signal, put into page.html."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from api.catalogue_page.plot import histogram, written
from api.words import Words

if TYPE_CHECKING:
    import pyarrow as pa

    from features.catalogue import Catalogue
    from features.profile import Profile
    from features.signal import Signal

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Shown:
    """One signal as the page shows it."""

    signal: Signal
    look_back: int | None
    entry: str
    sql: str
    profile: Profile
    plot: str
    nulls: str
    quantiles: list[tuple[str, str]]
    values: list[tuple[str, str]]


def render(catalogue: Catalogue, built: pa.Table, as_of: date, zone: ZoneInfo, tongues: Sequence[Words]) -> str:
    """The page over the signals of one day; `tongues`: the words of each language that stands in it, zh first."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    shown = _shown(catalogue, built, as_of, zone, tongues)
    subjects: dict[str, list[Shown]] = {}
    for one in shown:
        subjects.setdefault(one.signal.subject, []).append(one)
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    said = {name: (FOLDER / f"page.{name}").read_text(encoding="utf-8") for name in ("css", "js")}
    return environment.get_template("page.html").render(
        subjects=subjects, count=len(shown), customers=built.num_rows, as_of=as_of, version=catalogue.version,
        t=lambda key, **slots: _both(tongues, key, slots), **said,
    )  # fmt: skip


def _both(tongues: Sequence[Words], key: str, slots: Mapping[str, Any]) -> str:
    return " · ".join(dict.fromkeys(words(f"docs.{key}", **slots) for words in tongues))


def _shown(catalogue: Catalogue, built: pa.Table, as_of: date, zone: ZoneInfo, tongues: Sequence[Words]) -> list[Shown]:
    from api.commands.signals_show import look_back
    from features.audit.dialect import read_dialect
    from features.audit.question import Named, Question, speak
    from features.audit.statement import signal_sql
    from features.contract import TABLES
    from features.profile import profiles

    signals = [catalogue.signals[name] for name in catalogue.stored]
    tables = Named(frozenset(TABLES))
    question = Question(as_of, as_of, zone, tables, read_dialect("duckdb"), speak(tongues[-1].language))
    return [
        _one(signal, profile, tongues, look_back(catalogue, signal), signal_sql(catalogue, [signal.name], question))
        for signal, profile in zip(signals, profiles(built, signals), strict=True)
    ]


def _one(signal: Signal, profile: Profile, tongues: Sequence[Words], look_back: int | None, sql: str) -> Shown:
    title = _both(tongues, "spread", {"name": signal.name})
    return Shown(
        signal=signal,
        look_back=look_back,
        entry=entry_of(signal),
        sql=sql,
        profile=profile,
        plot=histogram(profile, days=signal.type == "day", title=title),
        nulls=f"{profile.nulls / max(profile.customers, 1):.1%}",
        quantiles=[(f"{share:.0%}", written(value)) for share, value in profile.quantiles.items()],
        values=[(str(value), f"{count:,}") for value, count in profile.values],
    )


def entry_of(signal: Signal) -> str:
    """The signal's entry as it stands in its YAML file."""
    path, line = signal.place.rsplit(":", 1)
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    start = next(at for at in range(int(line) - 1, -1, -1) if lines[at].startswith("- "))
    entry = [lines[start]]
    for text in lines[start + 1 :]:
        if text and not text.startswith(" "):
            break
        entry.append(text)
    return "\n".join(entry).rstrip()
