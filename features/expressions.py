"""Signals that are computed from other signals: each after what it reads, for all customers of a day at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from features.expression import Type
from features.expression.columns import Columns, answers_over
from features.expression.operations import UNKNOWN
from features.expression.program import compile_program
from features.signal import Signal

Values = dict[str, list[Any]]
"""A signal's values for each day: numbers with NaN for NULL, or texts as Arrow; None where nothing was handed over."""
_ARROW = {"number": pa.float64(), "text": pa.string(), "flag": pa.bool_(), "day": pa.date32()}


def add_expressions(values: Values, needed: Sequence[Signal], as_of: Sequence[int], length: int) -> None:
    """Add to `values` those of the `needed` that are expressions; `as_of`: the days as days since 1970."""
    types = {signal.name: signal.type for signal in needed}
    for signal in needed:
        if signal.expression is None:
            continue
        program = compile_program([signal.expression])
        reads: dict[str, Type] = {name: "day" if name == "as_of" else types[name] for name in program.names}
        found = []
        for k, day in enumerate(as_of):
            read = {name: _column(values, name, k, type_, length, day) for name, type_ in reads.items()}
            columns = Columns(pa.table(read) if read else _empty(length), reads, program.texts)
            (answer,) = answers_over(program, columns)
            found.append(_value(answer, signal.type, columns))
        values[signal.name] = found


def _column(values: Values, name: str, k: int, type_: Type, length: int, day: int) -> pa.Array:
    if name == "as_of":
        return pa.array(np.full(length, day, np.int32)).view(pa.date32())
    found = values[name][k] if name in values else None
    if found is None:
        return pa.nulls(length, _ARROW[type_])
    if type_ == "text":
        return found
    numbers = pa.array(found, from_pandas=True)
    if type_ == "number":
        return numbers
    return numbers.cast(pa.int32()).view(pa.date32()) if type_ == "day" else numbers.cast(pa.bool_())


def _empty(length: int) -> pa.Table:
    return pa.table({"_": pa.nulls(length)})


def _value(answer: Any, type_: Type, columns: Columns) -> Any:
    if type_ == "text":
        return columns.texts(answer)
    return np.where(answer == UNKNOWN, np.nan, answer / 2.0) if type_ == "flag" else answer
