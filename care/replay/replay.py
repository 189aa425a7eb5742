"""Rules tried over past days, as known then: two books walked side by side. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from care.books import Books
from care.replay.books import Trial, read_trial
from care.replay.days import days_between, signals_by_day, spans
from care.replay.form import Form
from care.replay.happened import Happened, read_happened
from care.replay.registers import open_registers
from care.replay.walk import Walk
from care.rules.by_event import match_events, moments_of, together
from care.rules.day_events import events_before
from care.rules.matching import compile_book
from care.rules.rule import Moment
from features.errors import Refusal
from features.progress import Progress
from features.settings import Settings
from features.warehouse import Warehouse


@dataclass(frozen=True)
class Replayed:
    """Two walks over the same days: the book in force and the tried one, with all matches of both.

    matches: customer_id, rule_id, as_of of each walk, in the order live, tried. outcomes: the file of each day's
    outcome signals; newest: the last of these days. customers: how many were known on the last day.
    """

    trial: Trial
    days: Sequence[date]
    live: Walk
    tried: Walk
    matches: tuple[pd.DataFrame, pd.DataFrame]
    happened: Mapping[str, Happened]
    outcomes: Mapping[date, Path]
    newest: date
    customers: int
    form: Form


def replayed(
    settings: Settings,
    live: Books,
    rules: Path,
    days: tuple[date, date],
    folder: Path,
    form: Form,
    progress: Progress,
) -> Replayed:
    """Walk both books through the days; the outcome signals are left in `folder` (the caller's, temporary)."""
    warehouse = Warehouse(settings.home)
    first, last = _check(warehouse, settings, days)
    trial = read_trial(live, rules)
    happened = read_happened(live.catalogue)
    wanted = _outcome_names(trial, happened)
    newest = warehouse.last_day(settings.zone)
    end = min(last + timedelta(days=_longest(trial, happened)), newest or last)
    every = days_between(first, last)
    walks = Walk(trial.live, compile_book(trial.live.book)), Walk(trial.tried, compile_book(trial.tried.book))
    asked = sorted({*trial.names, *wanted})
    outcomes: dict[date, Path] = {}
    found: tuple[list[pd.DataFrame], list[pd.DataFrame]] = ([], [])
    customers = 0
    warm_up = days_between(first - timedelta(days=form.warm_up_days), first - timedelta(days=1))
    planned = spans([*warm_up, *every], form.days_at_once, folder)
    with open_registers(warehouse, settings, last) as registers:
        for as_of, signals in signals_by_day(settings, planned, asked, progress):
            customers = signals.num_rows
            if as_of == first:
                _count_from_here(walks, found)
            outcomes[as_of] = _keep(signals, wanted, folder, as_of)
            people = registers.as_of(as_of)
            events = events_before(registers.connection, registers.relations, as_of, _moments(walks), settings)
            for walk, kept in zip(walks, found, strict=True):
                said = [walk.compiled.match(signals, as_of), *match_events(walk.compiled, events, signals, as_of)]
                matches = together(said)
                walk.day(as_of, signals, matches, people)
                kept.append(matches[["customer_id", "rule_id"]].assign(as_of=as_of))
    after = days_between(last + timedelta(days=1), end)
    if wanted and after:
        for as_of, signals in signals_by_day(settings, spans(after, form.days_at_once, folder), wanted, progress):
            outcomes[as_of] = _keep(signals, wanted, folder, as_of)
    whole = tuple(pd.concat(kept, ignore_index=True) for kept in found)
    return Replayed(
        trial, every, *walks, (whole[0], whole[1]), happened, outcomes, max([last, *outcomes]), customers, form
    )  # fmt: skip


def _count_from_here(walks: Sequence[Walk], found: Sequence[list[pd.DataFrame]]) -> None:
    for walk, kept in zip(walks, found, strict=True):
        walk.count_from_here()
        kept.clear()


def _check(warehouse: Warehouse, settings: Settings, days: tuple[date, date]) -> tuple[date, date]:
    first, last = days
    newest = warehouse.last_day(settings.zone)
    if newest is None:
        raise Refusal("no history yet", place=str(settings.home), remedy="forecare intake --source NAME --data DIR")
    if last < first:
        raise Refusal(f"{last} is before {first}", place="--to", remedy="give the later day here")
    if last > newest + timedelta(days=1):
        raise Refusal(
            f"the history ends on {newest}", place="--to", remedy=f"give {newest + timedelta(days=1)} at most"
        )
    return first, last


def _moments(walks: Sequence[Walk]) -> list[Moment]:
    return sorted({moment for walk in walks for moment in moments_of(walk.compiled)})


def _outcome_names(trial: Trial, happened: Mapping[str, Happened]) -> list[str]:
    return sorted({name for one in trial.rule_ids if one in happened for name in happened[one].signals})


def _longest(trial: Trial, happened: Mapping[str, Happened]) -> int:
    return max([happened[one].within for one in trial.rule_ids if one in happened], default=0)


def _keep(signals: pa.Table, names: Sequence[str], folder: Path, as_of: date) -> Path:
    path = folder / f"outcomes-{as_of.isoformat()}.parquet"
    pq.write_table(signals.select(["customer_id", "as_of", *names]), path, compression="lz4")
    return path
