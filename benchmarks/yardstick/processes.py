"""Whole processes, measured: wall time, processor time and the most memory that each held, from start to end."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SHOWN_OF_A_LOG = 600


@dataclass(frozen=True)
class Run:
    """One process from start to end: seconds of wall and processor (user and system), peak bytes of memory."""

    wall: float
    cpu: float
    peak: int


class DeadError(Exception):
    """A process ended with a failure; the message holds the end of what it said."""


def measure(command: Sequence[str], folder: Path, log: Path, environment: Mapping[str, str] | None = None) -> Run:
    """Run a command in `folder` to its end; what it says goes to `log`. Raises DeadError where it fails.

    The kernel counts the memory of the process that calls as the child's until the child's program starts, so the
    caller has to stay small: whatever needs arrays runs in a process of its own.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    with log.open("wb") as said:
        child = subprocess.Popen(
            list(command), cwd=folder, env=surroundings(folder, environment or {}), stdout=said, stderr=said
        )
        try:
            _, status, used = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            raise
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        end = log.read_text(encoding="utf-8", errors="replace").strip()[-SHOWN_OF_A_LOG:]
        raise DeadError(f"{Path(command[0]).name} {' '.join(command[1:4])} ended with {child.returncode}: {end}")
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def surroundings(folder: Path, added: Mapping[str, str]) -> dict[str, str]:
    """The environment of a measured process: Python keeps its bytecode, as on any machine where it is installed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder / "bytecode"), **added}


def free_memory() -> int:
    """Bytes that a process can take without the machine swapping."""
    with Path("/proc/meminfo").open(encoding="ascii") as lines:
        found = dict(line.split(":", 1) for line in lines)
    return int(found["MemAvailable"].split()[0]) * 1024
