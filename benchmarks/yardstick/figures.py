"""Figures out of runs, each beside its bound."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from benchmarks.yardstick.plan import OURS, read_plan

Blocks = Mapping[str, Any]
"""What was measured by '<size> <job>': runs (by tool, a list of wall, cpu and peak), left_out, agreement, rows ..."""


def read_bounds() -> list[dict[str, Any]]:
    """bounds.yaml."""
    found: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("bounds.yaml").read_text(encoding="utf-8"))
    return found


def median(block: Mapping[str, Any], tool: str, of: str) -> float | None:
    """A tool's median of `wall`, `cpu` (seconds) or `peak` (bytes); None where it did not run."""
    runs = block["runs"].get(tool)
    return float(statistics.median(run[of] for run in runs)) if runs else None


def best_peer(block: Mapping[str, Any]) -> str | None:
    """The peer with the lowest median of wall time."""
    known = {name: median(block, name, "wall") for name in read_plan()["peers"]}
    ran = {name: wall for name, wall in known.items() if wall is not None}
    return min(ran, key=lambda name: ran[name]) if ran else None


def ratio(block: Mapping[str, Any], tool: str, of: str, to: str | None) -> float | None:
    """The median over the rounds of one tool's figure against another's in the same round."""
    ours, theirs = block["runs"].get(tool), block["runs"].get(to)
    if not ours or not theirs:
        return None
    return float(statistics.median(a[of] / b[of] for a, b in zip(ours, theirs, strict=False)))


def reached(bound: Mapping[str, Any], blocks: Blocks) -> float | None:
    """The figure that a bound is about; None where it was not measured."""
    return _FIGURES[bound["figure"]](bound, blocks)


def holds(bound: Mapping[str, Any], figure: float) -> bool:
    """Whether a figure is within its bound."""
    return bool(figure <= bound["most"] if "most" in bound else figure >= bound["least"])


def _ratio(bound: Mapping[str, Any], blocks: Blocks) -> float | None:
    block = blocks.get(f"{bound['size']} {bound['job']}")
    if block is None:
        return None
    to = best_peer(block) if bound["to"] == "best peer" else bound["to"]
    return ratio(block, bound.get("tool", OURS), bound["of"], to)


def _of_ours(of: str, scale: float) -> Callable[[Mapping[str, Any], Blocks], float | None]:
    def figure(bound: Mapping[str, Any], blocks: Blocks) -> float | None:
        block = blocks.get(f"{bound['size']} {bound['job']}")
        found = median(block, OURS, of) if block else None
        return None if found is None else found / scale

    return figure


def _pair(first: Any, second: Any, of: str) -> tuple[float, float] | None:
    found = [median(block, OURS, of) if block else None for block in (first, second)]
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def _more_days(bound: Mapping[str, Any], blocks: Blocks) -> float | None:
    size, more = bound["size"], read_plan()["days"]["b"]["months"] - 1
    pair = _pair(blocks.get(f"{size} a"), blocks.get(f"{size} b"), bound["of"])
    return (pair[1] - pair[0]) / more / pair[0] if pair else None


def _growth(bound: Mapping[str, Any], blocks: Blocks) -> float | None:
    small, large = (blocks.get(f"{size} {bound['job']}") for size in (bound["from"], bound["size"]))
    pair = _pair(small, large, bound["of"])
    return pair[1] / pair[0] if pair else None


def _rate(bound: Mapping[str, Any], blocks: Blocks) -> float | None:
    block = blocks.get(f"{bound['size']} {bound['job']}")
    wall = median(block, bound["tool"], "wall") if block else None
    return sum(block["rows"].values()) / wall if block and wall else None


_FIGURES: Mapping[str, Callable[[Mapping[str, Any], Blocks], float | None]] = {
    "ratio": _ratio,
    "wall": _of_ours("wall", 1),
    "peak": _of_ours("peak", 1e9),
    "more_days": _more_days,
    "growth": _growth,
    "rate": _rate,
}
