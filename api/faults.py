"""Faults of a made delivery as the command line speaks of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from api.words import Words

if TYPE_CHECKING:
    from features.sources.simulated.faults import Fault


def wishes_of(said: Sequence[str] | None) -> list[Fault]:
    """The faults written as NAME or NAME:share; Refusal names the nearest known one."""
    if not said:
        return []
    from features.sources.simulated.faults import read_wish

    return [read_wish(one) for one in said]


def spoil(out: Path, wishes: Sequence[Fault], seed: int, words: Words, lines: list[str]) -> dict[str, object]:
    """Spoil the delivery in `out`, add what was done to the `lines` printed, and give it as JSON."""
    from features.sources.simulated.faults import plant

    done = plant(out, wishes, seed=seed)
    lines.append(words("simulate.faults", record=done.record))
    for wish in wishes:
        slots = {"name": wish.name, "meaning": getattr(wish, words.language), "n": f"{done.touched[wish.name]:,}"}
        lines.append("  " + words("simulate.fault", **slots))
    if done.source:
        lines.append(words("simulate.source", source=done.source))
    source = str(done.source) if done.source else None
    return {"touched": done.touched, "record": str(done.record), "source": source}
