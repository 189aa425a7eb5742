"""What a loop came to: totals with and without care, and each effect as its holdout tells it beside the true one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from care.loop.actions import actions_until
from care.loop.day import KIND, notes
from care.loop.experiments import entered
from care.loop.outcomes import adjusting, contacts_by_day, counted, known_before, left
from care.loop.run import Loop
from training.effect import Effect, Mask, effect, true_effect
from training.metrics import Numbers

LOOK = 7
"""Days between two looks at an effect."""


def report(loop: Loop) -> dict[str, Any]:
    """The whole of it, as JSON: asked, days, model, totals, acted, responses (whom calls reached), effects, looks.

    totals: by outcome, with and without care, of all customers. effects: by experiment and outcome, per treated
    customer, with interval, and the true one: the same customers in the same bank without care. looks: the effects on
    contacts and complaints as they stood every seventh day, with the interval that holds at every look.
    """
    before = known_before(loop.care, loop.start)
    came = outcomes_of_all(loop, before)
    names = [one.name for one in loop.care.numbers.outcomes]
    totals = {name: {arm: float(frame[name].sum()) for arm, frame in came.items()} for name in names}
    effects, looks = [], []
    for experiment in loop.care.numbers.experiments:
        told = _told(measured(loop, experiment.name, before, loop.end, came))
        effects += [{"experiment": experiment.name, **row} for row in told]
        looks += [{"experiment": experiment.name, **row} for row in _looks(loop, experiment.name, before)]
    return {
        "asked": asdict(loop.asked), "start": loop.start, "end": loop.end, "model": loop.model,
        "customers": len(before), "in_scope": int(before["in_scope"].sum()), "totals": totals,
        "acted": _acted(loop), "responses": _responses(loop), "days": _days(loop), "effects": effects, "looks": looks,
    }  # fmt: skip


def outcomes_of_all(loop: Loop, before: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Every outcome of every customer of the beginning over the whole loop, `with` care and `without`."""
    everybody = pd.DataFrame({"customer_id": before.index, "since": loop.start})
    homes = {"with": loop.care, "without": loop.without}
    return {arm: counted(home, everybody, loop.end).join(left(home, before, loop.end)) for arm, home in homes.items()}


@dataclass(frozen=True)
class Measured:
    """The customers of an experiment: what came of them with care and without by outcome, and what effects read."""

    outcomes: dict[str, tuple[Numbers, Numbers]]
    held_out: Mask
    odds: Numbers
    known: Numbers


def measured(
    loop: Loop, experiment: str, before: pd.DataFrame, until: date, came: dict[str, pd.DataFrame] | None
) -> Measured:
    """The customers who entered an experiment before `until`; contacts and complaints count from a customer's entry.

    `before`: of `known_before`; `came`: what counts from the beginning (left, lost), with care and without, if asked.
    """
    entries = entered(loop.care, experiment, until - timedelta(days=1))
    entries = entries[entries["customer_id"].isin(before.index)].reset_index(drop=True)
    frames = [counted(home, entries, until) for home in (loop.care, loop.without)]
    if came:
        frames = [frame.join(came[arm][["left", "lost"]]) for frame, arm in zip(frames, came, strict=True)]
    who = list(entries["customer_id"])
    days = np.array([(until - day).days for day in entries["since"]], dtype=np.float64)
    known = np.column_stack([adjusting(loop.care, before).loc[who].to_numpy(dtype=np.float64), days])
    both = [frame.loc[who] for frame in frames]
    outcomes = {
        str(name): (both[0][name].to_numpy(dtype=np.float64), both[1][name].to_numpy(dtype=np.float64))
        for name in frames[0].columns
    }
    held_out, odds = entries["held_out"].to_numpy(dtype=bool), entries["odds"].to_numpy(dtype=np.float64)
    return Measured(outcomes, held_out, odds, known)


def _told(found: Measured) -> list[dict[str, Any]]:
    """A row an outcome: the effect as the holdout tells it, and the true one."""
    rows = []
    for name, (with_care, without) in found.outcomes.items():
        told = effect(with_care, found.held_out, found.odds, found.known)
        truth = true_effect(with_care, without, found.held_out, found.odds) if told else None
        rows.append({"outcome": name, **_said(told, truth, found.held_out)})
    return rows


def _said(found: Effect | None, truth: float | None, held_out: Mask) -> dict[str, Any]:
    if found is None or truth is None:
        return {"treated": int((~held_out).sum()), "held_out": int(held_out.sum()), "estimate": None, "true": None}
    return {**asdict(found), "true": truth, "covers": found.covers(truth)}


def _looks(loop: Loop, experiment: str, before: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for days in range(LOOK, loop.asked.days + 1, LOOK):
        until = loop.start + timedelta(days=days)
        rows += [{"until": until, **row} for row in _told(measured(loop, experiment, before, until, None))]
    return rows


def _acted(loop: Loop) -> dict[str, int]:
    done = notes(loop.care, KIND).values()
    return {name: sum(int(one[name]) for one in done) for name in ("tasks", "calls", "pre_answers")}


def _responses(loop: Loop) -> dict[str, int]:
    return loop.care.bank.responses(actions_until(loop.care.engine, loop.end, loop.care.numbers.pre_answers))


def _days(loop: Loop) -> list[dict[str, Any]]:
    done = notes(loop.care, KIND)
    both = [contacts_by_day(home, loop.start, loop.end) for home in (loop.care, loop.without)]
    return [
        {
            "day": day, **{name: done[day][name] for name in ("tasks", "calls", "pre_answers")},
            "contacts": {"with": both[0][day][0], "without": both[1][day][0]},
            "complaints": {"with": both[0][day][1], "without": both[1][day][1]},
        }
        for day in both[0]
    ]  # fmt: skip
