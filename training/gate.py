"""May a challenger take over? Pure: measures in, verdict with its reasons out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from training.metrics import Difference, Numbers, Quality, auc_roc
from training.settings import Gate
from training.words import Line


@dataclass(frozen=True)
class Rival:
    """Someone to beat, measured on the same later rows, and challenger less rival in average precision."""

    quality: Quality
    difference: Difference


@dataclass(frozen=True)
class Case:
    """Everything that the gate looks at.

    `baselines` by name (words: gate.<name>); `champion` is None where there is none, or where it cannot be scored any
    more, and then `champion_lacks` names the signal it misses. `leaks`: AUC of each signal alone on the training days.
    """

    challenger: Quality
    slope: float
    names: Sequence[str]
    catalogue: Collection[str]
    baselines: Mapping[str, Rival]
    champion: Rival | None = None
    champion_lacks: str | None = None
    leaks: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """Passed or not; `reasons` are all the findings of a passed gate, and only the failed ones otherwise."""

    passed: bool
    reasons: tuple[Line, ...]


def decide(case: Case, limits: Gate) -> Decision:
    """The challenger passes if every check does."""
    checks = [*_against_baselines(case, limits), *_against_champion(case, limits), *_honest(case, limits)]
    failed = tuple(line for ok, line in checks if not ok)
    return Decision(not failed, failed or tuple(line for _, line in checks))


def _against_baselines(case: Case, limits: Gate) -> list[tuple[bool, Line]]:
    return [
        (rival.difference.middle > limits.baselines, _compared(f"gate.{name}", case.challenger, rival))
        for name, rival in case.baselines.items()
    ]


def _against_champion(case: Case, limits: Gate) -> list[tuple[bool, Line]]:
    if case.champion_lacks is not None:
        return [(True, Line("gate.champion_gone", {"signal": case.champion_lacks}))]
    if case.champion is None:
        return []
    better = case.champion.difference.low > limits.champion
    return [(better, _compared("gate.champion", case.challenger, case.champion))]


def _honest(case: Case, limits: Gate) -> list[tuple[bool, Line]]:
    error = case.challenger.calibration_error
    measured = float("nan") if error is None else error
    checks = [
        (measured <= limits.calibration_error, _limit("gate.calibration", measured, limits.calibration_error)),
        (case.challenger.auc_roc <= limits.auc, _limit("gate.auc", case.challenger.auc_roc, limits.auc)),
    ]
    if not case.slope > 0:
        checks.append((False, Line("gate.slope", {"found": case.slope})))
    for name, auc in sorted(case.leaks.items()):
        if auc > limits.single_auc:
            values = {"signal": name, "found": auc, "needed": limits.single_auc}
            checks.append((False, Line("gate.single", values)))
    unknown = sorted(set(case.names) - set(case.catalogue))
    return [*checks, *((False, Line("gate.catalogue", {"signal": name})) for name in unknown)]


def single_aucs(rows: Numbers, y: Numbers, names: Sequence[str]) -> dict[str, float]:
    """AUC of each signal alone, whichever way it points; missing counts as a value of its own, below all others."""
    found = {}
    for position, name in enumerate(names):
        values = rows[:, position]
        auc = auc_roc(y, np.where(np.isnan(values), -np.inf, values))
        found[name] = max(auc, 1 - auc)
    return found


def _compared(code: str, challenger: Quality, rival: Rival) -> Line:
    values = {"found": challenger.auc_pr, "needed": rival.quality.auc_pr}
    return Line(code, {**values, "low": rival.difference.low, "high": rival.difference.high})


def _limit(code: str, found: float, needed: float) -> Line:
    return Line(code, {"found": found, "needed": needed})
