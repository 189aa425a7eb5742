"""One book walked through past days: matches, episodes, funnel, capacity - the night's own functions, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pandas as pd
import pyarrow as pa

from care.books import Books
from care.decisions.decide import decide
from care.decisions.episodes import FACTS, no_episodes, turn
from care.decisions.history import People
from care.decisions.inputs import OPEN_COLUMNS, OPEN_REASON_COLUMNS, PAST_COLUMNS, Inputs
from care.decisions.priority import likelihoods
from care.nouns import TaskState
from care.rules.matching import CompiledBook
from care.rules.recovery import recovered


@dataclass
class Walk:
    """What a book did so far. Every task on a day's list is done on that day: the next day begins with none open.

    opened: episodes by opening day; fates: candidates counted by rule, stage and reason; tasks, reasons, days: as
    care.decisions.inputs.Decisions has them, with as_of, one frame a day.
    """

    books: Books
    compiled: CompiledBook
    episodes: pd.DataFrame = field(default_factory=no_episodes)
    past: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(PAST_COLUMNS)))
    opened: list[pd.DataFrame] = field(default_factory=list)
    fates: list[pd.DataFrame] = field(default_factory=list)
    tasks: list[pd.DataFrame] = field(default_factory=list)
    reasons: list[pd.DataFrame] = field(default_factory=list)
    days: list[pd.DataFrame] = field(default_factory=list)

    def count_from_here(self) -> None:
        """Forget what was counted so far; episodes and rests go on."""
        for counted in (self.opened, self.fates, self.tasks, self.reasons, self.days):
            counted.clear()

    def day(self, as_of: date, signals: pa.Table, matches: pd.DataFrame, people: People) -> None:
        """Judge one day."""
        over = recovered(self.compiled, signals, self.episodes, matches, as_of)
        now = turn(self.episodes, matches, over, self.books.timeouts, as_of)
        self.episodes = now.open
        fresh = now.open[now.open["opened_on"] == as_of]
        columns = [*FACTS, "rule_version", "value_minor", "evidence"]
        self.opened.append(fresh[[*FACTS, "opened_on"]].merge(matches[columns], on=FACTS))
        decisions = decide(self._inputs(as_of, matches, people))
        counted = decisions.candidates.groupby(["rule_id", "stage", "fate", "reason"])["customer_id"].count()
        self.fates.append(counted.reset_index(name="candidates"))
        self.tasks.append(decisions.tasks.assign(as_of=as_of))
        self.reasons.append(
            decisions.reasons[["task_id", *FACTS, "rank", "value_minor", "expected_minor"]].assign(as_of=as_of)
        )
        self.days.append(decisions.managers.assign(as_of=as_of))
        self._done(decisions.reasons, as_of)

    def _inputs(self, as_of: date, matches: pd.DataFrame, people: People) -> Inputs:
        return Inputs(
            as_of=as_of,
            matches=matches,
            likelihood=likelihoods(self.books.book, matches, as_of),
            rules=self.books.book.rules,
            policy=self.books.policy,
            customers=people.customers,
            consents=people.consents,
            managers=people.managers,
            calendar=people.calendar,
            past=self.past,
            open_tasks=pd.DataFrame(columns=list(OPEN_COLUMNS)),
            open_reasons=pd.DataFrame(columns=list(OPEN_REASON_COLUMNS)),
            episodes=self.episodes,
        )

    def _done(self, reasons: pd.DataFrame, as_of: date) -> None:
        """The day's tasks are over, and rest; what no cool-down or episode asks for any more is forgotten."""
        ended = reasons[FACTS].assign(as_of=as_of, state=str(TaskState.DONE), refused=False)[list(PAST_COLUMNS)]
        whole = pd.concat([self.past, ended], ignore_index=True) if len(self.past) else ended
        newest = whole.drop_duplicates(FACTS, keep="last")
        rests = newest["as_of"] >= self.books.rests_since(as_of)
        open_ones = set(zip(*(self.episodes[name] for name in FACTS), strict=True))
        held = [facts in open_ones for facts in zip(*(newest[name] for name in FACTS), strict=True)]
        self.past = newest[rests.to_numpy(dtype=bool) | pd.Series(held, dtype=bool).to_numpy()].reset_index(drop=True)
