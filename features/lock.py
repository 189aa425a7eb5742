"""One writer a home: a file lock that ends with its process, however that ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from features.errors import Refusal


@contextmanager
def hold(home: Path, what: str) -> Iterator[None]:
    """Hold the home for `what` (in words); Refusal that says who holds it already."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / "forecare.lock"
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            who = file.read().strip() or "somebody"
            reason = f"another run is at work ({who})"
            raise Refusal(reason, place=str(path), remedy="wait for it to end, or stop that process") from None
        file.truncate(0)
        file.write(f"{what}, process {os.getpid()}")
        file.flush()
        yield
        file.truncate(0)
