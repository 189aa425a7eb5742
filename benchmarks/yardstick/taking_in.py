"""The job `intake`: a bank taken into a new home, as Parquet and as CSV, beside bare copies of the same files."""

from __future__ import annotations

import sys

from benchmarks.yardstick.bank import SOURCE, Bank, at_home, forecare, project_path
from benchmarks.yardstick.plan import Tool
from benchmarks.yardstick.processes import measure

KINDS = ("Parquet", "CSV")


def intake_tools(bank: Bank) -> list[Tool]:
    """Intake and its floor for each kind of file; the CSV files are written where they are missing."""
    csv, source = bank.work / "csv" / bank.size, bank.work / "csv" / "source"
    command = [sys.executable, "-m", "benchmarks.yardstick.as_csv", str(bank.data), str(csv), str(source)]
    if not (csv / "customers.csv").is_file() or not source.is_dir():
        measure(command, bank.work, bank.work / "logs" / f"csv-{bank.size}.log", project_path())
    found = []
    for kind, folder, selects in (("Parquet", bank.data, SOURCE), ("CSV", csv, source)):
        out = bank.work / "out" / f"intake-{kind}-{bank.size}"
        words = forecare("intake", "--source", str(selects), "--data", str(folder))
        found.append(Tool(f"intake, {kind}", words, at_home(out), out))
        out = bank.work / "out" / f"copy-{kind}-{bank.size}"
        bare = [sys.executable, "-m", "benchmarks.yardstick.copy", str(folder), str(out)]
        found.append(Tool(f"copy, {kind}", bare, project_path(), out))
    return found
