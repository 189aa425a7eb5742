"""Signals that are computed from other signals: each after what it reads, for all customers of a day at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from features.expression.array import evaluate_arrays
from features.signal import Signal

Values = dict[str, list[Any]]
"""A signal's values for each day: numbers with NaN for NULL, or texts as Arrow; None where nothing was handed over."""


def add_expressions(values: Values, needed: Sequence[Signal], as_of: Sequence[int], length: int) -> None:
    """Add to `values` those of the `needed` that are expressions; `as_of`: the days as days since 1970."""
    types = {signal.name: signal.type for signal in needed}
    for signal in needed:
        if signal.expression is None:
            continue
        found = []
        for k, day in enumerate(as_of):
            read = {name: _array(values, name, k, types[name], length) for name in signal.expression.names - {"as_of"}}
            read["as_of"] = np.full(length, float(day))
            answer = evaluate_arrays(signal.expression, read, length)
            found.append(pa.array(answer, pa.string()) if signal.type == "text" else answer)
        values[signal.name] = found


def _array(values: Values, name: str, k: int, type_: str, length: int) -> Any:
    found = values[name][k] if name in values else None
    if type_ != "text":
        return np.full(length, np.nan) if found is None else found
    return np.array([None] * length if found is None else found.to_pylist(), object)
