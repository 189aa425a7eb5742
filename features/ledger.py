"""Balances as they were held: what bookings, the bank's own figures and closings say of each account's level."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import duckdb
import numpy as np
import pyarrow as pa

from features.answers import Doubles, Lanes, Units
from features.arranging import arrange, whole
from features.arrow import filled, to_arrow, to_numpy
from features.kernels.levels import BOOKED, CLOSED, STATED, carry, levels_at, mark_levels
from features.kernels.placing import NEVER
from features.kernels.values import number_values
from features.measures import Ask, Projection
from features.relations import Source, account_periods, joined_clocks, numbered, overlap
from features.signal import Signal
from features.windows import EPOCH_DAY, Ints, Timeline, day_number

FEW = 0.1  # share of accounts without a level: all months that are left are then read at once
_OWN = {"account_key": "BIGINT", "what": "INTEGER", "level": "BIGINT", "told": "INTEGER", "credit": "BIGINT",
        "closing": "INTEGER"}  # fmt: skip


@dataclass(frozen=True)
class Ledger:
    """Level rows of a chunk of customers, in order; `account` numbers the accounts of a unit."""

    units: Units
    lanes: Lanes
    account: Ints
    timeline: Timeline
    customers: int
    asks: dict[str, tuple[Signal, Ask]]

    def lane(self, name: str) -> Ints:
        """A column of the rows."""
        lane: Ints = self.lanes.lane(name)
        return lane


@dataclass(frozen=True)
class Earlier:
    """The months before the first day that matters, the newest first, and the source of some that follow each other."""

    months: Sequence[str]
    source: Callable[[Sequence[str]], Source]


def read_ledger(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    tables: frozenset[str],
    carried: Sequence[Signal],
    customers: pa.Array,
    earlier: Earlier,
) -> Ledger:
    """The level rows of `customers`; `carried`: the signals that will be asked over them.

    `source` holds the rows since the first day that matters, `earlier` those before: of them each account is read only
    back to the month that tells its level.
    """
    projection = Projection("balances")
    asks = {signal.name: (signal, projection.ask(signal)) for signal in carried}
    own = {name: projection.column(f'"{name}"', "n") for name in _OWN}
    many = not source.one
    clocks = ("known_at", "superseded_at") if many else ()

    def read(relation: str) -> pa.Table:
        sql = projection.select(relation, clocks=clocks, event=True, numbered=many)
        return connection.execute(sql).to_arrow_table()

    connection.register("ledger_periods", connection.execute(account_periods(source)).to_arrow_table())
    parts = [read(part) for part in (*_told(source, tables), _closings(source))]
    if earlier.months:
        parts = [*_before(connection, source, tables, earlier, own, read), *parts]
    rows = pa.concat_tables(parts, promote_options="permissive")
    rows = _date_closings(rows, own["closing"], source.timeline)
    units, lanes = arrange(rows, customers, source.timeline, day=True)
    columns = {**lanes.columns, **{name: lanes.columns[held] for name, held in own.items()}}
    every = np.ones(len(lanes.arrived), np.int32)
    account = number_values(units.start, units.end, every, 0, columns["account_key"])
    # The other rows are read for their credits, and for the levels of accounts by the moment.
    levels = mark_levels(units.start, units.end, account, columns["day"], columns["what"], columns["told"])
    for name in columns:
        if name.startswith("b"):
            columns[name] *= levels
    lanes = Lanes(columns, lanes.texts, lanes.arrived)
    return Ledger(units, lanes, account, source.timeline, len(customers), asks)


def _date_closings(rows: pa.Table, closing: str, timeline: Timeline) -> pa.Table:
    """An account closes at the beginning of its closing day: known here, because SQL holds days only."""
    days = to_numpy(rows.column(closing).combine_chunks())
    at = rows.column("at_").combine_chunks().cast(pa.timestamp("us")).cast(pa.int64())
    instants = filled(at, 0).copy()
    closed = days > 0
    once, where = np.unique(days[closed], return_inverse=True)
    begins = np.array([timeline.begins(EPOCH_DAY + timedelta(days=int(day))) for day in once], np.int64)
    if len(once):
        instants[closed] = begins[where]
    return rows.set_column(rows.column_names.index("at_"), "at_", to_arrow(instants))


def _before(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    tables: frozenset[str],
    earlier: Earlier,
    own: dict[str, str],
    read: Callable[[str], pa.Table],
) -> list[pa.Table]:
    """The level rows of earlier months, oldest first, of the accounts that no later one of them settled."""
    accounts = f"""SELECT hash(a.account_id) AS account_key, min(a.opened_on) AS opened_on
        FROM {source.relations["accounts"]} AS a WHERE a.{source.who} GROUP BY a.account_id"""
    found = connection.execute(accounts).to_arrow_table()
    keys, opened = (to_numpy(found.column(name).combine_chunks()) for name in ("account_key", "opened_on"))
    parts: list[pa.Table] = []
    months, few = list(earlier.months), len(keys) * FEW
    while months:
        some = earlier.source(months if len(keys) <= few else months[:1])
        months = [] if len(keys) <= few else months[1:]
        there = opened <= day_number(some.until or some.timeline.days[-1])  # nothing is held before an account opens
        keys, opened = keys[there], opened[there]
        if not len(keys):
            break
        connection.register("unsettled_accounts", pa.table({"account_key": to_arrow(keys)}))
        mine = [read(part) for part in _told(some, tables, "hash(t.account_id) IN (FROM unsettled_accounts)")]
        settled = np.concatenate([_settled(rows, own, some.timeline) for rows in mine])
        left = ~np.isin(keys, settled)
        keys, opened = keys[left], opened[left]
        parts = [*mine, *parts]
    return parts


def _settled(rows: pa.Table, own: dict[str, str], timeline: Timeline) -> Ints:
    """The keys of accounts whose level is told by a row that every day sees."""
    columns = {name: whole(rows.column(name)) for name in rows.column_names if name not in ("customer_id", "at_")
               and not pa.types.is_string(rows.field(name).type)}  # fmt: skip
    seen = columns[own["told"]] == 1
    if "known_at" in columns:
        seen &= (columns["known_at"] <= timeline.moments[0, 1]) & (columns["superseded_at"] == NEVER)
    keys: Ints = columns[own["account_key"]][seen].view(np.uint64)
    return keys


def _told(source: Source, tables: frozenset[str], among: str = "true") -> list[str]:
    """One relation of level rows for each table in which the bank tells a level; `among`: which rows of it."""
    parts = [_booked(source, among)] if "transactions" in tables else []
    return [*parts, _stated(source, among)] if "balances" in tables else parts


def _row(what: int, level: str, told: str, credit: str, day: str) -> str:
    """The columns of a level row; `level` may be NULL, then nothing is told but a credit."""
    own = f"""hash(t.account_id) AS account_key, {what} AS what, coalesce({level}, 0) AS level, {told} AS told,
        {credit} AS credit"""
    return f"""t.customer_id, t.account_id, a.product, {own}, {level} / 100 AS balance, {level} AS "balance minor",
        {day} AS day"""


def _joined(source: Source, at: str, columns: str, wanted: str, table: str, more: str) -> str:
    rows = numbered(table, wanted, source)
    return f"""SELECT {at} AS at_{joined_clocks(source)}, {columns}, 0 AS closing FROM {rows} AS t
        JOIN ledger_periods AS a ON t.account_id = a.account_id{overlap(source)} AND {more}"""


def _booked(source: Source, among: str) -> str:
    wanted = f"t.{source.who} AND {source.happened('t')} AND {source.known('transactions', 't')}"
    wanted += f" AND t.status = 'booked' AND {among}"
    day = source.day("t.event_at")
    told = "CASE WHEN t.balance_after IS NULL THEN 0 ELSE 1 END"
    credit = "CASE WHEN t.amount > 0 THEN t.amount ELSE 0 END"
    columns = _row(BOOKED, "t.balance_after", told, credit, day)
    return _joined(source, "t.event_at", columns, wanted, "transactions", f"{day} >= a.opened_on")


def _stated(source: Source, among: str) -> str:
    wanted = f"t.{source.who} AND {source.happened('t')} AND {source.known('balances', 't')} AND {among}"
    columns = _row(STATED, "t.balance", "1", "CAST(0 AS BIGINT)", "t.day")
    return _joined(source, "t.event_at", columns, wanted, "balances", "t.day >= a.opened_on")


def _closings(source: Source) -> str:
    clocks = "" if source.one else ", a.known_at, a.superseded_at, 0 AS seq"
    before = f"DATE '{source.timeline.days[-1]}'"
    nothing = "CAST(0 AS BIGINT)"
    columns = _row(CLOSED, nothing, "0", nothing, "a.closed_on").replace("t.", "a.")
    return f"""SELECT CAST(NULL AS TIMESTAMP) AS at_{clocks}, {columns},
            CAST(a.closed_on - DATE '1970-01-01' AS INTEGER) AS closing
        FROM {source.relations["accounts"]} AS a
        WHERE a.{source.who} AND {source.known("accounts", "a")} AND a.closed_on < {before}"""


def account_levels(ledger: Ledger) -> list[pa.Table]:
    """For each day the accounts with a known level: account_key, balance (minor units)."""
    lane = ledger.lane
    _, when, key, level = levels_at(
        *ledger.units, lane("ts"), ledger.account, lane("account_key"), lane("what"), lane("level"), lane("told"),
        ledger.timeline.moments,
    )  # fmt: skip
    keys = key.view(np.uint64)
    return [
        pa.table({"account_key": keys[when == k], "balance": level[when == k]})
        for k in range(len(ledger.timeline.days))
    ]


def carried_values(ledger: Ledger) -> dict[str, Doubles]:
    """The values of the carried signals, [k, c]."""
    sets: dict[tuple[int, str], list[Signal]] = {}
    for signal, ask in ledger.asks.values():
        sets.setdefault((ask.bit, ask.number), []).append(signal)
    values: dict[str, Doubles] = {}
    for (bit, number), signals in sets.items():
        values |= _carried(ledger, bit, number, signals)
    return values


def _carried(ledger: Ledger, bit: int, number: str, signals: Sequence[Signal]) -> dict[str, Doubles]:
    asked = list(dict.fromkeys((signal.days or 0, signal.until, signal.floor) for signal in signals))
    numbers = ledger.timeline.numbers
    first = np.array([numbers - days - until for days, until, _ in asked], np.int64)
    past = np.array([numbers - until for _, until, _ in asked], np.int64)
    scale = signals[0].scale
    floor = np.array([round((floor or 0) * scale) for *_, floor in asked], np.int64)
    shape = (*first.shape, ledger.customers)
    held, least, most, newest, above = (np.zeros(shape, np.int64) for _ in range(5))
    area, slope = np.zeros(shape), np.full(shape, np.nan)
    word, shift = ledger.lanes.bit(bit)
    carry(
        *ledger.units, ledger.account, ledger.lane("day"), ledger.lane("what"), word, shift, ledger.lane(number),
        first, past, numbers, floor, held, area, least, most, newest, slope, above,
    )  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {"mean": area / held / scale, "min": least / scale, "max": most / scale, "last": newest / scale,
                 "slope": slope / scale, "days_above": above.astype(np.float64)}  # fmt: skip
    at = {signal.name: asked.index((signal.days or 0, signal.until, signal.floor)) for signal in signals}
    nothing = {signal.name: np.nan if signal.empty is None else float(signal.empty) for signal in signals}
    return {
        signal.name: np.where(
            held[at[signal.name]] == 0, nothing[signal.name], found[signal.aggregate][at[signal.name]]
        )
        for signal in signals
    }
