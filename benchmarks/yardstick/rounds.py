"""Tools in alternation: each round runs every tool once, so that a machine whose speed drifts drifts for all."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.yardstick.bank import project_path
from benchmarks.yardstick.plan import OURS, Tool
from benchmarks.yardstick.processes import DeadError, Run, free_memory, measure

Say = Callable[[str], None]


@dataclass
class Measured:
    """What came of a job on a size. runs: by tool, one a round. left_out: tools that could not run, and why."""

    runs: dict[str, list[Run]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For the file of results."""
        runs = {name: [asdict(run) for run in these] for name, these in self.runs.items()}
        return {"runs": runs, "left_out": self.left_out}


def warm_up(tools: Sequence[Tool], work: Path, say: Say) -> None:
    """Run every tool once, uncounted: files come into memory, code is compiled and kept on disk."""
    alternate(tools, 1, work, lambda line: say(line.replace("round 1", "warming up")))


def alternate(tools: Sequence[Tool], rounds: int, work: Path, say: Say) -> Measured:
    """Run all tools `rounds` times in turn."""
    found = Measured()
    for number in range(1, rounds + 1):
        for tool in tools:
            if tool.name in found.left_out:
                continue
            run = _attempt(tool, work, found)
            if run is None:
                say(f"{tool.name}: left out, {found.left_out[tool.name]}")
                continue
            said = f"{run.wall:.2f} s, {run.cpu:.2f} s of processor, {run.peak / 1e6:,.0f} MB"
            say(f"{tool.name}: round {number}: {said}")
            found.runs.setdefault(tool.name, []).append(run)
    return found


def _attempt(tool: Tool, work: Path, found: Measured) -> Run | None:
    """One run; where it cannot be, the tool is left out from then on and the reason kept."""
    free = free_memory()
    if free < tool.memory:
        found.left_out[tool.name] = f"wants {tool.memory / 1e9:.0f} GB of memory, {free / 1e9:.0f} are free"
        return None
    shutil.rmtree(tool.out, ignore_errors=True)
    try:
        return measure(tool.command, work, work / "logs" / f"{tool.out.name}.log", tool.environment)
    except DeadError as error:
        found.left_out[tool.name] = f"failed: {error}"
        found.runs.pop(tool.name, None)
        return None


def agreement(tools: Sequence[Tool], peers: Sequence[str], measured: Measured, work: Path) -> dict[str, Any]:
    """By peer whether its signals are ours: `rows`, `signals`, `missing`, `differ` (see benchmarks.yardstick.agree)."""
    out = {tool.name: tool.out for tool in tools if tool.name in measured.runs}
    found: dict[str, Any] = {}
    for peer in peers:
        if peer in out and OURS in out:
            answer = work / "logs" / f"agree-{out[peer].name}.json"
            command = [sys.executable, "-m", "benchmarks.yardstick.agree", str(out[OURS]), str(out[peer]), str(answer)]
            measure(command, work, answer.with_suffix(".log"), project_path())
            found[peer] = json.loads(answer.read_text(encoding="utf-8"))
    return found
