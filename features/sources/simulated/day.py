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

import json
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from features.engine import quieten
from features.errors import Refusal
from features.sources.simulated.again import made_again
from features.sources.simulated.making import OF_PEOPLE, OF_THE_BANK
from features.sources.simulated.parts import Parts
from features.sources.simulated.world import MARK, fingerprint, read_world

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

    @property
    def numbers(self) -> dict[str, Any]:
        """Every number and word of the made bank, with this one's size and seed."""
        return read_world() | {"customers": self.customers, "months": self.months, "seed": self.seed}


@dataclass(frozen=True)
class DayReport:
    """What a day's delivery holds: rows by table; how many customers' lives or contacts are not those without care."""

    day: date
    rows: dict[str, int]
    changed: int


def open_world(folder: Path) -> World:
    """The made bank in `folder` (written by `forecare simulate`).

    Raises Refusal where there is none, or where it was made by another version of the made bank.
    """
    mark = folder / MARK
    if not mark.is_file():
        raise Refusal(
            "is no made bank", place=str(folder), remedy="make one: forecare simulate --customers 2000 --out DIR"
        )
    told = json.loads(mark.read_text(encoding="utf-8"))
    if told["made_from"] != fingerprint():
        raise Refusal("was made from other numbers or steps", place=str(mark), remedy="make it again")
    first = date.fromisoformat(told["first_day"])
    ends = first.month - 1 + told["months"]
    end_day = date(first.year + ends // 12, ends % 12 + 1, 1)
    return World(folder, told["customers"], told["months"], told["seed"], first, end_day)


def hand_over_history(world: World, *, before: date, out: Path) -> DayReport:
    """Write one delivery to `out`: every row that the bank knew before `before` (00:00, the bank's time).

    before lies within (world.first_day, world.end_day]. Raises Refusal for another day. What lay in `out` is replaced.
    """
    if not world.first_day < before <= world.end_day:
        raise _no_such_day(world, before)
    known = f"known_at < TIMESTAMP '{before}'"
    with _engine() as connection:
        rows = _deliver(connection, world, out, f"until-{before}", known, known)
    return DayReport(before, rows, 0)


def simulate_day(world: World, day: date, actions: pa.Table, out: Path) -> DayReport:
    """Write one delivery to `out`: the rows that the bank learns on `day`, as the ten tables' files of this source.

    actions: schema ACTIONS, everything that the service did so far (rows after `day` are not looked at; order does not
    matter). A pre-answer has its effect from the beginning of its day on, a call from the beginning of the next day
    on; rows of earlier days stay as they were delivered. The same world, day and actions give the same bytes; no
    actions give the rows of `simulate`. `day` lies within [world.first_day, world.end_day). What lay in `out` is
    replaced. Raises Refusal for another day, an unknown kind, rule, topic or customer.
    """
    if not world.first_day <= day < world.end_day:
        raise _no_such_day(world, day)
    on_day = f"known_at >= TIMESTAMP '{day}' AND known_at < TIMESTAMP '{day + timedelta(days=1)}'"
    again = made_again(world.numbers, world.folder, actions, day)
    with _engine() as connection:
        for table, rows in again.rows.items():
            connection.register(f"again_{table}", rows)
        connection.register("changed", again.changed)
        connection.register("answered", again.answered)
        lives = f"{on_day} AND customer_id NOT IN (SELECT customer_id FROM changed)"
        talks = f"{lives} AND customer_id NOT IN (SELECT customer_id FROM answered)"
        rows = _deliver(connection, world, out, str(day), lives, talks, on_day)
    return DayReport(day, rows, again.changed.num_rows + again.answered.num_rows)


def _deliver(
    connection: duckdb.DuckDBPyConnection,
    world: World,
    out: Path,
    name: str,
    lives: str,
    talks: str,
    on_day: str = "",
) -> dict[str, int]:
    """Write a delivery: stored rows that meet a condition (contacts: `talks`), and where asked those made again."""
    out = out.absolute()
    made = {"accounts", "contacts", "app_events", "transactions"} if on_day else set()
    conditions = dict.fromkeys((*OF_PEOPLE, "transactions"), lives) | {"contacts": talks}
    known = conditions | dict.fromkeys(OF_THE_BANK, on_day or lives)
    unfinished, counts = out.with_name(f".{out.name}.unfinished"), {}
    shutil.rmtree(unfinished, ignore_errors=True)
    with Parts(unfinished) as parts:
        for table, condition in known.items():
            stored = f"read_parquet('{world.folder}/{table}{'/*' if table == 'transactions' else ''}.parquet')"
            rows = connection.execute(f"FROM {stored} WHERE {condition}").to_arrow_table()
            if table in made:
                other = connection.execute(f"FROM again_{table} WHERE {on_day}").to_arrow_table().cast(rows.schema)
                rows = pa.concat_tables([rows, other])
            rows = _sorted(rows)
            parts.add(f"transactions/{name}" if table == "transactions" else table, rows)
            counts[table] = rows.num_rows
    shutil.rmtree(out, ignore_errors=True)
    unfinished.rename(out)
    return counts


def _sorted(rows: pa.Table) -> pa.Table:
    """By customer, time, key and version: the order says nothing of where a row came from."""
    first = [name for name in ("customer_id", "ts") if name in rows.column_names]
    rest = [name for name in rows.column_names if name.endswith("_id") and name not in first][:1]
    order = [*first, *rest, *[name for name in ("day", "kind", "purpose", "channel") if name in rows.column_names]]
    return rows.sort_by([(name, "ascending") for name in dict.fromkeys([*order, "known_at"])])


def _engine() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 2})
    connection.execute("SET TimeZone = 'UTC'")
    quieten(connection)
    return connection


def _no_such_day(world: World, day: date) -> Refusal:
    span = f"{world.first_day} to {world.end_day - timedelta(days=1)}"
    return Refusal(f"{day} is outside the made bank", place="day", remedy=f"ask for a day from {span}")
