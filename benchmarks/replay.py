"""A rule replayed over a year: `python -m benchmarks.replay [--customers N] [--days N]`.

A made bank of 18 months; the rule on falling balances with a looser line, beside the whole book in force, every day of
the year through the whole funnel, both books. Wall and processor time of all processes, and the most memory of one.
"""

from __future__ import annotations

import argparse
import re
import resource
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from benchmarks.chain import DELIVERED, SOURCE
from care.books import live_books
from care.replay.report import replay
from features.database import connect, migrate
from features.intake import intake
from features.settings import read_settings
from features.sources.simulated.simulate import simulate
from features.warehouse import Warehouse

RULE = "balance_drop"


def looser(folder: Path) -> Path:
    """The rule with half of its line, as its next version."""
    text = live_books().book.documents[RULE].path.read_text(encoding="utf-8")
    version = live_books().book.rules[RULE].version + 1
    text = text.replace("assets_ratio_7_30 <= 0.5", "assets_ratio_7_30 <= 0.7")
    path = folder / f"{RULE}.yaml"
    path.write_text(re.sub(r"^version: \d+", f"version: {version}", text, flags=re.M), encoding="utf-8")
    return path


def main() -> None:
    """Make a bank, replay, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=365)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(home=Path(folder) / "home", database_url="")
        simulate(Path(folder) / "made", customers=asked.customers)
        engine = connect(settings.database)
        migrate(engine)
        intake(SOURCE, Path(folder) / "made", settings, engine, delivered_at=DELIVERED)
        engine.dispose()
        last = Warehouse(settings.home).last_day(settings.zone)
        assert last is not None  # noqa: S101 - a made bank has transactions
        began, used = time.perf_counter(), _processor()
        report = replay(settings, live_books(), looser(Path(folder)), last - timedelta(days=asked.days - 1), last)
        wall, processor = time.perf_counter() - began, _processor() - used
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 2**20
    rules = len(live_books().book.rules)
    print(f"{asked.customers:,} customers, {asked.days} days, {rules} rules in both books\n")
    print("| what | measured | reach |\n|---|---|---|")
    print(f"| replay, whole funnel, wall | {wall:.0f} s | <= 180 s |")
    print(f"| processor time of all processes | {processor:.0f} s | |")
    print(f"| most memory of one process | {most:.1f} GB | |")
    print(f"| tasks of the tried book | {report['managers']['tried']['tasks']:,} | |")


def _processor() -> float:
    every = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in every)


if __name__ == "__main__":
    main()
