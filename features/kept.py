"""The history laid out by customer, for who asks about a few at a time: mapped files, a slice a customer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.build import Build
from features.catalogue import Catalogue
from features.contract import TABLES
from features.engine import History, open_versions
from features.engines import Here
from features.moments import midnight
from features.rows import ROWS
from features.settings import Settings
from features.warehouse import Warehouse
from features.windows import Timeline

SPARE = 40  # days beyond the longest look-back: a statement may be a month older than its window
BATCH = 100_000


@dataclass(frozen=True)
class _Slices:
    """A table sorted by customer, and where each customer's rows begin and end."""

    rows: pa.Table
    place: Mapping[str, int]
    edges: npt.NDArray[np.int64]

    def of(self, customer_ids: Sequence[str]) -> pa.Table:
        found = [self.place[one] for one in customer_ids if one in self.place]
        parts = [np.arange(self.edges[at], self.edges[at + 1]) for at in found]
        return self.rows.take(pa.array(np.concatenate(parts))) if parts else self.rows.slice(0, 0)


@dataclass(frozen=True)
class KeptRows:
    """All that signals may ask of a customer since some day, and the engine that answers for a few customers."""

    catalogue: Catalogue
    settings: Settings
    tables: frozenset[str]
    slices: Mapping[str, _Slices]
    whole: Mapping[str, pa.Table]
    connection: duckdb.DuckDBPyConnection

    def signals(
        self, customer_ids: Sequence[str], names: Sequence[str], more: Mapping[str, pa.Table], as_of: date
    ) -> pa.Table:
        """customer_id, as_of and the signals `names` of these customers, by the night's own passes over their rows.

        more: rows that the history does not hold, by table, as the warehouse stores them; one whose key it holds does
        not count. Customers whom the bank did not know are left out.
        """
        relations = {name: f"no_{name}" for name in (*self.slices, *self.whole)}
        for table in self._asked(names):
            rows = self.slices[table].of(customer_ids) if table in self.slices else self.whole[table]
            self.connection.register(f"few_{table}", _with(rows, more.get(table), TABLES[table].key[0]))
            relations[table] = f"few_{table}"
        history = History(self.connection, relations, self.tables | set(more))
        found: list[pa.Table] = []
        build = Build(history, self.catalogue, Timeline.of([as_of], self.settings.zone), names)
        build.into(lambda _, table: found.append(table), engine=Here(1))
        return pa.concat_tables([build.schema.empty_table(), *found]).combine_chunks()

    def _asked(self, names: Sequence[str]) -> set[str]:
        """The tables whose rows the signals read: an engine takes a while to look at each."""
        asked = {str(one.table) for one in self.catalogue.needed(names) if one.table}
        asked |= {table for name in asked for table in ROWS[name].made_of}
        if "accounts" in asked:  # what stands on an account is told by its transactions, or by balances
            asked |= {"transactions", "balances"}
        return (asked | {"customers", "accounts"}) & {*self.slices, *self.whole}

    def close(self) -> None:
        """Let go of the engine."""
        self.connection.close()


def open_kept(
    warehouse: Warehouse, settings: Settings, catalogue: Catalogue, names: Sequence[str], as_of: date
) -> KeptRows:
    """The rows that `names` look back on as of `as_of`, written under kept/ in the home, once for a history."""
    folder = settings.home / "kept" / f"{warehouse.version[:16]}-{as_of.isoformat()}"
    since = as_of - timedelta(days=_look_back(catalogue, names) + SPARE)
    if not folder.is_dir():
        _write(warehouse, settings, since, as_of, folder)
    slices, whole = {}, {}
    for name in sorted(TABLES):
        if name == "identities":
            continue
        rows = pa.ipc.open_file(pa.memory_map(str(folder / f"{name}.arrow"))).read_all()
        if "customer_id" in rows.column_names:
            slices[name] = _sliced(rows)
        else:
            whole[name] = rows
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET TimeZone = 'UTC'")
    for name, rows in [*((one, it.rows) for one, it in slices.items()), *whole.items()]:
        connection.register("nothing", rows.slice(0, 0))
        connection.execute(f"CREATE TABLE no_{name} AS SELECT * FROM nothing")
    return KeptRows(catalogue, settings, warehouse.tables, slices, whole, connection)


def _look_back(catalogue: Catalogue, names: Sequence[str]) -> int:
    return max([(one.days or 0) + one.until for one in catalogue.needed(names)], default=0)


def _write(warehouse: Warehouse, settings: Settings, since: date, as_of: date, folder: Path) -> None:
    """Under another name first, so that a kill leaves nothing that counts; what was kept before goes."""
    waiting = folder.with_name(f".{folder.name}.{os.getpid()}")
    waiting.mkdir(parents=True)
    try:
        with open_versions(warehouse, settings) as history:
            for name, relation in history.relations.items():
                rows = history.connection.execute(_rows(name, relation, since, as_of, settings)).to_arrow_reader(BATCH)
                with pa.OSFile(str(waiting / f"{name}.arrow"), "wb") as file, pa.ipc.new_file(file, rows.schema) as out:
                    for batch in rows:
                        out.write_batch(batch)
        for old in folder.parent.glob("[!.]*"):
            shutil.rmtree(old)
        waiting.replace(folder)
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


def _rows(name: str, relation: str, since: date, as_of: date, settings: Settings) -> str:
    """A table's rows by customer; of events those since a day, and what tells an account's level before it."""
    table = TABLES[name]
    mine = ["customer_id"] if any(column.name == "customer_id" for column in table.columns) else []
    order = ", ".join([*mine, "event_at", *table.key, "known_at"])
    if table.event is None:
        return f"SELECT * FROM {relation} ORDER BY {order}"
    first, last = (f"TIMESTAMP '{midnight(day, settings.zone)}'" for day in (since, as_of))
    recent = f"event_at >= {first} AND event_at < {last}"
    level = {"transactions": "status = 'booked' AND balance_after IS NOT NULL", "balances": "true"}.get(name, "false")
    older = f"""SELECT * FROM {relation} WHERE event_at < {first} AND superseded_at IS NULL AND {level}
        QUALIFY row_number() OVER (PARTITION BY account_id ORDER BY event_at DESC, {table.key[-1]} DESC) = 1"""
    kept = f"SELECT * FROM {relation} WHERE {recent}"
    return f"SELECT * FROM ({kept}{f' UNION ALL ({older})' if level != 'false' else ''}) ORDER BY {order}"


def _sliced(rows: pa.Table) -> _Slices:
    rows = rows.combine_chunks() if rows.column("customer_id").num_chunks > 1 else rows
    if not rows.num_rows:
        return _Slices(rows, {}, np.zeros(1, np.int64))
    runs = pc.run_end_encode(rows.column("customer_id").combine_chunks(), run_end_type=pa.int64())
    edges = np.concatenate([np.zeros(1, np.int64), runs.run_ends.to_numpy()])
    return _Slices(rows, {one: at for at, one in enumerate(runs.values.to_pylist())}, edges)


def _with(rows: pa.Table, more: pa.Table | None, key: str) -> pa.Table:
    if more is None or not more.num_rows:
        return rows
    known = pc.is_in(more.column(key), value_set=rows.column(key).combine_chunks())
    fresh = more.filter(pc.invert(known)).select(rows.column_names).cast(rows.schema)
    return pa.concat_tables([rows, fresh]).sort_by([("customer_id", "ascending"), ("event_at", "ascending")])
