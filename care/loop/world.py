"""The bank that answers to what the service does: what a loop needs of it, and the made bank as one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from features.engine import quieten
from features.sources import simulated
from features.sources.simulated.day import World, hand_over_history, open_world, simulate_day


class AnsweringBank(Protocol):
    """A bank whose days can be asked for one by one; `end_day` is the first day that it cannot give."""

    @property
    def source(self) -> Path:
        """The source whose SELECTs read its deliveries."""
        ...

    @property
    def first_day(self) -> date:
        """The first day of its history."""
        ...

    @property
    def end_day(self) -> date:
        """The first day that is no longer simulated."""
        ...

    def hand_over(self, before: date, out: Path) -> None:
        """Write one delivery: everything known before a day, nobody having acted."""
        ...

    def answer(self, day: date, actions: pa.Table, out: Path) -> None:
        """Write one delivery: what the bank learns on a day, given all actions so far (features' schema ACTIONS)."""
        ...

    def responses(self, actions: pa.Table) -> dict[str, int]:
        """How many calls reached whom, by the truth about what a call does to them; the service never asks this."""
        ...


@dataclass(frozen=True)
class MadeBank:
    """The made bank in a folder, as an answering bank."""

    world: World

    @classmethod
    def in_folder(cls, folder: Path) -> MadeBank:
        """The bank that `forecare simulate` wrote there; Refusal where there is none."""
        return cls(open_world(folder))

    @property
    def source(self) -> Path:
        """The made bank's source."""
        return Path(simulated.__file__).parent

    @property
    def first_day(self) -> date:
        """The first day of its history."""
        return self.world.first_day

    @property
    def end_day(self) -> date:
        """The first day that is no longer simulated."""
        return self.world.end_day

    def hand_over(self, before: date, out: Path) -> None:
        """Everything known before a day."""
        hand_over_history(self.world, before=before, out=out)

    def answer(self, day: date, actions: pa.Table, out: Path) -> None:
        """What it learns on a day."""
        simulate_day(self.world, day, actions, out)

    def responses(self, actions: pa.Table) -> dict[str, int]:
        """Persuadable, sure thing, lost cause or sleeping dog, to the kind of call that the rule makes."""
        query = f"""SELECT t.type, count(*) FROM actions AS a JOIN kinds AS k ON k.rule = a.rule
            JOIN read_parquet('{self.world.folder}/truth/care.parquet') AS t
                ON t.customer_id = a.customer_id AND t.kind = k.kind
            WHERE a.kind = 'call' GROUP BY ALL ORDER BY t.type"""
        rules = self.world.numbers["care_rules"]
        kinds = pa.table({"rule": [row["name"] for row in rules], "kind": [row["kind"] for row in rules]})
        with duckdb.connect(config={"threads": 1}) as connection:
            quieten(connection)
            connection.register("actions", actions)
            connection.register("kinds", kinds)
            return dict(connection.execute(query).fetchall())
