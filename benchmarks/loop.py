"""How often the interval that a holdout gives covers the true effect: `python -m benchmarks.loop --seeds 20`.

Each seed is a closed loop of its own: a made bank, so many days with care and without. Reported are the intervals of
these loops, and, for each, the share over many random holdouts among its treated customers, of whom both is known:
what came of them with care, and what would have without. Loops lie in --work and are gone on with when it is run again.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from api.console import plain, progress
from care.loop.outcomes import known_before
from care.loop.report import Measured, measured, outcomes_of_all, report
from care.loop.run import Asked, Loop, run_loop
from training.effect import effect, true_effect

HERE = Path(__file__).parent
DRAWS = 400
SHARE = 0.1


def main() -> None:
    """Run the seeds, and write results/loop.md and loop.json."""
    asked = _arguments()
    rows: list[dict[str, Any]] = []
    with progress() as shown:
        for number in range(asked.seeds):
            shown.step("loop: seeds", number, asked.seeds)
            rows += _seed(asked, asked.first + number)
        shown.step("loop: seeds", asked.seeds, asked.seeds)
    asked.results.mkdir(parents=True, exist_ok=True)
    (asked.results / "loop.json").write_text(json.dumps(plain(rows), indent=1) + "\n", encoding="utf-8")
    text = _page(rows, asked)
    (asked.results / "loop.md").write_text(text, encoding="utf-8")
    print(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--customers", type=int, default=1000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--months", type=int, default=8)
    parser.add_argument("--work", type=Path, default=Path("benchmarks-work/loop"))
    parser.add_argument("--results", type=Path, default=HERE / "results")
    return parser.parse_args()


def _seed(asked: argparse.Namespace, seed: int) -> list[dict[str, Any]]:
    """The effects of one seed, from its file where it was run before."""
    told = asked.work / f"seed-{seed}.json"
    if not told.exists():
        began = time.perf_counter()
        wish = Asked(customers=asked.customers, months=asked.months, seed=seed, days=asked.days, model=False)
        loop = run_loop(asked.work / f"seed-{seed}", wish)
        rows = [{"seed": seed, **row} for row in _effects(loop)]
        loop.close()
        seconds = round(time.perf_counter() - began, 1)
        told.write_text(json.dumps(plain([{**row, "seconds": seconds} for row in rows])), encoding="utf-8")
    rows_again: list[dict[str, Any]] = json.loads(told.read_text(encoding="utf-8"))
    return rows_again


def _effects(loop: Loop) -> list[dict[str, Any]]:
    rows = {(row["experiment"], row["outcome"]): row for row in report(loop)["effects"]}
    before = known_before(loop.care, loop.start)
    came = outcomes_of_all(loop, before)
    for experiment in loop.care.numbers.experiments:
        found = measured(loop, experiment.name, before, loop.end, came)
        for outcome in found.outcomes:
            rows[experiment.name, outcome] |= _over_holdouts(found, outcome, loop.asked.seed)
    return list(rows.values())


def _over_holdouts(found: Measured, outcome: str, seed: int) -> dict[str, float | None]:
    """How often the interval covers, over random holdouts among the treated; None where there are too few of them."""
    treated, dice = ~found.held_out, np.random.default_rng(seed)
    y1, y0 = (one[treated] for one in found.outcomes[outcome])
    known, odds = found.known[treated], np.full(int(treated.sum()), (1 - SHARE) / SHARE)
    covered, always, errors = [], [], []
    for _ in range(DRAWS):
        held_out = dice.random(len(y1)) < SHARE
        came = np.where(held_out, y0, y1)
        told = effect(came, held_out, odds, known)
        if told is None:
            continue
        truth = true_effect(came, y0, held_out, odds)
        covered.append(told.covers(truth))
        always.append(told.always_low <= truth <= told.always_high)
        errors.append(told.estimate - truth)
    if not covered:
        return {"redrawn": None, "redrawn_always": None, "redrawn_error": None}
    return {
        "redrawn": float(np.mean(covered)),
        "redrawn_always": float(np.mean(always)),
        "redrawn_error": float(np.mean(errors)),
    }


def _page(rows: list[dict[str, Any]], asked: argparse.Namespace) -> str:
    by: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by[row["experiment"], row["outcome"]].append(row)
    seconds = {row["seed"]: row["seconds"] for row in rows}
    size = f"--customers {asked.customers} --days {asked.days} --months {asked.months}"
    head = f"""# Estimated effect beside the true one

`python -m benchmarks.loop --seeds {asked.seeds} --first {asked.first} {size}`

{len(seconds)} loops, rules only, {np.median(list(seconds.values())):.0f} s each (median, on a shared machine).
covered: of the loops' own 95 % intervals. redrawn: over {DRAWS} random holdouts of {SHARE:.0%} among each loop's
treated, the mean share of intervals that cover. always: the same of the interval that holds at every look.

| experiment | outcome | loops | treated | held out | mean truth | mean estimate | covered | redrawn | always |
|---|---|---|---|---|---|---|---|---|---|
"""
    return head + "".join(_line(*key, found) for key, found in by.items())


def _line(experiment: str, outcome: str, rows: list[dict[str, Any]]) -> str:
    told = [row for row in rows if row["estimate"] is not None]
    drawn = [row for row in rows if row["redrawn"] is not None]
    if not told:
        return f"| {experiment} | {outcome} | 0 | | | | | | | |\n"
    mean = {name: float(np.mean([row[name] for row in told])) for name in ("treated", "held_out", "true", "estimate")}
    covered = f"{sum(row['covers'] for row in told)}/{len(told)}"
    redrawn, always = (np.mean([row[name] for row in drawn]) for name in ("redrawn", "redrawn_always"))
    numbers = f"{mean['treated']:.0f} | {mean['held_out']:.0f} | {mean['true']:+.4g} | {mean['estimate']:+.4g}"
    return f"| {experiment} | {outcome} | {len(told)} | {numbers} | {covered} | {redrawn:.1%} | {always:.1%} |\n"


if __name__ == "__main__":
    main()
