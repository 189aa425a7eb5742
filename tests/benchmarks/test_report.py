"""The report says what was reached, beside what should be."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks.features import main
from benchmarks.yardstick.bank import PROJECT
from benchmarks.yardstick.figures import reached, read_bounds
from benchmarks.yardstick.plan import days, read_plan
from benchmarks.yardstick.processes import DeadError, measure
from benchmarks.yardstick.report import is_sound, report

BOUNDS = {bound["what"]: bound for bound in read_bounds()}


def block(size, job, agreement=None, **walls):
    """A block in which every tool ran twice, taking its wall time, and twice that of processor."""
    runs = {tool: [{"wall": wall, "cpu": 2 * wall, "peak": 10**9}] * 2 for tool, wall in walls.items()}
    rows = {"customers": 1, "transactions": 2_000_000, "contacts": 1}
    return {
        "size": size, "job": job, "rows": rows, "command": "x", "day": "2026-07-01", "machine": {}, "runs": runs,
        "left_out": {}, "agreement": agreement or {},
    }  # fmt: skip


def test_every_bound_is_about_something_that_can_be_measured():
    every = {
        f"{size} {job}": block(
            size,
            job,
            **dict.fromkeys(("forecare", "polars", "scan", "forecare, own catalogue"), 1.0),
            **dict.fromkeys(("intake, Parquet", "intake, CSV"), 1.0),
        )
        for size in "SML"
        for job in ("a", "b", "full", "intake")
    }
    assert [what for what, bound in BOUNDS.items() if reached(bound, every) is None] == []
    assert "not measured" not in report(every)
    assert all(reached(bound, {}) is None for bound in BOUNDS.values())


def test_the_best_peer_is_the_fastest_and_the_scan_is_none():
    blocks = {"M a": block("M", "a", forecare=1.0, polars=4.0, pandas=2.0, scan=0.1)}
    assert reached(BOUNDS["M, one day: against the best peer"], blocks) == 0.5
    assert reached(BOUNDS["M, one day: processor time against the scan"], blocks) == pytest.approx(10)


def test_each_further_day_is_a_share_of_the_first():
    blocks = {"M a": block("M", "a", forecare=2.0), "M b": block("M", "b", forecare=4.2)}
    assert reached(BOUNDS["M, each further day as a share of the first, wall"], blocks) == pytest.approx(0.1)


def test_a_missed_bound_and_a_disagreement_are_said():
    apart = {"rows": 1, "signals": 79, "missing": [], "differ": {"n_tx_7": {"rows": 1, "examples": [["3", 1, 2]]}}}
    found = block("S", "a", {"polars": apart}, forecare=2.0, polars=1.0)
    said = report({"S a": found})
    assert "| 2.00 | at most 1.2 | **missed** |" in said
    assert "polars does not agree** on n_tx_7: 1 rows differ, e.g. 3: ours 1, its 2." in said
    assert not is_sound(found)


def test_a_process_that_fails_is_named_with_what_it_said(tmp_path):
    with pytest.raises(DeadError, match="ended with 1: no such thing"):
        measure(["python3", "-c", "raise SystemExit('no such thing')"], tmp_path, tmp_path / "log")


def test_a_run_holds_its_own_memory_and_time(tmp_path):
    run = measure(["python3", "-c", "x = bytearray(300_000_000)"], tmp_path, tmp_path / "log")
    assert run.peak > 300e6
    assert 0 < run.cpu < 60
    assert run.wall > 0


def test_what_measures_holds_no_library_whose_memory_would_be_counted(tmp_path):
    asked = "import sys, benchmarks.features; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert not {"numpy", "pandas", "pyarrow", "duckdb", "polars", "pydantic"} & set(done.stdout.split())


def test_without_the_scripts_it_says_so_and_ends_well(tmp_path, capsys):
    folders = ["--bench", tmp_path / "none", "--work", tmp_path / "work", "--results", tmp_path / "results"]
    assert main(["--sizes", "T", "--jobs", "a", *map(str, folders)])
    told = capsys.readouterr().err
    assert "no yardstick at" in told
    assert "T: no bank, left out" in told


def test_the_days_of_the_jobs_are_the_peers():
    plan = read_plan()
    assert [str(day) for day in days(plan, "a")] == ["2026-07-01"]
    twelve = [str(day) for day in days(plan, "b")]
    assert (len(twelve), twelve[0], twelve[5], twelve[-1]) == (12, "2025-08-01", "2026-01-01", "2026-07-01")
