"""How many rows a bank's files hold: `python -m benchmarks.yardstick.rows DATA OUT`, in a process of its own."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow.parquet as pq


def count_rows(data: Path) -> dict[str, int]:
    """Rows by table of the contract."""
    files = {
        "customers": [data / "customers.parquet"],
        "transactions": sorted((data / "tx").glob("*.parquet")),
        "contacts": [data / "contacts.parquet"],
    }
    return {name: sum(pq.read_metadata(path).num_rows for path in paths) for name, paths in files.items()}


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(count_rows(Path(sys.argv[1]))), encoding="utf-8")
