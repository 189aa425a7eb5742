"""What each aggregate of the catalogue is in SQL: whole numbers first, the quotient as the last step."""

from __future__ import annotations

from dataclasses import dataclass

from features.measures import Projection
from features.signal import Signal
from features.windows import Window

DAY_US = 86_400_000_000
SPREAD = "list_aggregate({values}, 'stddev_samp')"


@dataclass(frozen=True)
class Aggregate:
    """raw: columns of the GROUP BY (name -> SQL); final: the signal's value over them; values: (column, filter) if
    rows are first grouped by the value of that column."""

    raw: dict[str, str]
    final: str
    by_value: tuple[str, str] | None = None


def aggregate(signal: Signal, ask: Projection) -> Aggregate:
    """The signal over the projection's rows; NULL measures do not count."""
    m, w, name = ask.measure(signal), ask.counted(signal), signal.name
    some = f"FILTER ({w})"
    known = f"FILTER ({w} AND {m} IS NOT NULL)"
    does = signal.aggregate
    if does in ("distinct", "most"):
        return Aggregate({}, _empty(signal, f'"{name}"'), by_value=(m, w))
    if does in ("first", "last"):
        pick = "arg_max" if does == "last" else "arg_min"
        return _one(signal, f"{pick}({m}, {ask.order(signal)}) {known}", ask)
    if does in ("min", "max", "days_since"):
        return _one(signal, f"{'min' if does == 'min' else 'max'}({m}) {some}", ask)
    if does == "quantile":
        return _one(signal, f"quantile_cont({m}, {signal.at}) {some}", ask)
    if does == "count":
        return Aggregate({name: f"count({m}) {some}"}, _empty(signal, f'"{name}"'))
    return _several(signal, ask, some, known)


def _one(signal: Signal, raw: str, ask: Projection) -> Aggregate:
    column = f'"{signal.name}"'
    if signal.aggregate == "days_since":
        instant = signal.measure is not None and signal.measure.type == "instant"
        last = ask.moment.local_day(column) if instant else column
        return _settled(signal, {signal.name: raw}, f"DATE '{ask.moment.as_of}' - {last}", ask.counted(signal))
    final = f"CAST({column} AS DOUBLE) / {signal.scale}" if signal.type == "number" else column
    return _settled(signal, {signal.name: raw}, final, ask.counted(signal))


def _several(signal: Signal, ask: Projection, some: str, known: str) -> Aggregate:
    """Aggregates that need more than one column, or a list, before their last step."""
    m, w, name, does = ask.measure(signal), ask.counted(signal), signal.name, signal.aggregate
    a, b = f'"{name}"', f'"{name} n"'
    if does in ("sum", "mean"):
        divisor = f"{signal.scale}" if does == "sum" else f"(NULLIF({b}, 0) * {signal.scale})"
        raw = {name: f"sum({m}) {some}", f"{name} n": f"count({m}) {some}"}
        return _settled(signal, raw, f"CAST({a} AS DOUBLE) / {divisor}", w)
    if does == "share":
        raw = {name: f"count(*) FILTER ({w} AND {m})", f"{name} n": f"count({m}) {some}"}
        return _settled(signal, raw, f"{a} / NULLIF({b}, 0)", w)
    if does == "gap_mean":
        raw = {name: f"max({m}) {some} - min({m}) {some}", f"{name} n": f"count({m}) {some}"}
        return _settled(signal, raw, f"{a} / (NULLIF(greatest({b} - 1, 0), 0) * {DAY_US})", w)
    if does == "slope":
        return _slope(signal, m, ask.day(), w, known)
    # Lists are sorted, so that the result does not depend on the order of rows; values are taken from the smallest one.
    values = f"list_transform({a}, lambda v: CAST(v - {a}[1] AS DOUBLE))"
    over: int = signal.scale
    if does == "gap_std":
        values = f"list_transform(range(2, len({a}) + 1), lambda i: CAST({a}[i] - {a}[i - 1] AS DOUBLE))"
        over = DAY_US
    return _settled(signal, {name: f"list({m} ORDER BY {m}) {known}"}, f"{SPREAD.format(values=values)} / {over}", w)


def _slope(signal: Signal, m: str, day: str, w: str, known: str) -> Aggregate:
    name = signal.name
    x = f"CAST({day} - DATE '2000-01-01' AS HUGEINT)"
    sums = {"n": "1", "x": x, "y": m, "xx": f"{x} * {x}", "xy": f"{x} * {m}"}
    raw = {f"{name} {part}": f"sum({sql}) {known}" for part, sql in sums.items()}
    return _settled(signal, raw, f"{slope_of(name)} / {signal.scale}", w)


def slope_of(name: str) -> str:
    """Least squares from the sums `<name> n, x, y, xx, xy`: exact whole numbers, one quotient."""
    n, x, y, xx, xy = (f'CAST("{name} {part}" AS HUGEINT)' for part in ("n", "x", "y", "xx", "xy"))
    return f"(CAST({n} * {xy} - {x} * {y} AS DOUBLE) / NULLIF(CAST({n} * {xx} - {x} * {x} AS DOUBLE), 0))"


def _settled(signal: Signal, raw: dict[str, str], final: str, counted: str) -> Aggregate:
    """The value where rows counted, else what an empty window means."""
    if signal.empty is None:
        return Aggregate(raw, final)
    rows = f"{signal.name} rows"
    raw = {**raw, rows: f"count(*) FILTER ({counted})"}
    return Aggregate(raw, f'CASE WHEN "{rows}" = 0 THEN {signal.empty} ELSE {final} END')


def _empty(signal: Signal, column: str) -> str:
    return f"coalesce({column}, 0)" if signal.empty is not None else f"NULLIF({column}, 0)"


def carried(signal: Signal, window: Window) -> Aggregate:
    """A carried signal over segments (day_from, day_to, total), day-weighted; days without a level do not count."""
    name, days, over = signal.name, window.overlap(), signal.scale
    if signal.aggregate == "mean":
        raw = {name: f"sum(total * {days})", f"{name} n": f"sum({days})"}
        return Aggregate(raw, f'CAST("{name}" AS DOUBLE) / (NULLIF("{name} n", 0) * {over})')
    if signal.aggregate == "slope":
        raw = {f"{name} {part}": f"sum({sql})" for part, sql in _days_of(window).items()}
        return Aggregate(raw, f"{slope_of(name)} / {over}")
    pick = {"min": "min(total)", "max": "max(total)", "last": "arg_max(total, day_from)"}[signal.aggregate]
    return Aggregate({name: f"{pick} FILTER ({days} > 0)"}, f'CAST("{name}" AS DOUBLE) / {over}')


def _days_of(window: Window) -> dict[str, str]:
    """Sums over the days of a segment inside the window, days counted from the window's first: n, x, y, xx, xy."""
    first = f"CAST(greatest(day_from, DATE '{window.low}') - DATE '{window.low}' AS HUGEINT)"
    end = f"({first} + {window.overlap()})"
    x = f"(({end} * ({end} - 1) - {first} * ({first} - 1)) // 2)"
    xx = f"((({end} - 1) * {end} * (2 * {end} - 1) - ({first} - 1) * {first} * (2 * {first} - 1)) // 6)"
    return {"n": window.overlap(), "x": x, "y": f"total * {window.overlap()}", "xx": xx, "xy": f"total * {x}"}
