"""Events by day: `python -m benchmarks.events [--customers N]`: rows a second in batches, and one at a time at 100/s.

A made bank after its night on SQLite. Batches of 1,000 card payments by customers drawn at random go through
care.event.take_events, commit included; single rows come at 100 a second through the queue that the API uses, and each
waits for its own commit.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from api.event_queue import EventQueue
from benchmarks.chain import DELIVERED, SOURCE
from care.books import live_books
from care.event import Given, take_events
from care.event_desk import EventDesk, open_desk
from care.night import run_night
from features.database import connect, migrate
from features.intake import intake
from features.moments import midnight
from features.settings import read_settings
from features.sources.simulated.simulate import simulate
from features.warehouse import Warehouse

BATCH, BATCHES, SINGLES, RATE = 1_000, 10, 2_000, 100


def rows(desk: EventDesk, count: int, first: int, day: datetime) -> list[Given]:
    """Card payments of customers drawn at random, some declined; each row new."""
    chance = random.Random(first)  # noqa: S311 - made-up rows, not secrets
    accounts = [one for one in desk.kept.slices["accounts"].rows.to_pylist() if one["product"] == "current"]
    found = []
    for n in range(count):
        account = chance.choice(accounts)
        happened = day + timedelta(seconds=chance.randrange(3_600))
        declined = chance.random() < 0.01
        row = {
            "transaction_id": f"E{first + n:08d}",
            "account_id": account["account_id"],
            "customer_id": account["customer_id"],
            "ts": happened.isoformat(),
            "amount": f"-{chance.randrange(5, 900)}.00",
            "kind": "card",
            "channel": "pos",
            "counterparty_id": f"M{chance.randrange(900)}",
            "status": "declined" if declined else "booked",
            "decline_reason": "limit_exceeded" if declined else None,
        }
        found.append(Given("transactions", row))
    return found


def main() -> None:
    """Make a bank, run its night, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=20_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(home=Path(folder) / "home", database_url="")
        simulate(Path(folder) / "made", customers=asked.customers)
        engine = connect(settings.database)
        migrate(engine)
        intake(SOURCE, Path(folder) / "made", settings, engine, delivered_at=DELIVERED)
        last = Warehouse(settings.home).last_day(settings.zone)
        assert last is not None  # noqa: S101 - a made bank has transactions
        night = last + timedelta(days=1)
        run_night(settings, engine, night, started_at=datetime.now(UTC))
        day = midnight(night, settings.zone).replace(tzinfo=UTC)
        print(f"{asked.customers:,} customers, SQLite, {len(live_books().book.rules)} rules\n")
        began = time.perf_counter()
        desk = open_desk(settings, engine, live_books())
        print(f"history laid out by customer: {time.perf_counter() - began:.1f} s, once a night\n")
        print("| what | measured | reach |\n|---|---|---|")
        print(_batches(desk, engine, day), flush=True)
        print(_singles(desk, settings, engine, day), flush=True)
        engine.dispose()


def _batches(desk: EventDesk, engine: Any, day: datetime) -> str:
    at, took = day + timedelta(hours=2), []
    for n in range(BATCHES + 1):
        given = rows(desk, BATCH, n * BATCH, day)
        began = time.perf_counter()
        take_events(desk, engine, given, received_at=at)
        took.append(time.perf_counter() - began)
    rate = BATCH / statistics.median(took[1:])
    return f"| rows a second, batches of {BATCH:,}, median of {BATCHES} | {rate:,.0f} | >= 2,000 |"


def _singles(desk: EventDesk, settings: Any, engine: Any, day: datetime) -> str:
    queue = EventQueue(settings, engine, live_books())
    given, took = rows(desk, SINGLES + RATE, 1_000_000, day), []

    def one(row: Given) -> None:
        began = time.perf_counter()
        queue.take([row], day + timedelta(hours=3))
        took.append(time.perf_counter() - began)

    started, threads = time.perf_counter(), []
    for n, row in enumerate(given):
        time.sleep(max(0.0, started + n / RATE - time.perf_counter()))
        threads.append(threading.Thread(target=one, args=(row,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    queue.close()
    warm = sorted(took[RATE:])
    p50, p99 = (1_000 * warm[int(len(warm) * part)] for part in (0.5, 0.99))
    return f"| one row at {RATE}/s, p50 and p99 of {len(warm):,} | {p50:.0f} ms, {p99:.0f} ms | p99 <= 50 ms |"


if __name__ == "__main__":
    main()
