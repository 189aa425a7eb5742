"""The floor of an intake: `python -m benchmarks.yardstick.copy DATA OUT` copies a bank to Parquet, unchecked."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

THREADS = 2


def copy(data: Path, out: Path) -> None:
    """Every CSV file, or where there is none every Parquet file that the source reads."""
    out.mkdir(parents=True, exist_ok=True)
    kind = "csv" if (data / "customers.csv").is_file() else "parquet"
    paths = [data / f"customers.{kind}", data / f"contacts.{kind}", *sorted((data / "tx").glob(f"*.{kind}"))]
    with duckdb.connect(config={"threads": THREADS}) as connection:
        for path in paths:
            connection.execute(f"COPY (FROM '{path}') TO '{out / path.stem}.parquet' (COMPRESSION zstd)")


if __name__ == "__main__":
    copy(Path(sys.argv[1]), Path(sys.argv[2]))
