"""Make the bank: run the SQL steps in order, write what the bank hands over as Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from features.engine import quieten
from features.errors import Refusal
from features.progress import Progress, Silent
from features.sources.simulated.world import HERE, lay_out, read_world

MOST_CUSTOMERS = 9_999_999  # ids have seven digits
REGISTERS = ("customers", "identities", "accounts", "consents", "managers", "calendar", "contacts", "app_events")


def simulate(
    out: Path,
    *,
    customers: int,
    months: int | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
    threads: int = 2,
) -> None:
    """Write a made bank of `customers` over `months` whole months (default: world.yaml) to the folder `out`.

    Tables as Parquet: customers, identities, accounts, consents, managers, calendar, contacts, app_events, and
    transactions/<month>.parquet; instants in local time, money as DECIMAL(18, 2). The same numbers, seed and size give
    the same bytes, whatever `threads`. Each file is replaced at once; files of months no longer made are removed.
    Raises Refusal for sizes that make no sense.
    """
    world = read_world()
    given = {"customers": customers, "months": months, "seed": seed}
    world |= {name: value for name, value in given.items() if value is not None}
    if not 1 <= customers <= MOST_CUSTOMERS:
        raise Refusal(f"cannot make {customers} customers", place="customers", remedy=f"ask for 1 to {MOST_CUSTOMERS}")
    if not 4 <= world["months"] <= 120:
        raise Refusal(f"cannot make {world['months']} months", place="months", remedy="ask for 4 to 120")
    steps = sorted((HERE / "steps").glob("*.sql"))
    watch = progress or Silent()
    with duckdb.connect(config={"threads": threads}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        quieten(connection)
        lay_out(connection, world)
        for number, step in enumerate(steps):
            watch.step("made bank", number, len(steps) + 1)
            connection.execute(step.read_text(encoding="utf-8"))
        watch.step("made bank", len(steps), len(steps) + 1)
        _hand_over(connection, out)
    watch.step("made bank", len(steps) + 1, len(steps) + 1)


def _hand_over(connection: duckdb.DuckDBPyConnection, out: Path) -> None:
    for table in REGISTERS:
        _write(connection, f"FROM hand_{table}", out / f"{table}.parquet")
    kept = set()
    for month, query in _months(connection):
        kept.add(out / "transactions" / f"{month}.parquet")
        _write(connection, query, out / "transactions" / f"{month}.parquet")
    for stale in set((out / "transactions").glob("*.parquet")) - kept:
        stale.unlink()


def _months(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    for (month,) in connection.execute("SELECT strftime(first, '%Y-%m') FROM months ORDER BY first").fetchall():
        within = f"ts >= DATE '{month}-01' AND ts < DATE '{month}-01' + INTERVAL 1 MONTH"
        order = "ORDER BY i, ts, transaction_id, known_at"
        yield month, f"SELECT * EXCLUDE (i) FROM hand_transactions WHERE {within} {order}"


def _write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """One file, by one writer: its bytes depend on the rows alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    pq.write_table(connection.execute(query).to_arrow_table(), unfinished, compression="zstd", row_group_size=200_000)
    unfinished.replace(path)
