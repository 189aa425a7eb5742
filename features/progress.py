"""How long work tells of itself: a step's name, what is done, what there is in all."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Somebody who watches: a bar on a terminal, log lines elsewhere."""

    def step(self, name: str, done: int, total: int | None) -> None:
        """`done` of `total` parts (None: nobody knows how many) of the step `name` are finished; first done is 0."""


class Silent:
    """Nobody watches."""

    def step(self, name: str, done: int, total: int | None) -> None:
        """Say nothing."""
