"""The funnel: what stops a candidate, at which stage, and why. The first stage that stops it counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from care.decisions.episodes import FACTS, served
from care.decisions.holdout import places
from care.decisions.inputs import Inputs
from care.decisions.members import among
from care.decisions.priority import steps
from care.nouns import CareClass, Fate, Stage
from care.rules.rule import Rule

ANY_CHANNEL = "any"
Flags = pd.Series  # of bool, one a candidate


def funnel(weighed: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """The weighed candidates with stage, fate, reason and more (JSON of the numbers behind the reason).

    Those that nothing stopped have no fate yet (None): capacity decides. Stages in the order of nouns.Stage.
    """
    frame = weighed.assign(stage=None, fate=None, reason=None, more="")
    for stage in (_eligible, _applicable, _suitable, _contact_policy, _holdout, _arbitration):
        stage(frame, inputs)
    return frame


def stop(frame: pd.DataFrame, which: Flags, stage: Stage, reason: str, **more: pd.Series[Any]) -> None:
    """Stop the candidates `which`, as far as none was stopped before; `more`: the numbers behind it, by name."""
    stopped = frame.index[which.to_numpy(dtype=bool) & frame["fate"].isna().to_numpy()]
    frame.loc[stopped, ["stage", "fate", "reason"]] = [str(stage), str(Fate.STOPPED), reason]
    if more and len(stopped):
        rows = zip(*(column[stopped].tolist() for column in more.values()), strict=True)
        frame.loc[stopped, "more"] = [json.dumps(dict(zip(more, row, strict=True)))[1:-1] for row in rows]


def _eligible(frame: pd.DataFrame, inputs: Inputs) -> None:
    """May we: no colleagues, and the consent that the class needs."""
    staff = set(inputs.customers.loc[inputs.customers["is_staff"].fillna(False).astype(bool), "customer_id"])
    stop(frame, among(frame["customer_id"], staff), Stage.ELIGIBLE, "staff")
    for care_class in CareClass:
        needs = inputs.policy.opt_in.value[care_class]
        of_class = frame["care_class"] == str(care_class)
        if needs == "none" or not of_class.any():
            continue
        said = inputs.consents[inputs.consents["purpose"] == str(care_class)]
        if needs == "granted":
            stop(frame, of_class & ~_said_yes(frame, said, inputs.rules), Stage.ELIGIBLE, "no_opt_in")
        else:
            stop(frame, of_class & _said_no(frame, said), Stage.ELIGIBLE, "consent_withdrawn")


def _said_yes(frame: pd.DataFrame, said: pd.DataFrame, rules: Mapping[str, Rule]) -> Flags:
    """Whether the customer agreed to one of the rule's channels at least, or to any."""
    granted = said[said["granted"].astype(bool)]
    by_channel = {channel: set(part["customer_id"]) for channel, part in granted.groupby("channel")}
    yes = pd.Series(False, index=frame.index)
    for rule_id in frame["rule_id"].unique():
        channels = (*rules[rule_id].channels, ANY_CHANNEL)
        willing = set().union(*(by_channel.get(channel, set()) for channel in channels))
        yes |= (frame["rule_id"] == rule_id) & among(frame["customer_id"], willing)
    return yes


def _said_no(frame: pd.DataFrame, said: pd.DataFrame) -> Flags:
    """Whether the customer withdrew and agrees to no channel any more; silence is no refusal."""
    granted = said["granted"].astype(bool)
    no = set(said.loc[~granted, "customer_id"]) - set(said.loc[granted, "customer_id"])
    return among(frame["customer_id"], no)


def _applicable(frame: pd.DataFrame, inputs: Inputs) -> None:
    """Does it fit now: one task an episode. What the policy counts as a contact has served it until it is over."""
    counted = [str(state) for state in inputs.policy.cool_down.value.counts]
    had = served(inputs.episodes, inputs.past[inputs.past["state"].isin(counted)])
    if had.empty or frame.empty:
        return
    found = frame[FACTS].merge(had.assign(had=True), on=FACTS, how="left")["had"].notna()
    found.index = frame.index
    stop(frame, found, Stage.APPLICABLE, "served")


def _suitable(frame: pd.DataFrame, inputs: Inputs) -> None:
    """Right for this person: nothing that the rule gives way to is true of the customer."""
    by = _pairs(frame, {rule.id: rule.suppressed_by for rule in inputs.rules.values()})
    stop(frame, by != "", Stage.SUITABLE, "suppressed", by=by)


def _contact_policy(frame: pd.DataFrame, inputs: Inputs) -> None:
    """Rest after a contact: the rule's cool-down on its key, longer after a no. An open task is no contact yet."""
    policy = inputs.policy.cool_down.value
    past = inputs.past[inputs.past["state"].isin([str(state) for state in policy.counts])]
    past = past[past["rule_id"].isin(list(inputs.rules))]
    if past.empty or frame.empty:
        return
    least = {one.id: max(one.cool_down, policy.least_days[one.care_class]) for one in inputs.rules.values()}
    days: pd.Series[int] = past["rule_id"].map(least) * np.where(past["refused"].astype(bool), policy.refusal_factor, 1)
    until = pd.to_datetime(past["as_of"]) + pd.to_timedelta(days, unit="D")
    rests = past.assign(until=until).groupby(["customer_id", "rule_id", "key"], as_index=False)["until"].max()
    found = frame[["customer_id", "rule_id", "key"]].merge(rests, how="left")["until"]
    found.index = frame.index
    until_day = found.dt.strftime("%Y-%m-%d")
    stop(frame, found > pd.Timestamp(inputs.as_of), Stage.CONTACT_POLICY, "cool_down", until=until_day)


def _holdout(frame: pd.DataFrame, inputs: Inputs) -> None:
    """Left alone on purpose: the share of the rule, no more than its class may have."""
    policy = inputs.policy.holdout.value
    most = frame["care_class"].map({str(one): share for one, share in policy.most.items()})
    share = frame["rule_id"].map({one.id: one.holdout for one in inputs.rules.values()}).fillna(policy.default)
    share = share.astype("float64").clip(upper=most.astype("float64"))
    stood = pd.Series(places(frame["customer_id"], policy.experiment), index=frame.index)
    name = pd.Series(policy.experiment, index=frame.index)
    stop(frame, stood < share, Stage.HOLDOUT, "holdout", experiment=name, share=share, place=stood)


def _arbitration(frame: pd.DataFrame, inputs: Inputs) -> None:
    """Against the customer's other candidates, and against leaving it."""
    stop(frame, frame["probability"].isna(), Stage.ARBITRATION, "likelihood_unknown")
    alive = frame[frame["fate"].isna()]
    rules = inputs.rules.values()
    over = {rule.id: tuple(one.id for one in rules if rule.id in one.supersedes) for rule in rules}
    by = _pairs(alive, over).reindex(frame.index, fill_value="")
    stop(frame, by != "", Stage.ARBITRATION, "superseded", by=by)
    owed = steps(frame).isin(inputs.policy.anyway.value)
    stop(frame, ~owed & (frame["expected_minor"] <= 0), Stage.ARBITRATION, "not_worth_it")


def _pairs(frame: pd.DataFrame, others: Mapping[str, tuple[str, ...]]) -> pd.Series[str]:
    """Per candidate, the first rule of `others` (by its own rule) that the same customer has as well, else ''."""
    found = pd.Series("", index=frame.index, dtype="str")
    if frame.empty:
        return found
    having = {str(rule_id): set(part["customer_id"]) for rule_id, part in frame.groupby("rule_id")}
    for rule_id in having:
        for other in sorted(others.get(rule_id, ()), reverse=True):
            both = (frame["rule_id"] == rule_id) & among(frame["customer_id"], having.get(other, set()))
            found[both] = other
    return found
