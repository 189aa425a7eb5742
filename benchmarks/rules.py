"""The rule book over a million customers, beside DuckDB on the same conditions; hostile rules; `rules check`.

    python -m benchmarks.rules --snapshot HOME/snapshots/as_of=2026-07-01/signals.parquet [--customers 1000000]

The snapshot's rows are drawn again until there are as many as asked: the shares of matches are those of the bank it
comes from. Our pass answers true, false and unknown for every rule and customer, and writes stake, key and evidence of
every match. DuckDB is asked for the same conditions as SQL in one statement, once for the counts alone, once with the
signals of the matches as JSON. Both sides in one process in turn, so that the ratio holds where the machine is shared;
processor time beside wall time.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.hostile import hostile_texts
from care.rules.book import Book, read_book
from care.rules.matching import at, compile_book
from features.catalogue import read_catalogue
from features.errors import Refusal
from features.expression import parse_expression, to_sql

RESULTS = Path(__file__).with_name("results") / "rules.md"


@dataclass(frozen=True)
class Took:
    """Wall and processor seconds of one call."""

    wall: float
    cpu: float


def took(work: Callable[[], Any]) -> Took:
    """What one call took."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Took(time.perf_counter() - wall, time.process_time() - cpu)


def drawn(snapshot: pa.Table, customers: int) -> pa.Table:
    """The snapshot's rows drawn with replacement, with ids of their own."""
    rows = np.random.default_rng(2026).integers(0, snapshot.num_rows, customers)
    table = snapshot.take(pa.array(rows))
    ids = pa.array([f"C{number:07d}" for number in range(customers)])
    return table.set_column(table.column_names.index("customer_id"), "customer_id", ids).combine_chunks()


def counting_sql(book: Book) -> str:
    """One statement: per rule how many match and for how many it is unknown."""
    parts = []
    for rule_id in book.rules:
        when = to_sql(book.compiled[rule_id].when)
        parts.append(f"count(*) FILTER (WHERE {when}), count(*) FILTER (WHERE ({when}) IS NULL)")
    return f"SELECT {', '.join(parts)} FROM signals"


def evidence_sql(book: Book) -> str:
    """One statement: every match with its stake and its signals as JSON."""
    parts = []
    for rule_id, rule in book.rules.items():
        compiled = book.compiled[rule_id]
        packed = ", ".join(f'"{name}" := "{name}"' for name in rule.evidence)
        parts.append(
            f"SELECT customer_id, '{rule_id}' AS rule_id, CAST({to_sql(compiled.value)} AS DOUBLE) AS stake, "
            f"CAST(to_json(struct_pack({packed})) AS VARCHAR) AS evidence FROM signals WHERE {to_sql(compiled.when)}"
        )
    return " UNION ALL ".join(parts)


def pass_lines(book: Book, table: pa.Table, as_of: date, rounds: int) -> list[str]:
    """The table of the pass beside DuckDB."""
    compiled, dated = compile_book(book), at(table, as_of)
    connection = duckdb.connect(config={"threads": 2})
    connection.register("signals", dated)
    counts, evidence = counting_sql(book), evidence_sql(book)
    found = compiled.match(table, as_of)
    theirs = connection.execute(counts).fetchone() or ()
    agree = all(theirs[2 * n] >= len(found.rows_of(rule_id)) for n, rule_id in enumerate(book.rules))
    works: dict[str, Callable[[], Any]] = {
        "our pass, stake and evidence of every match": lambda: compiled.match(table, as_of),
        "DuckDB, the conditions counted": lambda: connection.execute(counts).fetchall(),
        "DuckDB, stake and evidence of every match": lambda: connection.execute(evidence).to_arrow_table(),
    }
    times: dict[str, list[Took]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(took(work))
    ours = times["our pass, stake and evidence of every match"]
    lines = [
        f"{len(book.rules)} rules, {table.num_rows:,} customers, {len(found.rule):,} matches; every match of ours "
        f"is one of DuckDB's: {'yes' if agree else 'NO'}.",
        "",
        "| what | wall s | CPU s | our CPU against it |",
        "|---|---|---|---|",
    ]
    for name, many in times.items():
        ratio = statistics.median(mine.cpu / one.cpu for mine, one in zip(ours, many, strict=True))
        wall, cpu = (statistics.median(getattr(one, clock) for one in many) for clock in ("wall", "cpu"))
        lines.append(f"| {name} | {wall:.2f} | {cpu:.2f} | {ratio:.2f} |")
    return lines


def hostile_lines() -> list[str]:
    """How long the slowest of the hostile texts took to be refused or accepted, in milliseconds."""
    types: Any = {"assets": "number", "segment": "text", "due_on": "day", "is_staff": "flag", "complaints": "number"}
    spent, accepted = [], 0
    for text in hostile_texts():
        began = time.process_time()
        try:
            parse_expression(text, types, place="x")
            accepted += 1
        except Refusal:
            pass
        spent.append((time.process_time() - began) * 1000)
    spent.sort()
    return [
        f"{len(spent):,} hostile conditions: {accepted} accepted, the others refused, none crashed. CPU ms each: "
        f"median {statistics.median(spent):.2f}, 99 % {spent[len(spent) * 99 // 100]:.1f}, slowest {spent[-1]:.1f}."
    ]


def check_lines(rounds: int) -> list[str]:
    """`forecare rules check` as a whole process: user and system time of the children."""
    import resource

    spent, walls = [], []
    for _ in range(rounds):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([sys.executable, "-m", "api.cli", "rules", "check"], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        walls.append(time.perf_counter() - began)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    wall, cpu = statistics.median(walls), statistics.median(spent)
    return [f"`forecare rules check` over the book: {wall:.2f} s wall, {cpu:.2f} s CPU."]


def main() -> None:
    """Measure, print, and write results/rules.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--snapshot", type=Path, required=True)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 7, 1))
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    book = read_book(None, read_catalogue())
    table = drawn(pq.read_table(asked.snapshot), asked.customers)
    lines = [
        "# The rule book, measured", "",
        f"    python -m benchmarks.rules --snapshot HOME/snapshots/as_of={asked.as_of}/signals.parquet"
        f" --customers {asked.customers} --rounds {asked.rounds}",
        "", "Medians; two shared cores, so that CPU is the steadier figure. Ours runs on one thread, DuckDB on two.",
        "",
        *pass_lines(book, table, asked.as_of, asked.rounds), "", *hostile_lines(), "", *check_lines(asked.rounds),
    ]  # fmt: skip
    text = "\n".join(lines) + "\n"
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
