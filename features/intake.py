"""Read a source, check it, set bad rows aside, append to the warehouse. Nothing is replaced before all is checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import duckdb
import sqlalchemy as sa

from features.columns import Table
from features.contract import TABLES
from features.delivery.checks import checked_sql
from features.delivery.connection import open_intake
from features.delivery.delivery import Delivery, TableCount
from features.delivery.landing import Landed, land
from features.delivery.manifest import read_manifest
from features.documents import read_documents
from features.errors import Refusal, nearest
from features.identities import write_identities
from features.progress import Progress, Silent
from features.settings import Settings
from features.stored_files import check_stored
from features.warehouse import Warehouse, commit, merge, read_files, sweep

FIRST = 5  # complaints that are said aloud; the rest is in the quarantine
OWN_COLUMNS = ("_file", "_line", "known_at")


@dataclass(frozen=True)
class IntakeReport:
    """What became of a delivery; `set_aside` is the folder of the quarantine, `first` the first complaints in words.

    `again` is the sequence of a delivery that had been taken in before with the same content: nothing was changed.
    """

    source: str
    currency: str
    tables: dict[str, TableCount]
    set_aside: Path
    first: list[str]
    again: int | None = None


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
    progress = progress or Silent()
    warehouse = Warehouse(settings.home)
    selects = _selects(source)
    currency = _currency(source)
    _check_home(warehouse, source.name, currency)
    manifest = read_manifest(data, warehouse.manifest.get("delivery"))
    check_stored(warehouse, selects)
    delivered = f"TIMESTAMP '{delivered_at.astimezone(UTC).replace(tzinfo=None)}'"
    with open_intake(settings) as connection:
        delivery = Delivery(connection, warehouse, source, data, currency, delivered, manifest)
        for done, (name, path) in enumerate(selects.items()):
            progress.step("intake: read and check", done, len(selects))
            _take(delivery, TABLES[name], path)
        progress.step("intake: read and check", len(selects), len(selects))
        counts = delivery.settle()
        set_aside = delivery.set_aside(settings.home / "quarantine")
        delivery.check_limit(counts, settings.bad_rows_limit)
        _store(delivery, counts, settings, engine, progress)
    every = (str(one) for complaints in delivery.complaints.values() for one in complaints)
    first = list(islice(dict.fromkeys(every), FIRST))
    again = manifest.form.sequence if manifest and manifest.again else None
    return IntakeReport(source.name, currency, counts, set_aside, first, again)


def _selects(source: Path) -> dict[str, Path]:
    """The source's SELECT of each table, in the contract's order."""
    if not source.is_dir():
        raise Refusal("no such source", place=str(source), remedy="give the folder that holds <table>.sql files")
    found = {path.stem: path for path in sorted(source.glob("*.sql"))}
    for name in found:
        if name not in TABLES:
            raise Refusal(f"no table '{name}' in the contract", place=str(found[name]), remedy=nearest(name, TABLES))
    for table in TABLES.values():
        if table.needed and table.name not in found:
            remedy = f"write {table.name}.sql"
            raise Refusal(f"has no SELECT for the needed table '{table.name}'", place=str(source), remedy=remedy)
    return {name: found[name] for name in TABLES if name in found}


def _currency(source: Path) -> str:
    about = source / "about.yaml"
    if not about.exists():
        return "CNY"
    return str(read_documents(about)[0].data.get("currency", "CNY"))


def _check_home(warehouse: Warehouse, source: str, currency: str) -> None:
    about = warehouse.about
    if about and (about.get("source"), about.get("currency")) != (source, currency):
        reason = f"this home holds the bank of source '{about.get('source')}'"
        raise Refusal(reason, place=str(warehouse.home), remedy="set FORECARE_HOME to another folder")


def _take(delivery: Delivery, table: Table, path: Path) -> None:
    """Land and check one table into the relation `ready_<table>`; its bad rows into the complaints."""
    connection = delivery.connection
    landed = land(
        connection, path.read_text(encoding="utf-8"), delivery.data, name=f"landed_{table.name}", place=str(path)
    )
    if delivery.manifest:
        delivery.manifest.check_landed(connection, landed)
    given = _handed(connection, landed, table, path)
    refers = {name: _keys(delivery, other) for name, other in table.refers}
    more = []
    if table.name == "accounts":
        fault = f"'currency|''' || v_currency || ''' has no rate to {delivery.currency}'"
        more = [f"WHEN v_currency <> '{delivery.currency}' THEN {fault}"]
    sql = checked_sql(table, "handed", given, delivered=delivery.delivered, refers=refers, more=more)
    try:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE checked AS {sql}")
    except duckdb.Error as error:
        raise _sql_refusal(error, landed, path) from None
    # A column with choices was checked as an enumeration, which is quick; it is stored as text.
    texts = ", ".join(f"CAST({one.name} AS VARCHAR) AS {one.name}" for one in table.columns if one.choices)
    columns = f"* EXCLUDE (complaint){f' REPLACE ({texts})' if texts else ''}"
    stored = f"CREATE OR REPLACE TEMP TABLE ready_{table.name} AS SELECT {columns} FROM checked"
    connection.execute(f"{stored} WHERE complaint IS NULL")
    delivery.note(table, landed.complaints)


def _handed(connection: duckdb.DuckDBPyConnection, landed: Landed, table: Table, path: Path) -> dict[str, str]:
    """Run the SELECT into `handed`; SQL type by column. Refusal for a column that is unknown, or needed and absent."""
    try:
        connection.execute(f"CREATE OR REPLACE TEMP VIEW handed AS {landed.sql.rstrip().rstrip(';')}")
        given = {row[0]: str(row[1]) for row in connection.execute("DESCRIBE handed").fetchall()}
    except duckdb.Error as error:
        raise _sql_refusal(error, landed, path) from None
    known = [column.name for column in table.columns]
    for name in given:
        if name not in known and name not in OWN_COLUMNS:
            reason = f"column '{name}' is not in the contract's table {table.name}"
            raise Refusal(reason, place=str(path), remedy=nearest(name, [*known, *OWN_COLUMNS]))
    needed = [column.name for column in table.columns if column.needed]
    for name in [*needed, "_file", "_line"]:
        if name not in given:
            raise Refusal(f"column '{name}' is missing", place=str(path), remedy="add it to the SELECT")
    return given


def _sql_refusal(error: duckdb.Error, landed: Landed, path: Path) -> Refusal:
    said = str(error).split("\n")[0]
    found = re.search(r'column (?:named )?"([^"]+)"', said) if isinstance(error, duckdb.BinderException) else None
    if found:
        name, files = found.group(1), ", ".join(landed.columns)
        known = [column for columns in landed.columns.values() for column in columns]
        return Refusal(f"column '{name}' is missing in {files}", place=str(path), remedy=nearest(name, known))
    if isinstance(error, duckdb.ConversionException | duckdb.InvalidInputException | duckdb.OutOfRangeException):
        return Refusal(said, place=str(path), remedy="use TRY_CAST, so that the row is set aside with its line")
    return Refusal(said, place=str(path), remedy="mend the SELECT")


def _keys(delivery: Delivery, name: str) -> str:
    """A relation of every key of a table that is stored or ready."""
    key = TABLES[name].key[0]
    files = delivery.warehouse.files(name)
    stored = f" UNION SELECT {key} FROM {read_files(files)}" if files else ""
    delivery.connection.execute(f"CREATE OR REPLACE TEMP TABLE keys_{name} AS SELECT {key} FROM ready_{name}{stored}")
    return f"keys_{name}"


def _store(
    delivery: Delivery, counts: dict[str, TableCount], settings: Settings, engine: sa.Engine, progress: Progress
) -> None:
    """Merge every table, put the new manifest in force, write the identities that changed.

    Of a delivery that was taken in before only the identities are written: a kill may have come between.
    """
    if not (delivery.manifest and delivery.manifest.again):
        _merge(delivery, counts, progress)
    if "identities" in counts:
        write_identities(delivery.connection, engine, settings)


def _merge(delivery: Delivery, counts: dict[str, TableCount], progress: Progress) -> None:
    warehouse = delivery.warehouse
    manifest = {**warehouse.manifest, "source": delivery.source.name, "currency": delivery.currency}
    tables = dict(manifest.get("tables", {}))
    names = [name for name in counts if name != "identities"]
    sweep(warehouse)
    for done, name in enumerate(names):
        progress.step("intake: merge", done, len(names))
        ready = f"ready_{name}"
        tables[name] = merge(delivery.connection, warehouse, TABLES[name], ready, delivered=delivery.delivered)
    told = {name: {"accepted": one.accepted, "quarantined": one.quarantined} for name, one in counts.items()}
    if delivery.manifest:
        manifest["delivery"] = delivery.manifest.remembered
    commit(warehouse, {**manifest, "tables": tables, "intake": told})
    progress.step("intake: merge", len(names), len(names))
