"""From matches to tasks: every candidate gets exactly one fate. Pure: tables in, tables out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from care.decisions.assignment import assign, manager_days
from care.decisions.funnel import funnel
from care.decisions.inputs import OPEN_COLUMNS, Decisions, Inputs
from care.decisions.members import among, looked_up
from care.decisions.merging import BEGUN, expired, merge, rest_of
from care.decisions.priority import in_order, weigh
from care.nouns import CANDIDATE_COLUMNS, Fate, Stage, TaskState


def decide(inputs: Inputs) -> Decisions:
    """One night: weigh, funnel, merge, order, assign. The order of the rows handed in changes nothing."""
    managers = manager_days(inputs.managers, inputs.customers, inputs.as_of, inputs.policy)
    inputs = _narrowed(_sorted(inputs))
    gone = expired(inputs.open_tasks, inputs.as_of)
    ended = rest_of(inputs.open_tasks, gone, inputs.open_reasons)
    rested = replace(inputs, past=pd.concat([inputs.past, ended], ignore_index=True) if len(ended) else inputs.past)
    weighed = weigh(inputs.matches, inputs.likelihood, inputs.rules, inputs.policy)
    candidates = funnel(weighed, rested)
    tasks = merge(candidates[candidates["fate"].isna()], inputs.open_tasks[~gone], inputs)
    planned = _planned(tasks, managers, inputs)
    over = inputs.open_tasks[gone].assign(reasons=0, event="expired", waits_for="", own=None)
    over = over.assign(state=str(TaskState.EXPIRED), position=None)
    candidates = _fates(candidates, planned, inputs)
    everything = pd.concat([planned, over[planned.columns]], ignore_index=True) if len(over) else planned
    kept = everything[everything["manager_id"].notna()].sort_values("task_id", ignore_index=True)
    reasons = _reasons(candidates, kept)
    return Decisions(candidates, kept[[*OPEN_COLUMNS, "event"]], reasons, _days(managers, planned))


def _sorted(inputs: Inputs) -> Inputs:
    order = inputs.matches.reset_index(drop=True).sort_values(["customer_id", "rule_id", "key"]).index
    likelihood = inputs.likelihood.reset_index(drop=True).loc[order].reset_index(drop=True)
    open_tasks = inputs.open_tasks.sort_values("task_id", ignore_index=True)
    matches = inputs.matches.reset_index(drop=True).loc[order].reset_index(drop=True)
    return replace(inputs, matches=matches, likelihood=likelihood, open_tasks=open_tasks)


def _narrowed(inputs: Inputs) -> Inputs:
    """Registers and the past of only those customers whom the night is about: most have nothing tonight."""
    about = {*inputs.matches["customer_id"], *inputs.open_tasks["customer_id"]}
    tables = {name: getattr(inputs, name) for name in ("customers", "consents", "past")}
    return replace(inputs, **{name: table[among(table["customer_id"], about)] for name, table in tables.items()})


def _planned(tasks: pd.DataFrame, managers: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """The tasks with manager, state, day, position, event and, where one waits, for what (waits_for)."""
    tasks = tasks.rename(columns={"manager_id": "former"})
    tasks["branch_id"] = looked_up(tasks["customer_id"], inputs.customers, "branch_id")
    begun = tasks["state"].isin([str(state) for state in BEGUN])
    own = looked_up(tasks["customer_id"], inputs.customers, "manager_id")
    tasks["own"] = own.where(~begun, tasks["former"])
    decided = tasks["event"] != ""
    idle = tasks[decided].assign(manager_id=lambda one: one["former"], waits_for="", position=None)
    busy = in_order(tasks[~decided], inputs.policy)
    # What a manager has begun keeps its minutes; the rest competes for what is left, old and new alike.
    first = busy["state"].isin([str(state) for state in BEGUN])
    busy = assign(pd.concat([busy[first], busy[~first]], ignore_index=True), managers)
    busy = _listed(busy, inputs)
    idle["state"] = idle["state"].where(idle["event"] != "withdrawn", str(TaskState.WITHDRAWN))
    whole = pd.concat([busy, idle], ignore_index=True) if len(idle) else busy
    return whole.drop(columns=["branch_id", "former"])


def _listed(busy: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """State, day, position and event of the tasks that competed for minutes."""
    fits = busy["manager_id"].notna()
    new = busy["former"].isna()
    begun = busy["state"].isin([str(state) for state in BEGUN])
    was_listed = begun | (busy["state"] == str(TaskState.ASSIGNED))
    stays = np.where(fits, was_listed, busy["state"] == str(TaskState.QUEUED))
    events = ["created", "waiting", "kept", "assigned"]
    busy["event"] = np.select([new & fits, new, stays, fits], events, "put_back")
    busy["state"] = np.where(fits, np.where(begun, busy["state"], str(TaskState.ASSIGNED)), str(TaskState.QUEUED))
    busy["manager_id"] = busy["manager_id"].where(fits, busy["former"])
    busy["day"] = busy["day"].astype(object).where(~fits, inputs.as_of)
    busy["snoozed_until"] = None
    place = busy[fits].groupby("manager_id").cumcount() + 1
    busy["position"] = place.astype(object).reindex(busy.index)
    return busy


def _fates(candidates: pd.DataFrame, planned: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """Every candidate with its fate, in CANDIDATE_COLUMNS."""
    by = planned[planned["event"] != "withdrawn"]
    alive = candidates["fate"].isna()
    task = {
        name: looked_up(candidates["customer_id"], by, name) for name in ("waits_for", "event", "manager_id", "task_id")
    }
    waits = alive & task["waits_for"].notna() & (task["waits_for"] != "")
    candidates.loc[alive, ["stage", "fate", "reason"]] = [str(Stage.TASK), str(Fate.TASK), "new_task"]
    candidates.loc[alive & task["event"].isin(["kept", "assigned"]), "reason"] = "open_task"
    candidates.loc[alive & (task["event"] == "resting"), "reason"] = "resting_task"
    candidates.loc[waits, ["stage", "fate"]] = [str(Stage.CAPACITY), str(Fate.WAITING)]
    candidates.loc[waits, "reason"] = task["waits_for"][waits]
    has_task = alive & task["manager_id"].notna()
    own = looked_up(candidates["customer_id"], inputs.customers, "manager_id")
    candidates["task_id"] = task["task_id"].where(has_task, None)
    candidates["manager_id"] = task["manager_id"].where(has_task, own)
    start = f"{inputs.as_of.isoformat()}/"
    candidates["candidate_id"] = (
        start + candidates["customer_id"] + "/" + candidates["rule_id"] + "/" + candidates["key"]
    )
    candidates["detail"] = _details(candidates)
    return candidates[list(CANDIDATE_COLUMNS)]


def _details(candidates: pd.DataFrame) -> list[str]:
    """The arithmetic of each candidate and the numbers behind its reason, as JSON."""
    names = ("probability", "effect", "gross_minor", "minutes_minor", "disturbance_minor")
    form = "{{" + ", ".join(f'"{name}": {{}}' for name in names) + "{}}}"
    columns = [candidates[name].astype(object).where(candidates[name].notna(), "null").tolist() for name in names]
    more = [f", {text}" if text else "" for text in candidates["more"].tolist()]
    return [form.format(*row) for row in zip(*columns, more, strict=True)]


def _reasons(candidates: pd.DataFrame, tasks: pd.DataFrame) -> pd.DataFrame:
    """The matches behind the tasks, the strongest first (rank 1)."""
    found = candidates[among(candidates["task_id"], set(tasks["task_id"]))]
    found = found.sort_values(["task_id", "expected_minor", "rule_id", "key"], ascending=[True, False, True, True])
    return found.assign(rank=found.groupby("task_id").cumcount() + 1).reset_index(drop=True)


def _days(managers: pd.DataFrame, planned: pd.DataFrame) -> pd.DataFrame:
    """Each manager's day as it was planned: minutes given, tasks, tasks that wait for the manager's minutes."""
    listed = planned[planned["position"].notna()].groupby("manager_id")["minutes"].agg(["sum", "size"])
    waiting = planned[planned["waits_for"] != ""].groupby("own").size()
    ids = managers["manager_id"]
    counted = {"minutes_given": listed["sum"], "tasks": listed["size"], "waiting": waiting}
    return managers.assign(**{name: ids.map(found).fillna(0).astype("int64") for name, found in counted.items()})
