"""From the history to signals: one row a customer, as of one day, in named steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from features.catalogue import Catalogue
from features.engine import open_history
from features.expression import Type, to_sql
from features.groups import carried_group, group
from features.moments import midnight
from features.progress import Progress, Silent
from features.rows import ROWS
from features.settings import Settings
from features.signal import Signal
from features.warehouse import Warehouse
from features.windows import Moment, levels

ARROW: dict[Type, Any] = {"number": pa.float64(), "text": pa.string(), "flag": pa.bool_(), "day": pa.date32()}
_SQL = {"number": "DOUBLE", "text": "VARCHAR", "flag": "BOOLEAN", "day": "DATE"}


def build_signals(
    warehouse: Warehouse,
    catalogue: Catalogue,
    as_of: date,
    settings: Settings,
    *,
    known_by: date | None = None,
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> pa.Table:
    """The signals of every customer then known, as of the beginning of `as_of` in the bank's zone.

    Only rows that happened before `as_of` and were known by the beginning of `known_by` (default: as_of) count.
    Returns customer_id, as_of, then one column a signal in the catalogue's order (only `names` if given): numbers
    float64 (money in currency units), flags bool, texts string, days date32; sorted by customer_id. NULL is 'not
    known': a signal whose table was not handed over is NULL everywhere. Raises Refusal for unknown names.
    """
    known = midnight(known_by or as_of, settings.zone)
    before = midnight(as_of, settings.zone)
    with open_history(warehouse, settings, known_by=known, before=before) as history:
        moment = Moment(as_of, settings.zone)
        return build_from(history, warehouse.tables, catalogue, moment, names=names, progress=progress)


def build_from(
    history: duckdb.DuckDBPyConnection,
    tables: frozenset[str],
    catalogue: Catalogue,
    moment: Moment,
    *,
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> pa.Table:
    """The same over an open history, of which `tables` were handed over. Makes temporary tables in it."""
    chosen = [name for name in catalogue.signals if names is None or name in names]
    needed = catalogue.needed(list(catalogue.signals) if names is None else names)
    tell = progress or Silent()
    groups = _groups(needed, tables)
    steps = [("levels", [signal for signals in groups.values() for signal in signals]), *groups.items()]
    for done, (table, signals) in enumerate(steps):
        tell.step("signals", done, len(steps) + 1)
        sql = levels(moment, _since(signals, moment)) if table == "levels" else _group(signals, table, moment)
        if table != "levels" or _reads_levels(signals):
            history.execute(f'CREATE OR REPLACE TEMP TABLE "{_place(table)}" AS {sql}')
    tell.step("signals", len(steps), len(steps) + 1)
    found = history.execute(_joined(needed, groups, chosen, moment)).to_arrow_table()
    tell.step("signals", len(steps) + 1, len(steps) + 1)
    return found.cast(_schema([catalogue.signals[name] for name in chosen])).combine_chunks()


def _place(table: str) -> str:
    return table if table == "levels" else f"signals of {table}"


def _group(signals: Sequence[Signal], table: str, moment: Moment) -> str:
    return carried_group(signals, moment) if table == "balances" else group(signals, table, moment)


def _groups(needed: Sequence[Signal], tables: frozenset[str]) -> dict[str, list[Signal]]:
    """Signals by the table that they aggregate; balances are derived from transactions where the bank gives none."""
    there = tables | ({"balances"} if "transactions" in tables else set())
    groups: dict[str, list[Signal]] = {}
    for signal in needed:
        if signal.table in there:
            groups.setdefault(str(signal.table), []).append(signal)
    return {table: groups[table] for table in ROWS if table in groups}


def _reads_levels(signals: Sequence[Signal]) -> bool:
    return any(
        signal.table == "balances"
        or (signal.table == "accounts" and any(part and "balance" in part.names for part in _parts(signal)))
        for signal in signals
    )


def _parts(signal: Signal) -> tuple[Any, ...]:
    return signal.measure, signal.where, signal.by


def _since(signals: Sequence[Signal], moment: Moment) -> date:
    """The first day that any carried signal looks at."""
    lows = [moment.window(signal).low for signal in signals if signal.carry]
    return min(lows, default=moment.as_of - timedelta(days=1))


def _joined(needed: Sequence[Signal], groups: dict[str, list[Signal]], chosen: Sequence[str], moment: Moment) -> str:
    """The known customers with the groups beside them, then the expressions, each after those it reads."""
    built = {signal.name: table for table, signals in groups.items() for signal in signals}
    columns = []
    for signal in needed:
        if signal.name in built:
            columns.append(f"{_beside(signal, built[signal.name])} AS {_quoted(signal.name)}")
        elif signal.expression is None:
            columns.append(f"CAST(NULL AS {_SQL[signal.type]}) AS {_quoted(signal.name)}")
    joins = "".join(f' LEFT JOIN "{_place(table)}" AS "{table}" USING (customer_id)' for table in groups)
    day = f"DATE '{moment.as_of}'"
    known = f"(SELECT customer_id FROM customers WHERE opened_on < {day})"
    query = f"SELECT {', '.join(['customer_id', f'{day} AS as_of', *columns])} FROM {known} AS known{joins}"
    for signal in needed:
        if signal.expression is not None:
            query = f"SELECT *, {to_sql(signal.expression)} AS {_quoted(signal.name)} FROM ({query})"
    names = ", ".join(
        f"CAST({_quoted(signal.name)} AS {_SQL[signal.type]}) AS {_quoted(signal.name)}"
        for signal in sorted((signal for signal in needed if signal.name in chosen), key=lambda s: chosen.index(s.name))
    )
    return f"SELECT customer_id, as_of{', ' if names else ''}{names} FROM ({query}) ORDER BY customer_id"


def _beside(signal: Signal, table: str) -> str:
    value = f'"{table}".{_quoted(signal.name)}'
    if signal.empty is None:
        return value
    return f'CASE WHEN "{table}".customer_id IS NULL THEN {signal.empty} ELSE {value} END'


def _quoted(name: str) -> str:
    return f'"{name}"'


def _schema(signals: Sequence[Signal]) -> pa.Schema:
    columns = [(signal.name, ARROW[signal.type]) for signal in signals]
    return pa.schema([("customer_id", pa.string()), ("as_of", pa.date32()), *columns])
