"""Make the bank: chunk of customers by chunk of customers, as Parquet files that the bank hands over."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.contract import TABLES
from features.errors import Refusal
from features.progress import Progress, Silent
from features.sources.simulated.making import make, of_people, of_the_bank, open_making
from features.sources.simulated.parts import Parts
from features.sources.simulated.world import MARK, fingerprint, read_world

MOST_CUSTOMERS = 9_999_999  # ids have seven digits
MONTHS_A_CHUNK = 90_000  # months of customers made at a time: about 1.5 GB; more is no faster


def simulate(
    out: Path,
    *,
    customers: int,
    months: int | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
    threads: int = 2,
    chunk: int | None = None,
) -> None:
    """Write a made bank of `customers` over `months` whole months (default: world/) to the folder `out`.

    Tables as Parquet with page checksums: customers, identities, accounts, consents, managers, calendar, contacts,
    app_events, and transactions/<month>.parquet; instants in local time, money as DECIMAL(18, 2); world.json says what
    it is. The same numbers, seed and size give the same bytes, whatever `threads` and `chunk` (customers made at a
    time; memory grows with it). Everything is made beside `out` and takes its place at the end. Raises Refusal for
    sizes that make no sense, and where `out` holds something else.
    """
    world, out = asked_for(customers, months, seed), out.absolute()
    _refuse_foreign(out)
    unfinished = out.with_name(f".{out.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        _make_all(unfinished, world, progress or Silent(), threads, chunk or MONTHS_A_CHUNK // world["months"])
        (unfinished / MARK).write_text(json.dumps(_mark(world), indent=2) + "\n", encoding="utf-8")
        _take_place(unfinished, out)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def asked_for(customers: int, months: int | None, seed: int | None) -> dict[str, Any]:
    """The world with the size and seed that were asked for; Refusal where they make no sense."""
    world = read_world()
    given = {"customers": customers, "months": months, "seed": seed}
    world |= {name: value for name, value in given.items() if value is not None}
    if not 1 <= customers <= MOST_CUSTOMERS:
        raise Refusal(f"cannot make {customers} customers", place="customers", remedy=f"ask for 1 to {MOST_CUSTOMERS}")
    if not 4 <= world["months"] <= 120:
        raise Refusal(f"cannot make {world['months']} months", place="months", remedy="ask for 4 to 120")
    return world


def _mark(world: dict[str, Any]) -> dict[str, Any]:
    size = {name: world[name] for name in ("customers", "months", "seed")}
    return {**size, "first_day": str(world["first_day"]), "made_from": fingerprint()}


def _make_all(folder: Path, world: dict[str, Any], watch: Progress, threads: int, chunk: int) -> None:
    """All files into `folder`; one thread writes a chunk while the engine makes the next."""
    chunks = [(first, min(first + chunk - 1, world["customers"])) for first in range(1, world["customers"] + 1, chunk)]
    watch.step("made bank", 0, len(chunks))
    with open_making(world, threads=threads) as connection, Parts(folder) as parts, ThreadPoolExecutor(1) as writer:
        for name, rows in of_the_bank(connection):
            parts.add(name, rows)
        written: Future[None] | None = None
        for number, (first, last) in enumerate(chunks):
            make(connection, first, last)
            rows_of = list(of_people(connection))
            if written is not None:
                written.result()
            written = writer.submit(_write, parts, rows_of)
            watch.step("made bank", number + 1, len(chunks))
        if written is not None:
            written.result()


def _write(parts: Parts, rows_of: list[tuple[str, pa.Table]]) -> None:
    while rows_of:
        parts.add(*rows_of.pop(0))


def _refuse_foreign(out: Path) -> None:
    spoilt = {"faults.parquet", "source", "late", *(f"{table}.csv" for table in TABLES)}  # see faults.py
    known = spoilt | {MARK, "truth", "transactions", *(f"{table}.parquet" for table in TABLES)}
    strange = sorted(path.name for path in out.iterdir() if path.name not in known) if out.is_dir() else []
    if strange:
        raise Refusal(f"holds '{strange[0]}', which no made bank has", place=str(out), remedy="give an empty folder")


def _take_place(unfinished: Path, out: Path) -> None:
    """`unfinished` becomes `out`: whole at every moment, or not there."""
    before = out.with_name(f".{out.name}.before")
    shutil.rmtree(before, ignore_errors=True)
    if out.exists():
        out.rename(before)
    unfinished.rename(out)
    shutil.rmtree(before, ignore_errors=True)
