"""Rows of Python values as Arrow tables, each column of one exact type over all batches; what is mixed becomes text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

INTEGERS = range(-(2**63), 2**63)
_TYPES: dict[type, pa.DataType] = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    str: pa.string(),
    date: pa.date32(),
    datetime: pa.timestamp("us"),
}


def to_table(names: Sequence[str], rows: Sequence[Sequence[Any]], first: int) -> pa.Table:
    """A batch as columns with `_line`, which counts from `first`; a column without any value is of type null.

    A decimal becomes text with all its digits, an instant with a zone UTC; bytes, and values of several kinds, text.
    """
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    table = pa.table([_column(values) for values in columns], names=list(names))
    return table.append_column("_line", pa.array(range(first, first + len(rows)), pa.int64()))


def one_type(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """The columns that all batches can be cast to without changing a value: text where their types differ."""
    fields = []
    for name in schemas[0].names:
        found = {schema.field(name).type for schema in schemas} - {pa.null()}
        fields.append(pa.field(name, found.pop() if len(found) == 1 else pa.string()))
    return pa.schema(fields)


def _column(values: Sequence[Any]) -> pa.Array:
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pa.nulls(len(values))
    kind = kinds.pop()
    if kinds or kind not in _TYPES or (kind is int and not all(one is None or one in INTEGERS for one in values)):
        return pa.array([None if value is None else _written(value) for value in values], pa.string())
    if kind is datetime and any(one is not None and one.tzinfo for one in values):
        return pa.array([one and one.astimezone(UTC) for one in values], pa.timestamp("us", "UTC"))
    return pa.array(values, _TYPES[kind])


def _written(value: Any) -> str:
    found: Callable[[Any], str] = {Decimal: lambda one: f"{one:f}", bytes: lambda one: one.hex()}.get(type(value), str)
    return found(value)
