"""One day of the made bank: what it learns on that day, given everything that the service did before.

The loop: make a bank, hand over its history up to a day, then day by day ask for what the bank learns, given the
actions of the service so far.

    simulate(folder, customers=2000, months=18)         # or: forecare simulate --customers 2000 --out folder
    world = open_world(folder)
    hand_over_history(world, before=date(2026, 5, 1), out=first)        # a delivery: everything known before that day
    report = simulate_day(world, date(2026, 5, 1), actions, out=next)   # a delivery: what the bank learns on that day

Each of them is taken in with `intake(<features/sources/simulated>, out, ...)`, like the folder of `simulate` itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

ACTIONS = pa.schema(
    [
        ("customer_id", pa.string()),
        ("kind", pa.string()),
        ("rule", pa.string()),
        ("topic", pa.string()),
        ("day", pa.date32()),
    ]
)
"""What the service did: kind is 'call' (rule: the rule's id, topic null) or 'pre_answer' (topic: its id, rule null)."""


@dataclass(frozen=True)
class World:
    """A made bank on disk, as `forecare simulate` wrote it."""

    folder: Path
    customers: int
    months: int
    seed: int
    first_day: date
    end_day: date  # the first day that is no longer simulated


@dataclass(frozen=True)
class DayReport:
    """What a day's delivery holds: rows by table, and how many customers live otherwise than without the actions."""

    day: date
    rows: dict[str, int]
    changed: int


def open_world(folder: Path) -> World:
    """The made bank in `folder` (written by `forecare simulate`).

    Raises Refusal where there is none, or where it was made by another version of the made bank.
    """
    raise NotImplementedError


def hand_over_history(world: World, *, before: date, out: Path) -> DayReport:
    """Write one delivery to `out`: every row that the bank knew before `before` (00:00, the bank's time)."""
    raise NotImplementedError


def simulate_day(world: World, day: date, actions: pa.Table, out: Path) -> DayReport:
    """Write one delivery to `out`: the rows that the bank learns on `day`, as the ten tables' files of this source.

    actions: schema ACTIONS, everything that the service did so far (rows after `day` are not looked at; order does not
    matter). An action of a day has its effect from the afternoon of that day on, never before: rows of earlier days
    stay as they were delivered. The same world, day and actions give the same bytes; no actions give the rows of
    `simulate`. `day` lies within [world.first_day, world.end_day). Raises Refusal for another day, an unknown kind,
    rule, topic or customer.
    """
    raise NotImplementedError
