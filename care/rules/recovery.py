"""Which open episodes are over: their rule's `until` is true of the customer, or its condition of another key."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pyarrow as pa

from care.decisions.episodes import FACTS
from care.decisions.members import among
from care.rules.matching import CompiledBook
from features.expression.operations import TRUE


def recovered(
    compiled: CompiledBook, snapshot: pa.Table, episodes: pd.DataFrame, matches: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """customer_id, rule_id, key of the open episodes that are over as the snapshot stands; unknown is not over.

    An episode of a daily rule whose condition is true of another key by now has passed on: it is over as well.
    """
    having = set(episodes["rule_id"])
    about = _of(snapshot, set(episodes["customer_id"]))
    # All rules, not only those with an episode: the same question every day is compiled once.
    said = compiled.ended(about, as_of) if having else {}
    who = about["customer_id"].to_numpy(zero_copy_only=False)
    found = [_passed_on(compiled, episodes, matches)]
    for rule_id in having & set(said):
        mine = episodes.loc[episodes["rule_id"] == rule_id, FACTS]
        found.append(mine[among(mine["customer_id"], set(who[said[rule_id] == TRUE]))])
    return pd.concat(found, ignore_index=True).drop_duplicates()


def _of(snapshot: pa.Table, customers: set[str]) -> pa.Table:
    """The rows of the customers who have an episode: a few of all."""
    chosen = [one in customers for one in snapshot["customer_id"].to_pylist()]
    return snapshot.filter(pa.array(chosen, pa.bool_()))


def _passed_on(compiled: CompiledBook, episodes: pd.DataFrame, matches: pd.DataFrame) -> pd.DataFrame:
    daily = [one for one, rule in compiled.book.rules.items() if "day" in rule.on]
    mine = episodes.loc[episodes["rule_id"].isin(daily), FACTS]
    both = mine.merge(matches[FACTS], on=["customer_id", "rule_id"], suffixes=("", "_now"))
    return both.loc[both["key"] != both["key_now"], FACTS]
