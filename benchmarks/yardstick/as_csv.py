"""The same bank as CSV, and the source that reads it: `python -m benchmarks.yardstick.as_csv DATA OUT SOURCE`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import duckdb

from benchmarks.yardstick.bank import SOURCE

NAMES = ("customers.parquet", "contacts.parquet", "tx/*.parquet")


def write_bank(data: Path, out: Path) -> None:
    """Every file that the source reads, as text with a header."""
    (out / "tx").mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        for path in sorted(path for name in NAMES for path in data.glob(name)):
            written = (out / path.relative_to(data)).with_suffix(".csv")
            connection.execute(f"COPY (FROM '{path}') TO '{written}' (FORMAT csv, HEADER)")


def write_source(folder: Path) -> None:
    """The yardstick's SELECTs with the other reader."""
    shutil.copytree(SOURCE, folder, dirs_exist_ok=True)
    for path in folder.glob("*.sql"):
        text = path.read_text(encoding="utf-8").replace("read_parquet(", "read_csv(").replace(".parquet')", ".csv')")
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_bank(Path(sys.argv[1]), Path(sys.argv[2]))
    write_source(Path(sys.argv[3]))
