"""The rule book against the made bank's truth: who should match, who does, day by day.

    forecare simulate --customers 3000 --months 18 --out ./made
    forecare intake --source simulated --data ./made
    python -m benchmarks.rule_truth --home HOME --truth ./made/truth/rules.parquet --from 2026-03-01 --days 120

Truth tells stretches of days: a customer and a rule that should match as of some day of it (expected), or something
near it of which it should not. Recall: expected stretches within the days asked in which the rule matched. Precision:
runs of matching days that touch an expected stretch. Near misses: stretches that only look like it, in which it
matched all the same. `--record` writes the count of matching customers a condition to care/rules/year.yaml, where
`forecare rules check` finds the rules that never fire.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from care.rules.book import Book, read_book
from care.rules.matching import compile_book
from care.rules.soundness import YEAR, condition_version
from features.build import build_signals
from features.catalogue import read_catalogue
from features.settings import read_settings
from features.warehouse import Warehouse

RESULTS = Path(__file__).with_name("results") / "rule_truth.md"
PORTION = 20
"""As-of days that are built together."""
Stretch = tuple[date, date]


@dataclass
class Tried:
    """One rule over the days asked: the days on which each customer matched, and what truth says of each."""

    matched: dict[str, list[date]] = field(default_factory=dict)
    expected: dict[str, list[Stretch]] = field(default_factory=dict)
    near: dict[str, list[Stretch]] = field(default_factory=dict)
    every: dict[str, list[Stretch]] = field(default_factory=dict)
    first: date = date.max

    def recall(self) -> tuple[int, int]:
        """Expected stretches that were met, of all."""
        return self._met(self.expected)

    def near_misses(self) -> tuple[int, int]:
        """Stretches that only look like it and were met all the same, of all."""
        return self._met(self.near)

    def precision(self) -> tuple[int, int]:
        """Runs of matching days that touch an expected stretch, of all."""
        runs = [(who, run) for who, days in self.matched.items() for run in runs_of(days)]
        right = [any(_touch(run, one) for one in self.every.get(who, ())) for who, run in runs]
        begun = [
            run[0] > self.first for _, run in runs
        ]  # what ran when we began to look may have had its reason before
        return sum(right), sum(one or other for one, other in zip(right, begun, strict=True))

    def _met(self, stretches: dict[str, list[Stretch]]) -> tuple[int, int]:
        every = [(who, one) for who, many in stretches.items() for one in many]
        return sum(any(one[0] <= day <= one[1] for day in self.matched.get(who, ())) for who, one in every), len(every)


def runs_of(days: Iterable[date]) -> list[Stretch]:
    """Days that follow each other as stretches, first and last day."""
    found: list[Stretch] = []
    for day in sorted(days):
        if found and (day - found[-1][1]).days <= 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def tried(book: Book, home: Path, first: date, days: int) -> dict[str, Tried]:
    """Every rule over every day, as known on it."""
    settings = read_settings(home=home)
    warehouse, compiled = Warehouse(home), compile_book(book)
    found = {rule_id: Tried() for rule_id in book.rules}
    every = [first + timedelta(days=at) for at in range(days)]
    for start in range(0, days, PORTION):
        portion = every[start : start + PORTION]
        signals = build_signals(warehouse, book.catalogue, portion, settings)
        for day in portion:
            today = signals.filter(pc.equal(signals.column("as_of"), day))
            matches = compiled.match(today, day)
            for rule_id, who in zip(
                matches.table.column("rule_id").to_pylist(),
                matches.table.column("customer_id").to_pylist(),
                strict=True,
            ):
                found[rule_id].matched.setdefault(who, []).append(day)
        print(f"{portion[-1]}: {start + len(portion)} of {days} days", flush=True)
    return found


def add_truth(found: dict[str, Tried], truth: Path, first: date, days: int) -> None:
    """What truth tells: all that was expected, and what lies within the days asked."""
    last = first + timedelta(days=days - 1)
    for one in found.values():
        one.first = first
    for row in pq.read_table(truth).to_pylist():
        if row["rule"] not in found:
            continue
        told, stretch = found[row["rule"]], (row["from_on"], row["to_on"])
        if row["expected"]:
            told.every.setdefault(row["customer_id"], []).append(stretch)
        if first <= stretch[0] and stretch[1] <= last:
            kind = told.expected if row["expected"] else told.near
            kind.setdefault(row["customer_id"], []).append(stretch)


def table(found: dict[str, Tried]) -> list[str]:
    """The rules as rows of Markdown."""
    lines = ["| rule | recall | precision | near misses taken for it |", "|---|---|---|---|"]
    for rule_id, one in found.items():
        cells = (_share(*one.recall()), _share(*one.precision()), _share(*one.near_misses()))
        lines.append(f"| {rule_id} | {' | '.join(cells)} |")
    return lines


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f} ({part:,} of {whole:,})" if whole else "-"


def _touch(run: Stretch, other: Stretch) -> bool:
    return run[0] <= other[1] and other[0] <= run[1]


def record(book: Book, found: dict[str, Tried], days: int) -> None:
    """The counts by condition, for `forecare rules check`."""
    rows = [
        {"rule": rule_id, "condition": condition_version(book, rule_id), "fires": sum(map(len, one.matched.values()))}
        for rule_id, one in found.items()
        if not any(book.catalogue.signals[name].given for name in book.compiled[rule_id].when.names - {"as_of"})
    ]
    head = (
        "# Customer-days on which each condition was true in a made bank: `python -m benchmarks.rule_truth --record`.\n"
    )
    YEAR.write_text(head + yaml.safe_dump({"days": days, "rules": rows}, sort_keys=False), encoding="utf-8")


def main() -> None:
    """Try, compare, print, and write results/rule_truth.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--record", action="store_true")
    asked = parser.parse_args()
    book = read_book(None, read_catalogue())
    found = tried(book, asked.home, asked.first, asked.days)
    if asked.record:
        record(book, found, asked.days)
    add_truth(found, asked.truth, asked.first, asked.days)
    lines = [f"{asked.days} days from {asked.first} on.", "", *table(found)]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("# The rules against the made bank's truth\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
