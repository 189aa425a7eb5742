"""Are the data enough for a model? A report, never an exception: each verdict has its number, its limit, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from training.dataset import Dataset, Part, Split
from training.settings import TrainingSettings
from training.words import Line


@dataclass(frozen=True)
class Verdict:
    """One check: found against needed, and the line that says what to do."""

    check: str
    found: float
    needed: float
    ok: bool
    day: date | None = None

    @property
    def line(self) -> Line:
        """Words in words.yaml."""
        values = {"found": self.found, "needed": self.needed, "day": self.day.isoformat() if self.day else ""}
        return Line(f"fitness.{self.check}", values)


def at_least(check: str, found: float, needed: float, day: date | None = None) -> Verdict:
    """Enough of something."""
    return Verdict(check, found, needed, found >= needed, day)


def fitness_of_history(
    first: date | None, last: date | None, split: Split | None, settings: TrainingSettings
) -> list[Verdict]:
    """What can be said before anything is built; `first` and `last` are the first and last day of history."""
    days = (last - first).days + 1 if first and last else 0
    history = at_least("history", days, settings.history_days)
    # Too short a history has no days either: saying so twice would ask for two remedies.
    return [history, at_least("days", len(split.train) if split else 0, 1)] if history.ok else [history]


def fitness_of_dataset(dataset: Dataset, settings: TrainingSettings) -> list[Verdict]:
    """What can be said of the built parts: customers, leavers, signals with values."""
    limits = settings.fitness
    counts = [(number, day) for part in _parts(dataset) for day, number in part.counts.items()]
    fewest, day = min(counts)
    share = _share(dataset)
    return [
        at_least("customers", fewest, limits.customers, day),
        at_least("positives_train", int(dataset.train.y.sum()), limits.positives_train),
        at_least("positives_validate", int(dataset.validate.y.sum()), limits.positives_validate),
        at_least("positives_test", int(dataset.test.y.sum()), limits.positives_test),
        Verdict("positive_share", round(share, 6), limits.positive_share, share <= limits.positive_share),
        at_least("signals", _filled(dataset.train, limits.filled_share), limits.signals),
    ]


def missing(verdicts: Iterable[Verdict]) -> list[Line]:
    """The lines of what is not enough."""
    return [verdict.line for verdict in verdicts if not verdict.ok]


def _parts(dataset: Dataset) -> tuple[Part, Part, Part]:
    return dataset.train, dataset.validate, dataset.test


def _share(dataset: Dataset) -> float:
    labels = np.concatenate([part.y for part in _parts(dataset)])
    return float(labels.mean()) if len(labels) else 0.0


def _filled(part: Part, share: float) -> int:
    if not len(part.x):
        return 0
    return int(np.sum(np.mean(~np.isnan(part.x), axis=0) >= share))
