"""All signals of one table in one query: the projection, the aggregates over one scan, their last steps."""

from __future__ import annotations

from collections.abc import Sequence

from features.aggregates import Aggregate, aggregate, carried
from features.measures import Projection, level_sets
from features.rows import ROWS
from features.signal import Signal
from features.windows import Moment, rows, segments


def group(signals: Sequence[Signal], table: str, moment: Moment) -> str:
    """A SELECT of customer_id and a column a signal, for customers with rows in the table."""
    ask = Projection(moment)
    found = {signal.name: aggregate(signal, ask) for signal in signals}
    since = min(moment.window(signal).low for signal in signals) if ROWS[table].event else None
    asked = f"asked AS ({ask.sql(rows(table, moment), since)})"
    raw = {name: sql for each in found.values() for name, sql in each.raw.items()}
    values = _by_value(signals, found)
    steps = [asked, f"counted AS (SELECT {_listed(['customer_id', *_named(raw)])} FROM asked GROUP BY customer_id)"]
    steps += [f"values_{at} AS ({sql})" for at, sql in enumerate(values)]
    joins = "".join(f" LEFT JOIN values_{at} USING (customer_id)" for at in range(len(values)))
    final = _named({signal.name: found[signal.name].final for signal in signals})
    return f"WITH {', '.join(steps)} SELECT {_listed(['customer_id', *final])} FROM counted{joins}"


def _by_value(signals: Sequence[Signal], found: dict[str, Aggregate]) -> list[str]:
    """One SELECT a measure whose values are counted: rows of each value, then the values or the most rows of one."""
    measures: dict[str, list[Signal]] = {}
    for signal in signals:
        if (by_value := found[signal.name].by_value) is not None:
            measures.setdefault(by_value[0], []).append(signal)
    return [_of_values(measure, those, found) for measure, those in measures.items()]


def _of_values(measure: str, signals: Sequence[Signal], found: dict[str, Aggregate]) -> str:
    filters = {signal.name: (found[signal.name].by_value or ("", ""))[1] for signal in signals}
    counts = _named({name: f"count(*) FILTER ({counted})" for name, counted in filters.items()})
    any_of = " OR ".join(sorted(set(filters.values())))
    inner = f"""SELECT {_listed(["customer_id", measure, *counts])} FROM asked
        WHERE {measure} IS NOT NULL AND ({any_of}) GROUP BY customer_id, {measure}"""
    outer = _named(
        {
            signal.name: f'max("{signal.name}")' if signal.aggregate == "most" else f'count_if("{signal.name}" > 0)'
            for signal in signals
        }
    )
    return f"SELECT {_listed(['customer_id', *outer])} FROM ({inner}) GROUP BY customer_id"


def carried_group(signals: Sequence[Signal], moment: Moment) -> str:
    """The same for carried levels: one relation of segments for all signals that carry the same."""
    sets = level_sets(signals)
    steps: list[str] = []
    finals: list[str] = []
    for at, ((measure, where), those) in enumerate(sets.items()):
        kept = (
            f"(SELECT customer_id, account_id, day, {measure} AS level FROM ({rows('balances', moment)}) WHERE {where})"
        )
        found = {signal.name: carried(signal, moment.window(signal)) for signal in those}
        low = min(moment.window(signal).low for signal in those)
        raw = _named({name: sql for each in found.values() for name, sql in each.raw.items()})
        steps.append(f"segments_{at} AS (SELECT * FROM ({segments(kept, moment)}) WHERE day_to > DATE '{low}')")
        steps.append(f"raw_{at} AS (SELECT {_listed(['customer_id', *raw])} FROM segments_{at} GROUP BY customer_id)")
        final = _named({name: each.final for name, each in found.items()})
        steps.append(f"carried_{at} AS (SELECT {_listed(['customer_id', *final])} FROM raw_{at})")
        finals.append(f"carried_{at}")
    joined = " FULL JOIN ".join([finals[0], *(f"{name} USING (customer_id)" for name in finals[1:])])
    return f"WITH {', '.join(steps)} SELECT * FROM {joined}"


def _named(columns: dict[str, str]) -> list[str]:
    return [f'{sql} AS "{name}"' for name, sql in columns.items()]


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts)
