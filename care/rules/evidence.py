"""Signals as they stood at a match: written as canonical JSON, read back as a row."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.expression import Type

_WHOLE = 1e15
_SMALL = 1e-4
"""Beyond these a number is written with an exponent, each library in its own way."""


def write_evidence(row: Mapping[str, object], names: Sequence[str]) -> str:
    """The values of `names`, in that order, as JSON: whole numbers without a point, days as 2026-07-01, else null."""
    said = {name: _plain(row.get(name)) for name in names}
    return _json(said)


def write_all_evidence(table: pa.Table, names: Sequence[str]) -> pa.Array:
    """`write_evidence` of every row of a table, byte for byte, a column at a time."""
    parts: list[Any] = []
    for at, name in enumerate(names):
        parts += [f"{',' if at else '{'}{_json(name)}:", pc.fill_null(written(table.column(name), quoted=True), "null")]
    return pc.binary_join_element_wise(*parts, "}", "")


def written(column: pa.ChunkedArray, *, quoted: bool = False) -> pa.Array:
    """A column's values as text, NULL where unknown: whole numbers without a point, days as 2026-07-01."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_floating(array.type) or pa.types.is_integer(array.type) or pa.types.is_decimal(array.type):
        return _numbers(array.cast(pa.float64(), safe=False))
    if pa.types.is_boolean(array.type) or not quoted:
        return array.cast(pa.string())
    if pa.types.is_date32(array.type):
        return pc.binary_join_element_wise('"', array.cast(pa.string()), '"', "")
    return _by_value(array)


def read_evidence(text: str | Mapping[str, object], types: Mapping[str, Type]) -> dict[str, object]:
    """Stored evidence as a row that expressions can read: days and instants become days and instants again."""
    said: Mapping[str, Any] = json.loads(text) if isinstance(text, str) else text
    return {name: _value(value, types.get(name)) for name, value in said.items()}


def _numbers(array: pa.Array) -> pa.Array:
    values = array.to_numpy(zero_copy_only=False)
    size = np.abs(values)
    whole = (values == np.trunc(values)) & (size < _WHOLE)
    plain = whole | ((size >= _SMALL) & (size < _WHOLE))
    texts = pc.if_else(
        pa.array(whole),
        pa.array(np.where(whole, values, 0).astype(np.int64)).cast(pa.string()),
        pa.array(np.where(plain, values, 0.5)).cast(pa.string()),
    )
    lost = ~np.isfinite(values)
    odd = np.flatnonzero(~plain & ~lost)
    if len(odd):
        said = pa.array([_json(_plain(float(value))) for value in values[odd]], pa.string())
        texts = pc.replace_with_mask(texts, pa.array(~plain & ~lost), said)
    return pc.if_else(pa.array(lost), None, texts)


def _by_value(array: pa.Array) -> pa.Array:
    if pa.types.is_nested(array.type):
        return pa.array([None if value is None else _json(value) for value in array.to_pylist()], pa.string())
    coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    said = [None if value is None else _json(_plain(value)) for value in coded.dictionary.to_pylist()]
    return pa.array(said, pa.string()).take(coded.indices)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() else value
    return value.isoformat() if isinstance(value, date | datetime) else value


def _value(value: object, wanted: Type | None) -> object:
    if wanted == "day" and isinstance(value, str):
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if wanted == "instant" and isinstance(value, str) else value
