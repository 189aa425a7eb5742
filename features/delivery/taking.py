"""One table of a delivery: landed, checked against the contract, merged into files that count once all is well."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from features.columns import Table
from features.contract import TABLES
from features.delivery.delivery import Delivery, Taken
from features.delivery.doubts import doubts_about, doubts_about_columns, sampled_accounts
from features.delivery.fresh import Fresh
from features.delivery.keys import Keys, known_keys
from features.delivery.landing import Landed, land
from features.delivery.months import MonthByMonth
from features.delivery.quarantine import read_complaint
from features.delivery.staging import Staging
from features.errors import Refusal, nearest

OWN_COLUMNS = ("_file", "_line", "known_at")


def take_table(delivery: Delivery, table: Table) -> None:
    """Land, check and merge one table; identities go into the relation `ready_identities` instead.

    Raises Refusal for what cannot be read at all; bad rows are noted with the delivery.
    """
    connection, path = delivery.connection, delivery.source.selects[table.name]

    def told(name: str, done: int, total: int | None) -> None:
        delivery.progress.step(f"intake: read {name}", done, total)

    staging = Staging(delivery.journal, told)
    text = delivery.source.text(table.name)
    bank = delivery.database
    landed = land(connection, text, delivery.data, staging, bank, name=f"landed_{table.name}", place=str(path))
    if delivery.manifest:
        delivery.manifest.check_landed(connection, landed)
    given = _handed(connection, landed, table, path)
    keys = {name: _keys(delivery, other) for name, other in table.refers}
    fresh = Fresh(connection, table, landed, given, delivery.delivered, keys, _more(delivery, table))
    try:
        fresh.split()
        taken = _identities(fresh) if table.name == "identities" else _stored(delivery, fresh)
    except duckdb.Error as error:
        raise _sql_refusal(error, landed, path) from None
    delivery.note(table.name, taken, fresh.names, landed.complaints)
    delivery.doubts += doubts_about_columns(text, landed.layouts)
    if table.event == "ts":
        sample, told_at = fresh.taken(sampled_accounts()), "known_at" in given
        delivery.doubts += doubts_about(
            connection, table.name, fresh.taken(), sample, zone=delivery.zone, known_at_told=told_at
        )


def _stored(delivery: Delivery, fresh: Fresh) -> Taken:
    def told(done: int, total: int) -> None:
        delivery.progress.step(f"intake: {fresh.table.name}", done, total)

    return MonthByMonth(delivery.warehouse, fresh, delivery.journal, told).take()


def _identities(fresh: Fresh) -> Taken:
    """The good rows into `ready_identities`: what they say is encrypted and never lies in the warehouse."""
    for part in fresh.parts:
        fresh.count(part)
    fresh.connection.execute(f"CREATE OR REPLACE TEMP TABLE checked AS {fresh.checked([None], suspect=None)}")
    fresh.connection.execute("CREATE OR REPLACE TEMP TABLE ready_identities AS FROM checked WHERE complaint IS NULL")
    bad = fresh.connection.execute("SELECT complaint FROM checked WHERE complaint IS NOT NULL").fetchall()
    (accepted,) = fresh.connection.execute("SELECT count(*) FROM ready_identities").fetchall()[0]
    return Taken({}, accepted, [read_complaint(said) for (said,) in bad])


def _more(delivery: Delivery, table: Table) -> list[str]:
    if table.name != "accounts":
        return []
    fault = f"'currency|''' || v_currency || ''' has no rate to {delivery.source.currency}'"
    return [f"WHEN v_currency <> '{delivery.source.currency}' THEN {fault}"]


def _keys(delivery: Delivery, name: str) -> Keys:
    """Every key of a table that is stored or was delivered."""
    folder = delivery.warehouse.folder / name
    files = {month: folder / month / file for month, file in delivery.files.get(name, {}).items()}
    return known_keys(delivery.connection, TABLES[name].name, files or delivery.warehouse.files(name))


def _handed(connection: duckdb.DuckDBPyConnection, landed: Landed, table: Table, path: Path) -> dict[str, str]:
    """Make the SELECT the view `handed`; SQL type by column. Refusal for a column unknown, or needed and absent."""
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
