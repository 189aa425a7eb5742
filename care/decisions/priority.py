"""What a call is worth: money expected, less the minutes and the disturbance it costs; and the order that follows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd

from care.decisions.policy import Policy
from care.rules.book import Book
from care.rules.rule import Rule

_MINOR = 100


def likelihoods(book: Book, matches: pd.DataFrame, as_of: date) -> pd.Series[float]:
    """Per match how likely the loss is without us: the rule's prior, or its expression over the match's evidence."""
    priors = {rule.id: rule.probability for rule in book.rules.values()}
    constant = {rule_id: prior for rule_id, prior in priors.items() if not isinstance(prior, str)}
    found = matches["rule_id"].map(constant).astype("float64")
    which = (~matches["rule_id"].isin(list(constant))).to_numpy(dtype=bool)
    given = zip(matches["rule_id"][which].tolist(), matches["evidence"][which].tolist(), strict=True)
    found[which] = np.array([book.likelihood(*one, as_of) for one in given], dtype="float64")
    return found


def weigh(
    matches: pd.DataFrame, likelihood: pd.Series[float], rules: Mapping[str, Rule], policy: Policy
) -> pd.DataFrame:
    """The matches with what their rules say and what a call is worth.

    Adds care_class, deadline, minutes, effect, probability and, in minor units, gross_minor (probability x effect x
    value), minutes_minor, disturbance_minor and expected_minor (gross less both costs); per_minute in currency units.
    An unknown probability counts as 0 here; the funnel stops it.
    """
    frame = matches.copy()
    for name in ("care_class", "deadline"):
        words = {rule_id: str(getattr(rule, name)) for rule_id, rule in rules.items()}
        frame[name] = frame["rule_id"].map(words).astype("str")
    frame["minutes"] = frame["rule_id"].map({one: rule.minutes for one, rule in rules.items()}).astype("int64")
    frame["effect"] = frame["rule_id"].map({one: rule.effect for one, rule in rules.items()}).astype("float64")
    frame["probability"] = likelihood.to_numpy(dtype="float64")
    at_stake = frame["value_minor"].clip(lower=0).to_numpy(dtype="float64")
    gross = np.rint(frame["probability"].fillna(0).to_numpy() * frame["effect"].to_numpy() * at_stake)
    frame["gross_minor"] = gross.astype("int64")
    frame["minutes_minor"] = frame["minutes"] * policy.minute_cost_minor
    frame["disturbance_minor"] = frame["care_class"].map(_minor(policy)).astype("int64")
    frame["expected_minor"] = frame["gross_minor"] - frame["minutes_minor"] - frame["disturbance_minor"]
    frame["per_minute"] = per_minute(frame)
    return frame


def _minor(policy: Policy) -> dict[str, int]:
    costs: Mapping[str, Decimal] = {str(one): cost for one, cost in policy.disturbance_cost.value.items()}
    return {one: int(cost * _MINOR) for one, cost in costs.items()}


def per_minute(frame: pd.DataFrame) -> pd.Series[float]:
    """Expected value in currency units for a minute of the manager."""
    return (frame["expected_minor"] / _MINOR / frame["minutes"]).astype("float64")


def steps(frame: pd.DataFrame) -> pd.Series[str]:
    """Class and deadline as the policy writes them: 'service P1'."""
    return frame["care_class"] + " " + frame["deadline"]


def in_order(tasks: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """The tasks as they should be done: steps of the policy first, then money a minute; ties by customer."""
    order = {step: at for at, step in enumerate(policy.order.value)}
    other = order.get("other", len(order))
    frame = tasks.assign(step=steps(tasks).map(lambda step: order.get(step, other)).astype("int64"))
    frame = frame.sort_values(["step", "per_minute", "customer_id"], ascending=[True, False, True], kind="stable")
    return frame.drop(columns="step").reset_index(drop=True)
