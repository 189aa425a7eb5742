"""How long work tells of itself: a step's name, what is done, what there is in all."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Somebody who watches: a bar on a terminal, log lines elsewhere."""

    def step(self, name: str, done: int, total: int) -> None:
        """`done` of `total` parts of the step `name` are finished; the first call of a step has done = 0."""


class Silent:
    """Nobody watches."""

    def step(self, name: str, done: int, total: int) -> None:
        """Say nothing."""
