"""Episodes: the stretch during which a rule stays true for a customer, from the first match until it has recovered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

FACTS = ["customer_id", "rule_id", "key"]
"""What an episode is about; there is one open at a time for each."""
EPISODE_COLUMNS = (
    *FACTS, "opened_on", "opened_by", "opened_version", "rule_version", "last_true_on", "ended_on", "ended_by",
)  # fmt: skip
"""One row an episode. opened_on, last_true_on, ended_on: as-of days (None: open); rule_version: the newest that
joined."""
_OPEN_COLUMNS = list(EPISODE_COLUMNS[:-2])


class End(StrEnum):
    """Why an episode ended: the signal recovered, its time was up, or its rule is no longer in the book."""

    RECOVERED = "recovered"
    TIMED_OUT = "timed_out"
    RETIRED = "retired"


class Opener(StrEnum):
    """Which evaluation opened an episode."""

    NIGHT = "night"
    EVENT = "event"


@dataclass(frozen=True)
class Turn:
    """What a day makes of the episodes: those that are open now, and those that ended on it (EPISODE_COLUMNS)."""

    open: pd.DataFrame
    ended: pd.DataFrame


def no_episodes() -> pd.DataFrame:
    """An empty table of episodes."""
    return pd.DataFrame({name: pd.Series(dtype=object) for name in EPISODE_COLUMNS})


def before(episodes: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The episodes that were open when the day `as_of` began to be judged: what that day opened is left out, what it
    ended is open again. So a day may be judged as often as one likes, by events and by the night, in any order."""
    opened = _days(episodes["opened_on"]) < np.datetime64(as_of)
    ended = _days(episodes["ended_on"])
    found: pd.DataFrame = episodes[opened & (np.isnat(ended) | (ended >= np.datetime64(as_of)))]
    return found.assign(ended_on=None, ended_by=None).reset_index(drop=True)


def turn(
    episodes: pd.DataFrame,
    matches: pd.DataFrame,
    recovered: pd.DataFrame,
    timeouts: Mapping[str, int],
    as_of: date,
    opener: Opener = Opener.NIGHT,
) -> Turn:
    """One day: from the open episodes (see `before`) to those that are open after it.

    matches: FACTS and rule_version of what is true today. recovered: FACTS of the episodes whose rule says that they
    are over. timeouts: days that an episode of a rule lasts at most; a rule that is not in it has left the book. What
    is neither true nor recovered today, the unknown included, opens nothing and ends nothing. A match outlives a
    recovery; an episode whose time is up ends, and if its rule is still true another one opens on the same day.
    """
    frame = _opened_before(episodes)
    true = matches.drop_duplicates(FACTS)
    now = frame[FACTS].merge(true[[*FACTS, "rule_version"]], on=FACTS, how="left")["rule_version"]
    matched = now.notna().to_numpy(dtype=bool)
    over = frame[FACTS].merge(recovered[FACTS].drop_duplicates().assign(over=True), on=FACTS, how="left")["over"]
    past = over.notna().to_numpy(dtype=bool) & ~matched
    lasts = frame["rule_id"].map(timeouts).astype("float64").to_numpy()
    age = (np.datetime64(as_of) - _days(frame["opened_on"])).astype("int64")
    retired, timed_out = np.isnan(lasts), age >= np.nan_to_num(lasts, nan=np.inf)
    why = np.select([retired, past, timed_out], [str(End.RETIRED), str(End.RECOVERED), str(End.TIMED_OUT)], "")
    frame.loc[matched, "rule_version"] = now[matched].astype("int64").astype(object)
    frame.loc[matched, "last_true_on"] = as_of
    stays = why == ""
    ended = frame[~stays].assign(ended_on=as_of, ended_by=why[~stays])
    kept = frame[stays].assign(ended_on=None, ended_by=None)
    fresh = _opened(true, kept, timeouts, as_of, opener)
    return Turn(_ordered(kept, fresh), _ordered(ended, kept.iloc[:0]))


def as_opened(now: Turn, stored: pd.DataFrame, as_of: date) -> Turn:
    """The same, where an episode that an event opened on this very day goes on as that: who opened it, and with which
    version of the rule, stays as it is stored."""
    told = ["opened_by", "opened_version"]
    today = stored.loc[_days(stored["opened_on"]) == np.datetime64(as_of), [*FACTS, *told]]
    fresh = _days(now.open["opened_on"]) == np.datetime64(as_of)
    if today.empty or not fresh.any():
        return now
    found = now.open[FACTS].merge(today, on=FACTS, how="left")
    known = found["opened_by"].notna().to_numpy(dtype=bool) & fresh
    open_ones = now.open.copy()
    for name in told:
        open_ones.loc[known, name] = found.loc[known, name].to_numpy()
    return Turn(open_ones, now.ended)


def served(episodes: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    """FACTS of the open episodes that had their task: a task with this reason ended since they opened.

    past: columns of inputs.PAST_COLUMNS, of those states alone that count as a contact.
    """
    if episodes.empty or past.empty:
        return episodes.loc[episodes.index[:0], FACTS]
    both = episodes[[*FACTS, "opened_on"]].merge(past[[*FACTS, "as_of"]], on=FACTS)
    return both.loc[_days(both["as_of"]) >= _days(both["opened_on"]), FACTS].drop_duplicates()


def _opened_before(episodes: pd.DataFrame) -> pd.DataFrame:
    return episodes[_OPEN_COLUMNS].astype(object).reset_index(drop=True)


def _opened(
    true: pd.DataFrame, kept: pd.DataFrame, timeouts: Mapping[str, int], as_of: date, opener: Opener
) -> pd.DataFrame:
    """Episodes of the matches that have none open."""
    new = true[true["rule_id"].isin(list(timeouts))]
    known = new[FACTS].merge(kept[FACTS].assign(known=True), on=FACTS, how="left")["known"].notna().to_numpy(dtype=bool)
    new = new.loc[~known, [*FACTS, "rule_version"]]
    return new.assign(
        opened_on=as_of, opened_by=str(opener), opened_version=new["rule_version"], last_true_on=as_of, ended_on=None,
        ended_by=None,
    )  # fmt: skip


def _ordered(*parts: pd.DataFrame) -> pd.DataFrame:
    columns = list(EPISODE_COLUMNS)
    found = pd.concat([part[columns].astype(object) for part in parts], ignore_index=True)
    return found.sort_values([*FACTS, "opened_on"], ignore_index=True)


def _days(column: pd.Series[Any]) -> npt.NDArray[np.datetime64]:
    return pd.to_datetime(column).to_numpy(dtype="datetime64[D]")
