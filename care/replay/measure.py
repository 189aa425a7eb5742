"""What a replay found, in numbers: per rule and walk, and for the managers' days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from care.replay.form import Form
from care.replay.outcomes import base_rate, happened_on
from care.replay.replay import Replayed
from care.replay.walk import Walk

MONTH = 30  # days between the days on which everybody is asked how often it happens anyway


@dataclass(frozen=True)
class Judged:
    """The opened episodes of a rule in one walk: `over` where its days have passed, `lead` days until it happened."""

    opened: pd.DataFrame
    over: pd.Series[bool] | None
    lead: pd.Series[float] | None


def judged(found: Replayed, walk: Walk, rule_id: str) -> Judged:
    """The rule's episodes in a walk, judged by its outcome where one is stated."""
    whole = pd.concat(walk.opened, ignore_index=True)
    opened = whole[whole["rule_id"] == rule_id].reset_index(drop=True)
    if rule_id not in found.happened:
        return Judged(opened, None, None)
    return Judged(opened, *happened_on(opened, found.happened[rule_id], found.outcomes, found.newest))


def side(found: Replayed, walk: Walk, matches: pd.DataFrame, rule_id: str, said: Judged) -> dict[str, Any]:
    """All numbers of one rule in one walk; money in minor units."""
    rule, policy = walk.books.book.rules[rule_id], walk.books.policy
    mine = matches[matches["rule_id"] == rule_id]
    reasons = pd.concat(walk.reasons, ignore_index=True)
    reasons = reasons[reasons["rule_id"] == rule_id]
    first = reasons["rank"] == 1
    minutes = int(first.sum()) * rule.minutes + int((~first).sum()) * policy.further_reason_minutes.value
    return {
        "version": rule.version,
        "customer_days": len(mine),
        "customers": int(mine["customer_id"].nunique()),
        "episodes": len(said.opened),
        "episodes_a_day": round(len(said.opened) / len(found.days), 2),
        "tasks": int(reasons["task_id"].nunique()),
        "minutes": minutes,
        "value_minor": int(reasons["value_minor"].sum()),
        "expected_minor": int(reasons["expected_minor"].sum()),
        "fates": _fates(walk, rule_id),
        **_truth(said, found.form),
    }


def _fates(walk: Walk, rule_id: str) -> list[dict[str, Any]]:
    """How many candidates of the rule each stage decided, over all days, in the order of the funnel."""
    whole = pd.concat(walk.fates, ignore_index=True)
    mine = whole[whole["rule_id"] == rule_id].groupby(["stage", "fate", "reason"])["candidates"].sum().reset_index()
    order = ("eligible", "applicable", "suitable", "contact_policy", "holdout", "arbitration", "capacity", "task")
    rows: list[dict[str, Any]] = [
        {"stage": stage, "fate": fate, "reason": reason, "candidates": int(number)}
        for stage, fate, reason, number in mine.itertuples(index=False, name=None)
    ]
    return sorted(rows, key=lambda row: (order.index(row["stage"]), row["reason"]))


def _truth(said: Judged, form: Form) -> dict[str, Any]:
    """Precision and lead time against what happened, each [value, low, high]; None where nothing can be said."""
    if said.over is None or said.lead is None or not said.over.any():
        return {"judged": 0, "hits": 0, "precision": None, "lead_days": None}
    opened, lead = said.opened[said.over], said.lead[said.over]
    hit = lead.notna().to_numpy()
    codes = pd.factorize(opened["customer_id"])[0]
    days = lead.to_numpy(dtype="float64")
    return {
        "judged": len(opened),
        "hits": int(hit.sum()),
        "precision": interval(codes, form, lambda w: float(w[hit].sum() / w.sum())),
        "lead_days": interval(codes, form, lambda w: _median(np.repeat(days[hit], w[hit]))) if hit.any() else None,
    }


def interval(codes: Any, form: Form, measure: Any) -> list[float | None]:
    """[value, low, high]: the percentile bootstrap over customers (Efron 1979). codes: each row's customer, 0..n-1.

    measure: of the times each row counts, as whole numbers.
    """
    chance, count = np.random.default_rng(form.seed), int(codes.max()) + 1
    told = [measure(chance.multinomial(count, np.full(count, 1 / count))[codes]) for _ in range(form.bootstrap)]
    kept = np.array([one for one in told if np.isfinite(one)])
    low, high = np.quantile(kept, [(1 - form.interval) / 2, (1 + form.interval) / 2]) if len(kept) else (None, None)
    return [_round(measure(np.ones(len(codes), np.int64))), _round(low), _round(high)]


def _median(values: Any) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _round(value: Any) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), 4)


def rate_for_all(found: Replayed, rule_id: str) -> float | None:
    """How often the rule's outcome happens to anybody in the same number of days: what a precision stands against."""
    if rule_id not in found.happened:
        return None
    return _round(base_rate(found.happened[rule_id], found.outcomes, list(found.days[::MONTH]), found.newest))


def overlap(found: Replayed, rule_id: str, opened: pd.DataFrame) -> dict[str, float]:
    """The share of the rule's episodes whose customer some live rule matched shortly before, by that rule."""
    live = found.matches[0]
    shares = {}
    asked = opened[["customer_id", "opened_on"]].reset_index()
    span = timedelta(days=found.form.overlap_days)
    for other, theirs in live[live["rule_id"] != rule_id].groupby("rule_id"):
        both = asked.merge(theirs[["customer_id", "as_of"]], on="customer_id")
        near = (both["as_of"] <= both["opened_on"]) & (both["as_of"] >= both["opened_on"] - span)
        shares[str(other)] = round(float(both.loc[near, "index"].nunique() / max(len(asked), 1)), 4)
    return dict(sorted(shares.items(), key=lambda pair: (-pair[1], pair[0])))


def only_this(found: Replayed, rule_id: str, opened: pd.DataFrame) -> list[str]:
    """The customers whom in all these days no other live rule reached."""
    live = found.matches[0]
    others = set(live.loc[live["rule_id"] != rule_id, "customer_id"])
    return sorted(set(opened["customer_id"]) - others)


def managers(walk: Walk) -> dict[str, Any]:
    """The managers' days of a walk: tasks and minutes a manager and working day, and how full the days were."""
    days = pd.concat(walk.days, ignore_index=True)
    there = days[~days["away"].astype(bool)]
    used = there["minutes_given"] / there["minutes"].where(there["minutes"] > 0)
    tasks = pd.concat(walk.tasks, ignore_index=True)
    return {
        "tasks": len(tasks),
        "tasks_a_manager_day": _spread(there["tasks"]),
        "minutes_a_manager_day": _spread(there["minutes_given"]),
        "minutes": int(there["minutes_given"].sum()),
        "share_of_minutes": _round(used.mean()),
        "waiting_a_day": _round(days.groupby("as_of")["waiting"].sum().mean()),
        "value_minor": int(tasks["value_minor"].sum()),
        "expected_minor": int(tasks["expected_minor"].sum()),
    }


def by_manager(walks: Sequence[Walk]) -> list[dict[str, Any]]:
    """Tasks and minutes a day of each manager, in the live and in the tried walk."""
    parts = []
    for name, walk in zip(("live", "tried"), walks, strict=True):
        days = pd.concat(walk.days, ignore_index=True)
        parts.append(days.groupby("manager_id")[["tasks", "minutes_given"]].mean().round(2).add_suffix(f"_{name}"))
    joined = pd.concat(parts, axis=1).sort_index().reset_index()
    return [{str(name): value for name, value in row.items()} for row in joined.to_dict("records")]


def _spread(values: pd.Series[Any]) -> dict[str, float | None]:
    return {"mean": _round(values.mean()), "p95": _round(values.quantile(0.95)), "most": _round(values.max())}


def daily(walk: Walk, rule_id: str) -> dict[str, list[int]]:
    """Per day of the walk: episodes that the rule opened, tasks with it as a reason, and all tasks."""
    opened = [int((frame["rule_id"] == rule_id).sum()) for frame in walk.opened]
    reasons = [int(frame.loc[frame["rule_id"] == rule_id, "task_id"].nunique()) for frame in walk.reasons]
    return {"episodes": opened, "tasks": reasons, "all_tasks": [len(frame) for frame in walk.tasks]}
