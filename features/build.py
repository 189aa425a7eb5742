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
from features.settings import Settings
from features.signal import Signal
from features.warehouse import Warehouse
from features.windows import Moment, levels

ARROW: dict[Type, Any] = {"number": pa.float64(), "text": pa.string(), "flag": pa.bool_(), "day": pa.date32()}
FAR = 200  # days; beyond this a query over all columns would read much more than most signals need
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
    steps = [_levels(groups, moment), *((_place(name), _sql(group, moment)) for name, group in groups.items())]
    for done, (name, sql) in enumerate(steps):
        tell.step("signals", done, len(steps) + 1)
        history.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
    tell.step("signals", len(steps), len(steps) + 1)
    found = history.execute(_joined(needed, groups, chosen, moment)).to_arrow_table()
    tell.step("signals", len(steps) + 1, len(steps) + 1)
    return found.cast(_schema([catalogue.signals[name] for name in chosen])).combine_chunks()


def _place(group: str) -> str:
    return f'"signals of {group}"'


def _sql(signals: Sequence[Signal], moment: Moment) -> str:
    table = str(signals[0].table)
    return carried_group(signals, moment) if table == "balances" else group(signals, table, moment)


def _groups(needed: Sequence[Signal], tables: frozenset[str]) -> dict[str, list[Signal]]:
    """Signals that are computed in one query: those of a table, the few that look far back apart from the others."""
    # Where the bank gives no balances, they are derived from transactions.
    there = tables | ({"balances"} if "transactions" in tables else set())
    groups: dict[str, list[Signal]] = {}
    for signal in needed:
        if signal.table in there:
            far = not signal.carry and (signal.days or 0) > FAR
            groups.setdefault(f"{signal.table}, far back" if far else signal.table, []).append(signal)
    return dict(sorted(groups.items()))


def _levels(groups: dict[str, list[Signal]], moment: Moment) -> tuple[str, str]:
    """The table of end-of-day balances that carried signals and the register of accounts read."""
    signals = [signal for group in groups.values() for signal in group]
    read = any(
        signal.table == "balances" or (signal.table == "accounts" and _reads(signal, "balance")) for signal in signals
    )
    sql = levels(moment, _since(signals, moment))
    return "levels", sql if read else f"SELECT * FROM ({sql}) LIMIT 0"


def _reads(signal: Signal, name: str) -> bool:
    return any(part is not None and name in part.names for part in (signal.measure, signal.where, signal.by))


def _since(signals: Sequence[Signal], moment: Moment) -> date:
    """The first day that any carried signal looks at."""
    lows = [moment.window(signal).low for signal in signals if signal.carry]
    return min(lows, default=moment.as_of - timedelta(days=1))


def _joined(needed: Sequence[Signal], groups: dict[str, list[Signal]], chosen: Sequence[str], moment: Moment) -> str:
    """The known customers with the groups beside them, then the expressions, each after those it reads."""
    built = {signal.name: name for name, signals in groups.items() for signal in signals}
    columns = []
    for signal in needed:
        if signal.name in built:
            columns.append(f"{_beside(signal, built[signal.name])} AS {_quoted(signal.name)}")
        elif signal.expression is None:
            columns.append(f"CAST(NULL AS {_SQL[signal.type]}) AS {_quoted(signal.name)}")
    joins = "".join(f' LEFT JOIN {_place(name)} AS "{name}" USING (customer_id)' for name in groups)
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


def _beside(signal: Signal, group: str) -> str:
    value = f'"{group}".{_quoted(signal.name)}'
    if signal.empty is None:
        return value
    return f'CASE WHEN "{group}".customer_id IS NULL THEN {signal.empty} ELSE {value} END'


def _quoted(name: str) -> str:
    return f'"{name}"'


def _schema(signals: Sequence[Signal]) -> pa.Schema:
    columns = [(signal.name, ARROW[signal.type]) for signal in signals]
    return pa.schema([("customer_id", pa.string()), ("as_of", pa.date32()), *columns])
