"""79 signals beside pandas, Polars, plain SQL and a bare scan: `python -m benchmarks.features [--sizes S,M] ...`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.yardstick.bank import PROJECT, Bank
from benchmarks.yardstick.plan import Tool, read_plan, tools
from benchmarks.yardstick.processes import DeadError
from benchmarks.yardstick.report import is_sound, report
from benchmarks.yardstick.rounds import agreement, alternate, warm_up
from benchmarks.yardstick.taking_in import intake_tools

SIZES = ("T", "S", "M", "L")
JOBS = ("a", "b", "full", "intake")
LIBRARIES = ("duckdb", "polars", "pandas", "pyarrow", "numpy", "numba")


def main(words: Sequence[str] | None = None) -> bool:
    """Measure what is asked for, print the report, keep it under --results; True if we ran and every peer agrees."""
    asked = _arguments(words)
    scripts = asked.bench if (asked.bench / "gen.py").is_file() else None
    if scripts is None:
        say(f"no yardstick at {asked.bench}: without its scripts there are neither peers nor floors, and no new bank")
    kept = asked.results / "features.json"
    blocks: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    done = []
    for size in asked.sizes:
        bank = Bank(size, asked.work, scripts)
        bank.make()
        if not bank.is_made:
            say(f"{size}: no bank, left out")
            continue
        for name, block in measure_bank(bank, asked):
            blocks[name] = block
            done.append(name)
            _keep(kept, blocks)
    print(report(blocks))
    failed = [name for name in done if not is_sound(blocks[name])]
    for name in failed:
        say(f"{name}: we failed, or a peer does not agree: see the report")
    return not failed


def measure_bank(bank: Bank, asked: argparse.Namespace) -> Any:
    """One block of results a job, each under its name."""
    rows = bank.rows()
    _prepare(bank, rows, asked)
    for job in asked.jobs:
        say(f"{bank.size} {job}")
        those = _tools(bank, job, asked)
        rounds = asked.rounds or asked.plan["rounds"].get(bank.size, {}).get(job, 1)
        measured = alternate(those, rounds, bank.work, say)
        agreed = agreement(those, asked.peers, measured, bank.work)
        block = {"size": bank.size, "job": job, "rows": rows, "command": _command(asked), "day": _today()}
        yield f"{bank.size} {job}", {**block, "machine": machine(), **measured.as_json(), "agreement": agreed}


def _prepare(bank: Bank, rows: dict[str, int], asked: argparse.Namespace) -> None:
    """Take the bank in, and let every tool do the cheapest job once."""
    if not set(asked.jobs) - {"intake"}:
        return
    if asked.fresh or not bank.is_taken_in(rows):
        say(f"{bank.size}: taking the bank in")
        run = bank.take_in(bank.home)
        say(f"{bank.size}: taken in: {run.wall:.1f} s, {run.cpu:.1f} s of processor, {run.peak / 1e6:,.0f} MB")
    warm_up(tools(asked.plan, bank, "a", asked.peers, full="full" in asked.jobs), bank.work, say)


def _tools(bank: Bank, job: str, asked: argparse.Namespace) -> list[Tool]:
    if job == "intake":
        return intake_tools(bank)
    if job == "full":
        return tools(asked.plan, bank, "a", (), full=True)[:2]
    return tools(asked.plan, bank, job, asked.peers, full=False)


def machine() -> dict[str, str]:
    """What the figures depend on, without names or places."""
    libraries = {name: version(name) for name in LIBRARIES}
    return {"cores": str(os.cpu_count()), "Python": platform.python_version(), **libraries}


def say(line: str) -> None:
    """Tell how far it is; the report alone goes to the standard output."""
    print(line, file=sys.stderr, flush=True)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _keep(kept: Path, blocks: dict[str, Any]) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(blocks, indent=1) + "\n", encoding="utf-8")
    kept.with_suffix(".md").write_text(report(blocks), encoding="utf-8")


def _command(asked: argparse.Namespace) -> str:
    rounds = f" --rounds {asked.rounds}" if asked.rounds else ""
    return f"python -m benchmarks --sizes {','.join(asked.sizes)} --jobs {','.join(asked.jobs)}{rounds}"


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    plan = read_plan()
    parser = argparse.ArgumentParser(description=__doc__)
    lists: dict[str, Any] = {"metavar": "A,B", "type": lambda text: text.split(",")}
    parser.add_argument("--sizes", default=plan["sizes"], help=f"of {', '.join(SIZES)}", **lists)
    parser.add_argument("--jobs", default=plan["jobs"], help=f"of {', '.join(JOBS)}", **lists)
    parser.add_argument("--peers", default=list(plan["peers"]), help=f"of {', '.join(plan['peers'])}", **lists)
    parser.add_argument("--rounds", type=int, default=0, metavar="N", help="the same for all, not the plan's")
    parser.add_argument("--bench", type=Path, default=PROJECT.parent / "shared" / "bench", metavar="DIR")
    parser.add_argument("--work", type=Path, default=PROJECT / "benchmarks-work", metavar="DIR")
    parser.add_argument("--results", type=Path, default=PROJECT / "benchmarks" / "results", metavar="DIR")
    parser.add_argument("--fresh", action="store_true", help="take the banks in again")
    asked = parser.parse_args(words)
    for given, known in ((asked.sizes, SIZES), (asked.jobs, JOBS), (asked.peers, plan["peers"])):
        for one in set(given) - set(known):
            parser.error(f"'{one}' is none of {', '.join(known)}")
    for folder in ("bench", "work", "results"):
        setattr(asked, folder, getattr(asked, folder).resolve())
    asked.work.mkdir(parents=True, exist_ok=True)
    asked.plan = plan
    return asked


if __name__ == "__main__":
    try:
        sys.exit(not main())
    except DeadError as error:
        sys.exit(str(error))
