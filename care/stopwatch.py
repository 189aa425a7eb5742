"""How long the steps of a run took, told to whoever watches. A stopwatch, no clock: it knows no time of day."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from features.progress import Progress, Silent


@dataclass
class Stopwatch:
    """Seconds by step, in the order in which the steps began."""

    watcher: Progress | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    _began: float = field(default_factory=time.perf_counter)

    @contextmanager
    def step(self, name: str, parts: int = 1) -> Iterator[Callable[[], None]]:
        """Time a step of so many parts; what is yielded is called at the end of each part (of the last one at most)."""
        watcher, began, done = self.watcher or Silent(), time.perf_counter(), 0
        watcher.step(name, 0, parts)

        def part() -> None:
            nonlocal done
            done += 1
            watcher.step(name, done, parts)

        yield part
        self.seconds[name] = round(time.perf_counter() - began, 3)
        if parts == 1:
            part()

    @property
    def elapsed(self) -> timedelta:
        """Since the stopwatch was started."""
        return timedelta(seconds=time.perf_counter() - self._began)
