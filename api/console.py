"""What a command prints, and the same as JSON: one report, written at the end or not at all."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

SILENCE = 10.0
"""Seconds that a log goes without a line, at most, while a step is at work."""

JsonFile = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write there what is printed, as JSON. 结果另存为 JSON。")
]
Language = Annotated[
    str,
    typer.Option(
        "--lang", metavar="zh|en", help="Language of the words (default: FORECARE_LANGUAGE, then LANG). 语言。"
    ),
]


def publish(report: Any, lines: Sequence[str], json_file: Path | None) -> None:
    """Print the lines; write the report to `json_file` (replaced atomically) where one is asked for."""
    if json_file is not None:
        write_json(json_file, report)
    for line in lines:
        print(line)
    sys.stdout.flush()


def write_json(path: Path, report: Any) -> None:
    """Write canonical JSON (sorted keys, readable Chinese) under a temporary name, then put it in place."""
    text = json.dumps(plain(report), ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def plain(value: Any) -> Any:
    """The value in JSON's own types: days and instants as text, numbers as numbers, NaN and infinity as null."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item") and callable(value.item):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


@contextmanager
def progress() -> Iterator[Any]:
    """A features.progress.Progress: a bar on a terminal, log lines on standard output elsewhere."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _Bars(bars)


class _Lines:
    """A line when a step begins, when it ends, and now and then between, with the time left: a log stays readable."""

    def __init__(self) -> None:
        self._began: dict[str, float] = {}
        self._said = 0.0

    def step(self, name: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        began = self._began.setdefault(name, now)
        if done in (0, total):
            print(f"{name}: {done}" if total is None else f"{name}: {done}/{total}", flush=True)
        elif now - self._said < SILENCE:
            return
        elif total is None:
            print(f"{name}: {done}", flush=True)
        else:
            left = timedelta(seconds=round((now - began) / done * (total - done)))
            print(f"{name}: {done}/{total}, ~{left}", flush=True)
        self._said = now


class _Bars:
    """One bar a step."""

    def __init__(self, bars: Any) -> None:
        self._bars = bars
        self._known: dict[str, Any] = {}

    def step(self, name: str, done: int, total: int | None) -> None:
        if name not in self._known:
            self._known[name] = self._bars.add_task(name, total=total)
        self._bars.update(self._known[name], completed=done, total=total)
