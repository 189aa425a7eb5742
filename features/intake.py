"""Read a source, check it, set bad rows aside, append to the warehouse. Nothing is replaced before all is checked."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from features.contract import TABLES
from features.delivery.connection import open_intake
from features.delivery.delivery import Delivery, TableCount
from features.delivery.doubts import Doubt
from features.delivery.journal import open_journal
from features.delivery.manifest import read_manifest
from features.delivery.source import Source, read_source
from features.delivery.source_database import SourceDatabase
from features.delivery.taking import take_table
from features.errors import Refusal
from features.identities import write_identities
from features.progress import Progress, Silent
from features.settings import Settings
from features.stored_files import check_stored
from features.warehouse import Warehouse, commit, sweep

FIRST = 5  # complaints that are said aloud; the rest is in the quarantine
FORM = "2"  # of what an intake keeps on its way: one of another form is not gone on with


@dataclass(frozen=True)
class IntakeReport:
    """What became of a delivery; `set_aside` is the folder of the quarantine, `first` the first complaints in words.

    `again` is the sequence of a delivery that had been taken in before with the same content: nothing was changed.
    `doubts`: what looks wrong although every row keeps the contract; it was taken in.
    """

    source: str
    currency: str
    tables: dict[str, TableCount]
    set_aside: Path
    first: list[str]
    again: int | None = None
    doubts: tuple[Doubt, ...] = ()


def intake(
    source: Path,
    data: Path,
    settings: Settings,
    engine: sa.Engine,
    *,
    delivered_at: datetime,
    progress: Progress | None = None,
) -> IntakeReport:
    """Take the delivery in folder `data` into the warehouse of `settings.home`, read by the SELECTs in folder `source`.

    `delivered_at` (aware) is when the bank handed it over: rows of a later time are set aside, and it is the
    known_at of rows whose source gives none. Bad rows go to quarantine/<table>.csv. A manifest.json in `data` must
    agree with all that is read. The same delivery twice changes nothing. Raises Refusal, with the warehouse as it was,
    for a missing file, column or table, a damaged file, a share of bad rows over the limit (the quarantine then shows
    them all), or a home that holds another bank.
    """
    warehouse, found = Warehouse(settings.home), read_source(source)
    _check_home(warehouse, source.name, found.currency)
    manifest = read_manifest(data, warehouse.manifest.get("delivery"))
    check_stored(warehouse, found.selects)
    told = progress or Silent()
    journal = open_journal(settings.home / "intake", _identity(found, data, warehouse, settings), delivered_at)
    database = SourceDatabase(found.database, str(source / "about.yaml"))
    try:
        with open_intake(settings) as connection, closing(database):
            delivered = f"TIMESTAMP '{journal.delivered_at.astimezone(UTC).replace(tzinfo=None)}'"
            delivery = Delivery(
                connection, warehouse, found, data, delivered, settings.time_zone, database, journal, told, manifest
            )
            sweep(warehouse, journal.files())
            for name in found.selects:
                take_table(delivery, TABLES[name])
            counts = delivery.settle()
            set_aside = delivery.set_aside(settings.home / "quarantine")
            delivery.check_limit(counts, settings.bad_rows_limit)
            _store(delivery, counts, settings, engine)
    except Refusal:
        journal.close()  # what is mended comes as a new delivery
        raise
    journal.close()
    every = (str(one) for complaints in delivery.complaints.values() for one in complaints)
    first = list(islice(dict.fromkeys(every), FIRST))
    again = manifest.form.sequence if manifest and manifest.again else None
    return IntakeReport(
        source.name, found.currency, counts, set_aside, first, again, tuple(dict.fromkeys(delivery.doubts))
    )


def _identity(source: Source, data: Path, warehouse: Warehouse, settings: Settings) -> str:
    """What an interrupted intake must have in common with this one to go on from there."""
    kept = json.dumps(warehouse.manifest, sort_keys=True)
    parts = [source.identity(data), kept, settings.time_zone, repr(TABLES), FORM]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _check_home(warehouse: Warehouse, source: str, currency: str) -> None:
    about = warehouse.about
    if about and (about.get("source"), about.get("currency")) != (source, currency):
        reason = f"this home holds the bank of source '{about.get('source')}'"
        raise Refusal(reason, place=str(warehouse.home), remedy="set FORECARE_HOME to another folder")


def _store(delivery: Delivery, counts: dict[str, TableCount], settings: Settings, engine: sa.Engine) -> None:
    """Put the new files in force, write the identities that changed.

    Of a delivery that was taken in before only the identities are written: a kill may have come between.
    """
    warehouse = delivery.warehouse
    if not (delivery.manifest and delivery.manifest.again):
        manifest = {**warehouse.manifest, "source": delivery.source.folder.name, "currency": delivery.source.currency}
        stored = {name: files for name, files in delivery.files.items() if name != "identities"}
        told = {name: {"accepted": one.accepted, "quarantined": one.quarantined} for name, one in counts.items()}
        if delivery.manifest:
            manifest["delivery"] = delivery.manifest.remembered
        commit(warehouse, {**manifest, "tables": {**manifest.get("tables", {}), **stored}, "intake": told})
    if "identities" in counts:
        write_identities(delivery.connection, engine, settings)
