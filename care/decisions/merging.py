"""From candidates to tasks: one a customer with all its reasons; what is open goes on, is withdrawn, or expires."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from care.decisions.due import due_days
from care.decisions.episodes import FACTS
from care.decisions.inputs import OPEN_COLUMNS, Inputs
from care.decisions.priority import per_minute
from care.nouns import CareClass, Deadline, TaskState

UNSEEN = (TaskState.QUEUED, TaskState.ASSIGNED)
"""States of a task that no manager has looked at: it can still be taken back."""
BEGUN = (TaskState.SEEN, TaskState.IN_PROGRESS)
MAY_EXPIRE = (*UNSEEN, TaskState.SEEN)


def task_id_of(customer_id: str, as_of: date) -> str:
    """The id of the task that the night of as_of makes for a customer: the same however often the night is run."""
    return hashlib.sha256(f"{customer_id}\x00{as_of.isoformat()}".encode()).hexdigest()[:16]


def expired(open_tasks: pd.DataFrame, as_of: date) -> pd.Series[bool]:
    """Which open tasks are past their last day; one that is being worked on or put away is not."""
    may = open_tasks["state"].isin([str(state) for state in MAY_EXPIRE])
    return may & (pd.to_datetime(open_tasks["due_on"]) < pd.Timestamp(as_of))


def rest_of(tasks: pd.DataFrame, gone: pd.Series[bool], reasons: pd.DataFrame) -> pd.DataFrame:
    """The reasons of the tasks that end tonight, as `past` (inputs.PAST_COLUMNS): they start a cool-down at once."""
    ended = tasks.loc[gone, ["task_id"]].merge(reasons, on="task_id")
    ended = ended.rename(columns={"last_as_of": "as_of"})
    return ended.assign(state=str(TaskState.EXPIRED), refused=False).drop(columns="task_id")


def merge(alive: pd.DataFrame, still_open: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """One task for each customer who has a reason tonight, and every task that is still open.

    `alive`: the weighed candidates that nothing stopped; still_open: open tasks that did not expire. Columns
    OPEN_COLUMNS, `reasons` (how many are true tonight), `event` ('resting', 'withdrawn', or '' where capacity decides).
    Value and expected value are those of the strongest reason: reasons often speak of the same money.
    """
    exact = ("value_minor", "expected_minor", "minutes")  # through no float on the way
    fresh = _summed(alive, inputs).astype(dict.fromkeys(exact, "Int64"))
    tasks = still_open.astype(dict.fromkeys(exact, "Int64")).merge(
        fresh, on="customer_id", how="outer", suffixes=("_old", ""), indicator=True
    )
    known, new = tasks["_merge"] != "right_only", tasks["_merge"] == "right_only"
    quiet = tasks["_merge"] == "left_only"
    for name in ("care_class", "deadline", "value_minor", "expected_minor", "minutes", "per_minute"):
        tasks[name] = tasks[name].where(~quiet, tasks[f"{name}_old"])
    tasks["due_on"] = _due(tasks, known, inputs)
    tasks.loc[new, "task_id"] = [task_id_of(one, inputs.as_of) for one in tasks.loc[new, "customer_id"]]
    tasks["as_of"] = tasks["as_of"].astype(object).where(known, inputs.as_of)
    tasks["state"] = tasks["state"].astype(object).where(known, str(TaskState.QUEUED))
    tasks["reasons"] = tasks["reasons"].fillna(0).astype("int64")
    tasks["event"] = _events(tasks, quiet & ~tasks["task_id"].isin(list(_lingering(inputs))), inputs.as_of)
    whole = dict.fromkeys(exact, "int64")
    return tasks[[*OPEN_COLUMNS, "reasons", "event"]].astype(whole).sort_values("customer_id", ignore_index=True)


def _lingering(inputs: Inputs) -> set[str]:
    """Open tasks with a reason that is not true tonight, but whose episode has not recovered yet: the task stays.

    A reason that tonight's matches speak of is the funnel's; one whose rule gives way to another match of the customer
    does not keep a task.
    """
    reasons = inputs.open_reasons
    if reasons.empty or inputs.episodes.empty:
        return set()
    episodes, tonight = (
        set(zip(*(one[name] for name in FACTS), strict=True)) for one in (inputs.episodes, inputs.matches)
    )
    said: dict[str, set[str]] = {}
    for customer_id, rule_id, _ in tonight:
        said.setdefault(customer_id, set()).add(rule_id)
    kept = set()
    for task_id, *facts in zip(*(reasons[name] for name in ("task_id", *FACTS)), strict=True):
        rule = inputs.rules.get(facts[1])
        gives_way = rule is not None and not said.get(facts[0], set()).isdisjoint(rule.suppressed_by)
        if tuple(facts) in episodes and tuple(facts) not in tonight and not gives_way:
            kept.add(task_id)
    return kept


def _summed(alive: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """Candidates by customer: the most urgent class and deadline, the strongest value, minutes for all reasons."""
    policy = inputs.policy
    ranked = alive.assign(
        class_rank=_rank(alive["care_class"], list(CareClass)), deadline_rank=_rank(alive["deadline"], list(Deadline))
    )
    found = ranked.groupby("customer_id", as_index=False).agg(
        class_rank=("class_rank", "min"), deadline_rank=("deadline_rank", "min"), value_minor=("value_minor", "max"),
        gross_minor=("gross_minor", "max"), disturbance_minor=("disturbance_minor", "min"), minutes=("minutes", "max"),
        reasons=("rule_id", "size"),
    )  # fmt: skip
    found["care_class"] = found["class_rank"].map(dict(enumerate(map(str, CareClass)))).astype("str")
    found["deadline"] = found["deadline_rank"].map(dict(enumerate(map(str, Deadline)))).astype("str")
    found["minutes"] += policy.further_reason_minutes.value * (found["reasons"] - 1)
    costs = found["minutes"] * policy.minute_cost_minor + found["disturbance_minor"]
    found["expected_minor"] = found["gross_minor"] - costs
    found["per_minute"] = per_minute(found)
    return found.drop(columns=["class_rank", "deadline_rank", "gross_minor", "disturbance_minor"])


def _rank(column: pd.Series[str], order: list[CareClass] | list[Deadline]) -> pd.Series[int]:
    return column.map({str(one): at for at, one in enumerate(order)}).astype("int64")


def _due(tasks: pd.DataFrame, known: pd.Series[bool], inputs: Inputs) -> pd.Series[Any]:
    """The last day: from tonight for a new task; an open one keeps its own, or a more urgent new reason shortens it."""
    tonight = tasks["deadline"].map(due_days(inputs.as_of, inputs.policy, inputs.calendar)).astype(object)
    kept = tasks["due_on"].where(known, tonight).astype(object)
    sooner = known & (tasks["deadline"] < tasks["deadline_old"])
    days = np.where(sooner, np.minimum(kept, tonight), kept)
    return pd.Series(days, index=tasks.index, dtype=object)


def _events(tasks: pd.DataFrame, quiet: pd.Series[bool], as_of: date) -> pd.Series[str]:
    """What is decided before capacity: a task that rests stays put; one without a true reason is taken back."""
    awake = pd.to_datetime(tasks["snoozed_until"]) <= pd.Timestamp(as_of)
    resting = (tasks["state"] == str(TaskState.SNOOZED)) & ~awake
    withdrawn = quiet & tasks["state"].isin([str(state) for state in UNSEEN])
    return pd.Series(np.select([resting, withdrawn], ["resting", "withdrawn"], ""), index=tasks.index, dtype="str")
