"""The last day to do a task, over weekends, holidays and make-up workdays."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from care.decisions.policy import Policy

SATURDAY = 5


@dataclass(frozen=True)
class WorkingDays:
    """Monday to Friday, without the bank's holidays, with its make-up workdays."""

    holidays: Collection[date]
    make_up: Collection[date]

    def works(self, day: date) -> bool:
        """Whether the bank works on a day; a make-up workday beats a holiday."""
        return day in self.make_up or (day.weekday() < SATURDAY and day not in self.holidays)

    def after(self, day: date, number: int) -> date:
        """The working day that comes `number` working days after `day`; day itself for 0."""
        for _ in range(number):
            day += timedelta(days=1)
            while not self.works(day):
                day += timedelta(days=1)
        return day


def working_days(calendar: pd.DataFrame) -> WorkingDays:
    """The bank's own calendar: columns day and kind (holiday, make_up_workday; others do not count here)."""
    days = {kind: set(pd.to_datetime(part["day"]).dt.date) for kind, part in calendar.groupby("kind")}
    return WorkingDays(days.get("holiday", set()), days.get("make_up_workday", set()))


def due_days(as_of: date, policy: Policy, calendar: pd.DataFrame) -> dict[str, date]:
    """The last day of a task given on as_of, by deadline."""
    working = working_days(calendar)
    last: dict[str, date] = {}
    for deadline, due in policy.deadlines.value.items():
        whole = as_of + timedelta(days=due.days or 0)
        last[str(deadline)] = whole if due.working_days is None else working.after(as_of, due.working_days)
    return last
