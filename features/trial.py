"""New signals tried out beside the catalogue: how they are spread, what they repeat, what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.build import Build
from features.catalogue import Catalogue
from features.engine import open_versions
from features.engines import open_answers
from features.profile import Profile, profiles, read_profile_form
from features.progress import Progress
from features.settings import Settings
from features.signal import Signal
from features.warehouse import Warehouse
from features.windows import Timeline

DAYS_A_MONTH = 30.4
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Trial:
    """One new signal: its profile, the signals that it nearly repeats, and months of a table read for it alone."""

    signal: Signal
    profile: Profile
    repeats: list[tuple[str, float]]
    months_more: dict[str, float]


def try_out(
    ours: Catalogue,
    theirs: Catalogue,
    warehouse: Warehouse,
    as_of: date,
    settings: Settings,
    progress: Progress | None = None,
) -> list[Trial]:
    """A trial of every signal that `theirs` has beside `ours`, over all customers of a day."""
    new = [signal for name, signal in theirs.signals.items() if name not in ours.signals]
    table, sample = _built(theirs, new, warehouse, as_of, settings, progress)
    told = profiles(table, new)
    return [
        Trial(signal, profile, _repeated(signal, sample, ours), _months_more(signal, ours, theirs))
        for signal, profile in zip(new, told, strict=True)
    ]


def _built(
    theirs: Catalogue,
    new: Sequence[Signal],
    warehouse: Warehouse,
    as_of: date,
    settings: Settings,
    progress: Progress | None,
) -> tuple[pa.Table, pa.Table]:
    """The new signals of everybody, and all numbers of so many customers as are compared, evenly spread."""
    names = [signal.name for signal in new]
    others = [name for name in theirs.stored if theirs.types[name] == "number"]
    whole, part = list[pa.Table](), list[pa.Table]()
    with open_versions(warehouse, settings) as history, open_answers(settings) as engine:
        build = Build(history, theirs, Timeline.of([as_of], settings.zone), list(dict.fromkeys([*names, *others])))
        step = max(history.count("customers", None, as_of) // read_profile_form().sample, 1)

        def take(_day: int, table: pa.Table) -> None:
            whole.append(table.select(["customer_id", *names]))
            part.append(table.take(pa.array(range(0, table.num_rows, step), pa.int64())))

        build.into(take, engine=engine, progress=progress)
        nothing = build.schema.empty_table()
    return (
        pa.concat_tables([nothing.select(["customer_id", *names]), *whole]),
        pa.concat_tables([nothing, *part]),
    )


def _repeated(signal: Signal, sample: pa.Table, ours: Catalogue) -> list[tuple[str, float]]:
    """The signals whose rank correlation with the new one is above the bound, the closest first."""
    if signal.type != "number":
        return []
    mine = _numbers(sample, signal.name)
    others = [name for name in ours.stored if ours.types[name] == "number"]
    found = [(name, rank_correlation(mine, _numbers(sample, name))) for name in others]
    close = [(name, rank) for name, rank in found if abs(rank) >= read_profile_form().repeats_above]
    return sorted(close, key=lambda one: (-abs(one[1]), one[0]))


def _numbers(table: pa.Table, name: str) -> Doubles:
    column = table.column(name).cast(pa.float64())
    values: Doubles = np.array(column.fill_null(float("nan")).to_numpy(), np.float64)
    return values


def rank_correlation(one: Doubles, other: Doubles) -> float:
    """Spearman's, over those for whom both are known; 0 where one of them does not vary."""
    both = ~(np.isnan(one) | np.isnan(other))
    if both.sum() < 2:
        return 0.0
    a, b = _ranks(one[both]), _ranks(other[both])
    a, b = a - a.mean(), b - b.mean()
    size = np.sqrt((a * a).sum() * (b * b).sum())
    return float((a * b).sum() / size) if size > 0 else 0.0


def _ranks(values: Doubles) -> Doubles:
    """Ranks from 1; equal values share the mean of theirs."""
    _, at, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    ranks: Doubles = (last - (counts - 1) / 2.0)[at]
    return ranks


def _months_more(signal: Signal, ours: Catalogue, theirs: Catalogue) -> dict[str, float]:
    """Months of each table that are read for this signal and for none of ours."""
    before, after = _backs(list(ours.signals.values())), _backs(theirs.needed([signal.name]))
    more = {table: days - before.get(table, 0) for table, days in after.items()}
    return {table: round(days / DAYS_A_MONTH, 1) for table, days in more.items() if days > 0}


def _backs(signals: Sequence[Signal]) -> Mapping[str, int]:
    backs: dict[str, Any] = {}
    for signal in signals:
        if signal.table and signal.days is not None and not signal.carry:
            backs[signal.table] = max(backs.get(signal.table, 0), signal.days + signal.until)
    return backs
