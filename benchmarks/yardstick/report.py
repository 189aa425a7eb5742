"""Results in words: a table a job and size, the bounds, what agrees and what does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.yardstick.figures import Blocks, best_peer, holds, median, ratio, reached, read_bounds
from benchmarks.yardstick.plan import OURS

_JOBS = {
    "a": "79 signals, one day",
    "b": "79 signals, twelve days",
    "full": "our own catalogue, one day",
    "intake": "intake into a new home",
}


def report(blocks: Blocks) -> str:
    """All that was measured, as Markdown."""
    lines = ["# Signals beside peers", "", *_preface()]
    for name in sorted(blocks, key=_place):
        lines += ["", *_block(blocks[name])]
    return "\n".join([*lines, "", *_bounds(blocks)]) + "\n"


def is_sound(block: Mapping[str, Any]) -> bool:
    """Whether we ran at all, and every peer that ran says the same."""
    agreed = all(not found["missing"] and not found["differ"] for found in block["agreement"].values())
    return agreed and not any(tool.startswith((OURS, "intake")) for tool in block["left_out"])


def _preface() -> list[str]:
    return [
        "Whole processes, start included, in alternation: medians of wall time, processor time (user and system) and",
        "of the most memory held. A ratio is the median over the rounds of one round's pair, so that it holds when the",
        "machine is shared. How to measure: benchmarks/README.md.",
    ]


def _place(name: str) -> tuple[int, str]:
    size, job = name.split()
    return "TSML".find(size), job


def _block(block: Mapping[str, Any]) -> Iterator[str]:
    rows, machine = block["rows"], block["machine"]
    yield f"## {block['size']}: {_JOBS.get(block['job'], block['job'])}"
    yield ""
    yield f"{rows['customers']:,} customers, {rows['transactions']:,} transactions, {rows['contacts']:,} contacts."
    yield f"`{block['command']}` ({block['day']}; {', '.join(f'{key} {value}' for key, value in machine.items())})"
    yield ""
    yield from _table(block)
    yield from _agreement(block)
    for tool, reason in block["left_out"].items():
        yield f"- {tool} is left out: {reason}"


def _table(block: Mapping[str, Any]) -> Iterator[str]:
    against = OURS if OURS in block["runs"] else next(iter(block["runs"]), OURS)
    rate = block["job"] == "intake"
    added = "rows a second" if rate else f"{against} ÷ it, wall | {against} ÷ it, processor"
    yield f"| | rounds | wall, s | processor, s | peak, MB | {added} |"
    yield "|---" * (6 if rate else 7) + "|"
    for tool, runs in block["runs"].items():
        wall, cpu, peak = (median(block, tool, of) or 0 for of in ("wall", "cpu", "peak"))
        shown = f"| {tool} | {len(runs)} | {wall:.2f} | {cpu:.2f} | {peak / 1e6:,.0f} |"
        if rate:
            yield f"{shown} {sum(block['rows'].values()) / wall:,.0f} |"
        else:
            pair = (ratio(block, against, of, tool) or 0 for of in ("wall", "cpu"))
            yield f"{shown} {' | '.join(f'{one:.2f}' for one in pair)} |"
    yield ""


def _agreement(block: Mapping[str, Any]) -> Iterator[str]:
    peer = best_peer(block)
    if peer:
        yield f"- The best peer is {peer}."
    for name, found in block["agreement"].items():
        if not found["missing"] and not found["differ"]:
            yield f"- {name} agrees: {found['rows']:,} rows, {found['signals']} signals."
        for missing in found["missing"]:
            yield f"- **{name} does not agree**: {missing}."
        for signal, apart in found["differ"].items():
            shown = "; ".join(f"{key}: ours {ours}, its {its}" for key, ours, its in apart["examples"])
            yield f"- **{name} does not agree** on {signal}: {apart['rows']:,} rows differ, e.g. {shown}."


def _bounds(blocks: Blocks) -> Iterator[str]:
    yield "## Bounds"
    yield ""
    yield "| | reached | bound | |"
    yield "|---|---|---|---|"
    for bound in read_bounds():
        figure = reached(bound, blocks)
        side = f"at most {bound['most']}" if "most" in bound else f"at least {bound['least']:,}"
        if figure is None:
            yield f"| {bound['what']} | not measured | {side} | |"
        else:
            shown = f"{figure:,.0f}" if figure >= 1000 else f"{figure:.2f}"
            yield f"| {bound['what']} | {shown} | {side} | {'holds' if holds(bound, figure) else '**missed**'} |"
