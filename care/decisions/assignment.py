"""Who calls whom today: the most worth first into each manager's minutes; what does not fit waits and says why."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from care.decisions.members import among
from care.decisions.policy import Policy

NO_MANAGER = "no_manager"
AWAY = "manager_away"
FULL = "no_minutes"


def manager_days(managers: pd.DataFrame, customers: pd.DataFrame, as_of: date, policy: Policy) -> pd.DataFrame:
    """Each manager's day: manager_id, name, branch_id, team_id, away, minutes for tasks (the reserve is off).

    A manager whom only customers name counts too, with the policy's minutes and the customers' branch.
    """
    named = customers.loc[customers["manager_id"].notna(), ["manager_id", "branch_id"]].drop_duplicates("manager_id")
    unlisted = named[~among(named["manager_id"], set(managers["manager_id"]))]
    frame = pd.concat([managers, unlisted.reindex(columns=managers.columns)], ignore_index=True)
    day = pd.Timestamp(as_of)
    since, until = pd.to_datetime(frame["away_from"]), pd.to_datetime(frame["away_to"])
    frame["away"] = (since <= day) & ((until >= day) | until.isna())
    daily = pd.to_numeric(frame["daily_minutes"]).fillna(policy.daily_minutes.value)
    frame["minutes"] = np.floor(daily * (1 - policy.reserve.value) + 1e-9).astype("int64")
    frame.loc[frame["away"], "minutes"] = 0
    columns = ["manager_id", "name", "branch_id", "team_id", "away", "minutes"]
    return frame[columns].sort_values("manager_id", ignore_index=True)


@dataclass
class _Desk:
    """A manager's day while it fills."""

    branch: str | None
    team: str | None
    away: bool
    free: int


@dataclass
class _Bank:
    """All desks, and who sits with whom."""

    desks: dict[str, _Desk]
    teams: dict[str, list[str]] = field(default_factory=dict)
    branches: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for manager_id, desk in sorted(self.desks.items()):
            if not desk.away:
                self.teams.setdefault(desk.team or "", []).append(manager_id)
                self.branches.setdefault(desk.branch or "", []).append(manager_id)

    def choose(self, own: str | None, branch: str | None, minutes: int) -> tuple[str | None, str]:
        """Who has the minutes: the own manager, for one who is away the freest colleague; else None and why."""
        desk = self.desks.get(own) if own is not None else None
        if desk is not None and not desk.away:
            return (own, "") if desk.free >= minutes else (None, FULL)
        colleagues = self._colleagues(desk, branch)
        if not colleagues:
            return None, NO_MANAGER if desk is None else AWAY
        freest = min(colleagues, key=lambda one: (-self.desks[one].free, one))
        return (freest, "") if self.desks[freest].free >= minutes else (None, FULL)

    def _colleagues(self, desk: _Desk | None, branch: str | None) -> list[str]:
        team = self.teams.get(desk.team, []) if desk is not None and desk.team else []
        where = desk.branch if desk is not None else branch
        return team or (self.branches.get(where, []) if where else [])


def assign(tasks: pd.DataFrame, managers: pd.DataFrame) -> pd.DataFrame:
    """Greedy, in the order of `tasks` (columns own, branch_id, minutes): adds manager_id (None: waits) and waits_for.

    managers: as `manager_days` gives them. Nobody gets more minutes than there are.
    """
    facts = ("manager_id", "branch_id", "team_id", "away", "minutes")
    desks = zip(*(managers[name].tolist() for name in facts), strict=True)
    bank = _Bank({one: _Desk(_text(at), _text(team), bool(away), int(free)) for one, at, team, away, free in desks})
    chosen: list[str | None] = []
    whys: list[str] = []
    for own, branch, minutes in zip(*(tasks[name].tolist() for name in ("own", "branch_id", "minutes")), strict=True):
        manager_id, why = bank.choose(_text(own), _text(branch), minutes)
        if manager_id is not None:
            bank.desks[manager_id].free -= minutes
        chosen.append(manager_id)
        whys.append(why)
    return tasks.assign(manager_id=pd.Series(chosen, index=tasks.index, dtype=object), waits_for=whys)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
