"""One chunk of customers answered: every pass walked, put together, one row a customer and day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from features.answers import Answers
from features.arranging import arrange
from features.arrow import flags, to_arrow
from features.chunk import Chunk, Plan
from features.expressions import add_expressions
from features.last_steps import Value, value
from features.ledger import carried_values
from features.passes import Pass
from features.reader import Reader
from features.signal import Signal
from features.windows import Timeline


def answer(plan: Plan, chunk: Chunk, reader: Reader) -> pa.Table:
    """customer_id, as_of and every needed signal of a chunk: all its customers of the first day, then the next."""
    values: dict[str, list[Any]] = {}
    if plan.carried:
        values |= {name: list(found) for name, found in carried_values(reader.ledger).items()}
    for one in plan.passes:
        answers = _walk(one, chunk, reader, plan.timeline)
        for name, (signal, ask) in one.asks.items():
            place(values, name, value(answers, signal, ask), one.k, len(plan.timeline.days))
    add_expressions(values, plan.needed, plan.timeline.numbers.tolist(), len(chunk.customers))
    return _table(plan, chunk, values)


def _walk(one: Pass, chunk: Chunk, reader: Reader, timeline: Timeline) -> Answers:
    """The rows of a pass, ready to be asked for its signals."""
    mine = timeline if one.k is None else timeline.only(one.k)
    units, lanes = arrange(reader.rows(one), chunk.customers, mine, day=one.by_day)
    return Answers(units, lanes, mine, len(chunk.customers), one.asks)


def _table(plan: Plan, chunk: Chunk, values: Mapping[str, list[Any]]) -> pa.Table:
    days, customers = plan.timeline.numbers, chunk.customers
    columns: dict[str, Any] = {
        "customer_id": pa.chunked_array([customers] * len(days)),
        "as_of": pa.chunked_array(
            [to_arrow(np.full(len(customers), day, np.int32), type_=pa.date32()) for day in days]
        ),
    }
    for signal in plan.needed:
        found = values.get(signal.name, [None] * len(days))
        columns[signal.name] = pa.chunked_array([_arrow(signal, one, len(customers)) for one in found])
    return pa.table(columns)


def place(values: dict[str, list[Any]], name: str, found: Value, k: int | None, days: int) -> None:
    """Put a signal's values, those of one day or of all, in their place."""
    if k is None:
        values[name] = list(found)
    else:
        values.setdefault(name, [None] * days)[k] = found[0]


def _arrow(signal: Signal, values: Any, length: int) -> pa.Array:
    """One day's values as Arrow: NaN is NULL."""
    if values is None:
        return pa.nulls(length, _TYPES[signal.type])
    if signal.type == "text":
        return values
    if signal.type == "number":
        return to_arrow(values, np.isnan(values))
    nothing = np.isnan(values)
    whole = np.where(nothing, 0, values).astype(np.int32)
    if signal.type == "flag":
        return flags(whole.astype(np.bool_), nothing)
    return to_arrow(whole, nothing, pa.date32())


_TYPES = {"number": pa.float64(), "text": pa.string(), "flag": pa.bool_(), "day": pa.date32()}
