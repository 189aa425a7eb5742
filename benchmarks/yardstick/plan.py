"""What is measured: the plan's sizes, jobs, days and tools."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from benchmarks.yardstick.bank import Bank, at_home, forecare

GIGABYTE = 1024**3
OURS = "forecare"
FULL = "forecare, own catalogue"
SIGNALS = Path(__file__).with_name("signals")


@dataclass(frozen=True)
class Tool:
    """One way to do a job. memory: bytes that must be free; command and environment of its process; out: its files."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    out: Path
    memory: int = 0


def read_plan() -> dict[str, Any]:
    """plan.yaml."""
    found: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("plan.yaml").read_text(encoding="utf-8"))
    return found


def days(plan: Mapping[str, Any], job: str) -> list[date]:
    """The days that a job answers."""
    first, months = plan["days"][job]["first"], plan["days"][job]["months"]
    return [date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(months)]


def tools(plan: Mapping[str, Any], bank: Bank, job: str, peers: Sequence[str], *, full: bool) -> list[Tool]:
    """Who does a job on a bank, we first; peers and floors only where their scripts lie and the size is theirs."""
    found = [_ours(plan, bank, job, OURS, ["--catalogue", str(SIGNALS)])]
    if full:
        found.append(_ours(plan, bank, job, FULL, []))
    asked = {name: tool for name, tool in plan["peers"].items() if name in peers}
    for name, tool in {**asked, **plan["floors"]}.items():
        memory = tool["memory"].get(job, {}).get(bank.size)
        if bank.scripts and memory:
            found.append(_theirs(bank, job, name, tool, memory))
    return found


def _ours(plan: Mapping[str, Any], bank: Bank, job: str, name: str, catalogue: list[str]) -> Tool:
    out = _out(bank, job, name)
    asked = ",".join(map(str, days(plan, job)))
    command = forecare("signals", "build", *catalogue, "--as-of", asked, "--out", str(out))
    return Tool(name, command, at_home(bank.home), out)


def _theirs(bank: Bank, job: str, name: str, tool: Mapping[str, Any], memory: float) -> Tool:
    out = _out(bank, job, name)
    command = [sys.executable, str(Path(str(bank.scripts)) / tool["script"]), job, bank.size, str(out)]
    environment = {"PYTHONPATH": str(bank.scripts), **tool.get("environment", {})}
    return Tool(name, command, environment, out, int(memory * GIGABYTE))


def _out(bank: Bank, job: str, name: str) -> Path:
    words = "".join(letter if letter.isalnum() else "-" for letter in name)
    return bank.work / "out" / f"{words}-{job}-{bank.size}"
