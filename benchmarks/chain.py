"""The steps of a night beside their floors: `python -m benchmarks [--customers N] [--rounds N]`.

Each step runs in alternation with the least work that anybody could do for it on the same files (its floor), so the
ratio holds when the machine's speed drifts. A full comparison with pandas, Polars and plain SQL comes with the compiled
builder; this one keeps the thin chain honest.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from care.rules.book import read_book
from care.rules.matching import match
from features.build import build_signals
from features.catalogue import read_catalogue
from features.database import connect, migrate
from features.intake import intake
from features.settings import Settings, read_settings
from features.sources import simulated
from features.sources.simulated.simulate import simulate
from features.warehouse import Warehouse

SOURCE = Path(simulated.__file__).parent
AS_OF = date(2026, 7, 1)
DELIVERED = datetime(2026, 7, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Step:
    """One step, its floor, and what the floor is."""

    name: str
    run: Callable[[], Any]
    floor: Callable[[], Any]
    floor_name: str


def seconds(work: Callable[[], Any]) -> float:
    """Wall time of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def command(*words: str) -> Callable[[], Any]:
    """A whole process of this Python."""
    return lambda: subprocess.run([sys.executable, *words], check=True, capture_output=True)


def compare(step: Step, rounds: int) -> str:
    """A line of the table: medians of both and of their ratio, round by round, after one round to warm up."""
    pairs = [(seconds(step.run), seconds(step.floor)) for _ in range(rounds + 1)][1:]
    ours, floor = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(mine / its for mine, its in pairs)
    return f"| {step.name} | {ours:.2f} | {step.floor_name} | {floor:.2f} | {ratio:.1f} |"


def steps(settings: Settings, data: Path) -> list[Step]:
    """The steps over one made bank that lies in `data` and was taken in."""
    warehouse, catalogue = Warehouse(settings.home), read_catalogue()
    snapshot = build_signals(warehouse, catalogue, AS_OF, settings)
    book = read_book(None, catalogue)
    stored = [str(path) for path in warehouse.files("transactions").values()]
    floor = duckdb.connect(config={"threads": settings.threads})
    names = ", ".join(f'max("{name}")' for name in snapshot.column_names)

    def take_in() -> None:
        with tempfile.TemporaryDirectory() as home:
            again = read_settings(home=Path(home))
            engine = connect(again.database)
            migrate(engine)
            intake(SOURCE, data, again, engine, delivered_at=DELIVERED)
            engine.dispose()

    def copy() -> None:
        with tempfile.TemporaryDirectory() as folder:
            for table in sorted(data.rglob("*.parquet")):
                out = Path(folder) / f"{table.parent.name}-{table.name}"
                floor.execute(f"COPY (FROM '{table}') TO '{out}' (COMPRESSION zstd)")

    def scan() -> None:
        sql = "SELECT customer_id, sum(amount) FROM read_parquet(?) GROUP BY customer_id"
        floor.execute(sql, [stored]).to_arrow_table()

    def read() -> None:
        floor.register("snapshot", snapshot)
        floor.execute(f"SELECT {names} FROM snapshot").fetchall()

    build = lambda: build_signals(warehouse, catalogue, AS_OF, settings)  # noqa: E731
    return [
        Step("intake, every row checked", take_in, copy, "DuckDB copies the same files"),
        Step(f"{len(catalogue.signals)} signals, one as_of", build, scan, "scan and one sum a customer"),
        Step(
            "forecare --help", command("-m", "api.cli", "--help"), command("-c", "import typer"), "Python imports typer"
        ),
        Step(
            "forecare rules check",
            command("-m", "api.cli", "rules", "check"),
            command("-c", "import duckdb, pandas"),
            "Python imports duckdb and pandas",
        ),
        Step(f"{len(book.rules)} rules with evidence", lambda: match(book, snapshot, AS_OF), read, "read every signal"),
    ]


def main() -> None:
    """Make a bank, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data, settings = Path(folder) / "made", read_settings(home=Path(folder) / "home")
        simulate(data, customers=asked.customers)
        engine = connect(settings.database)
        migrate(engine)
        report = intake(SOURCE, data, settings, engine, delivered_at=DELIVERED)
        engine.dispose()
        rows = report.tables["transactions"].accepted
        print(f"{asked.customers:,} customers, {rows:,} transactions, {asked.rounds} rounds, seconds (median)\n")
        print("| step | ours | floor | its time | ratio |\n|---|---|---|---|---|")
        for step in steps(settings, data):
            print(compare(step, asked.rounds), flush=True)


if __name__ == "__main__":
    main()
