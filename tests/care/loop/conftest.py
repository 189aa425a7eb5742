"""A made bank whose days can be asked for one by one, and that heeds calls in one simple way, known to the tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from care.loop.run import Asked, Loop, run_loop
from features.sources import simulated

FIRST, END = date(2025, 1, 1), date(2025, 7, 1)
ASKED = Asked(customers=300, months=6, seed=5, days=8, model=False)


@dataclass
class HeedingBank:
    """Whoever was called does not get in touch any more from the next day on; nothing else ever changes."""

    folder: Path
    heeds: bool = True
    asked: list[date] = field(default_factory=list)
    source: Path = Path(simulated.__file__).parent
    first_day: date = FIRST
    end_day: date = END

    def hand_over(self, before: date, out: Path) -> None:
        """Everything known before a day."""
        self._write(f"known_at < TIMESTAMP '{before}'", out, "true")

    def answer(self, day: date, actions: pa.Table, out: Path) -> None:
        """What it learns on a day."""
        self.asked.append(day)
        calls = [(row["customer_id"], row["day"]) for row in actions.to_pylist() if row["kind"] == "call"]
        said = ", ".join(f"('{who}', DATE '{when}')" for who, when in calls) or "('', DATE '1970-01-01')"
        heeded = f"NOT EXISTS (FROM (VALUES {said}) AS c(who, since) WHERE who = customer_id AND ts >= since + 1)"
        known = f"known_at >= TIMESTAMP '{day}' AND known_at < TIMESTAMP '{day}' + INTERVAL 1 DAY"
        self._write(known, out, heeded if self.heeds else "true")

    def responses(self, actions: pa.Table) -> dict[str, int]:
        """Everybody heeds a call."""
        return {"persuadable": actions["kind"].to_pylist().count("call")} if self.heeds else {}

    def _write(self, known: str, out: Path, contacts: str) -> None:
        shutil.rmtree(out, ignore_errors=True)
        (out / "transactions").mkdir(parents=True)
        with duckdb.connect(config={"threads": 1}) as connection:
            for path in sorted(self.folder.rglob("*.parquet")):
                if path.parent not in (self.folder, self.folder / "transactions"):
                    continue
                more = f"AND {contacts}" if path.stem == "contacts" else ""
                target = out / path.relative_to(self.folder)
                query = f"FROM read_parquet('{path}') WHERE {known} {more}"
                if "known_at" in {row[0] for row in connection.execute(f"DESCRIBE FROM '{path}'").fetchall()}:
                    connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet)")


@pytest.fixture(scope="session")
def looped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Loop, Path]:
    """A loop of eight days that nobody disturbed, and where it lies."""
    out = tmp_path_factory.mktemp("loop") / "loop"
    loop = run_loop(out, ASKED, open_bank=HeedingBank)
    loop.close()
    return loop, out


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Loop]:
    """Runs a loop in a folder of the test's own."""

    def again(bank: Callable[[Path], HeedingBank] = HeedingBank, asked: Asked = ASKED, name: str = "loop") -> Loop:
        return run_loop(tmp_path / name, asked, open_bank=bank)

    return again
