"""Who was held out of what, and since when: the customers that an effect is told from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import sqlalchemy as sa

from care.decisions.holdout import places
from care.decisions.ledger import candidates
from care.decisions.policy import read_policy
from care.loop.actions import offers
from care.loop.day import LoopHome
from care.nouns import Stage
from care.rules.book import read_book
from features.catalogue import read_catalogue
from features.database import reading

ENTRY_COLUMNS = ("customer_id", "since", "held_out", "odds")
"""A customer of an experiment: since (day) the first chance to be treated, odds of being treated by design."""

_REACHED = [str(stage) for stage in (Stage.HOLDOUT, Stage.ARBITRATION, Stage.CAPACITY, Stage.TASK)]


def entered(home: LoopHome, experiment: str, until: date) -> pd.DataFrame:
    """ENTRY_COLUMNS of an experiment of loop.yaml, from the nights up to `until` (included), by customer."""
    return _BY_NAME[experiment](home, until)


def _of_calls(home: LoopHome, until: date) -> pd.DataFrame:
    """Customers by the first night in which a rule with a holdout let them through to it.

    Nothing before that night depends on where they stand in the experiment; all that comes after may. Rules of one
    night may differ in their shares: held out is who stands below the least, treated who stands above the most; the
    few between are left out, which is as random as the rest.
    """
    rules, policy = read_book(None, read_catalogue()).rules, read_policy().holdout.value
    share = {rule.id: min(rule.holdout, policy.most[rule.care_class]) for rule in rules.values()}
    query = sa.select(candidates.c.customer_id, candidates.c.rule_id, candidates.c.as_of)
    query = query.where(candidates.c.stage.in_(_REACHED), candidates.c.as_of <= until)
    with reading(home.engine).connect() as connection:
        rows = pd.DataFrame(connection.execute(query).all(), columns=["customer_id", "rule_id", "since"])
    rows["share"] = rows["rule_id"].map(share).astype("float64")
    rows = rows[rows["share"] > 0]
    first = rows[rows["since"] == rows.groupby("customer_id")["since"].transform("min")]
    shares = first.groupby("customer_id").agg(since=("since", "first"), least=("share", "min"), most=("share", "max"))
    return _armed(shares.reset_index(), policy.experiment)


def _of_pre_answers(home: LoopHome, until: date) -> pd.DataFrame:
    numbers = home.numbers.pre_answers
    rows = offers(home.engine, until, numbers).to_pandas(date_as_object=True)
    first = rows.groupby("customer_id", as_index=False).agg(since=("as_of", "min"))
    return _armed(first.assign(least=numbers.holdout, most=numbers.holdout), numbers.experiment)


def _armed(entries: pd.DataFrame, experiment: str) -> pd.DataFrame:
    stood = places(entries["customer_id"], experiment)
    held_out, treated = stood < entries["least"].to_numpy(), stood >= entries["most"].to_numpy()
    odds = (1 - entries["most"]) / entries["least"]
    armed = entries.assign(held_out=held_out, odds=np.asarray(odds, dtype=np.float64))[held_out | treated]
    return armed[list(ENTRY_COLUMNS)].sort_values("customer_id", ignore_index=True)


_BY_NAME: dict[str, Callable[[LoopHome, date], pd.DataFrame]] = {"calls": _of_calls, "pre_answers": _of_pre_answers}
