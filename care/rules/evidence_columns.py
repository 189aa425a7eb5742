"""Evidence of many matches at once, a column at a time: byte for byte what care.rules.evidence writes of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from care.rules.evidence import as_json, plain

_WHOLE = 1e15
_SMALL = 1e-4
"""Beyond these a number is written with an exponent, each library in its own way."""


def write_all_evidence(table: pa.Table, names: Sequence[str]) -> pa.Array:
    """`write_evidence` of every row of a table, byte for byte, a column at a time."""
    parts: list[Any] = []
    for at, name in enumerate(names):
        parts += [
            f"{',' if at else '{'}{as_json(name)}:",
            pc.fill_null(written(table.column(name), quoted=True), "null"),
        ]
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


def _numbers(array: pa.Array) -> pa.Array:
    values = array.to_numpy(zero_copy_only=False)
    size = np.abs(values)
    whole = (values == np.trunc(values)) & (size < _WHOLE)
    simple = whole | ((size >= _SMALL) & (size < _WHOLE))
    texts = pc.if_else(
        pa.array(whole),
        pa.array(np.where(whole, values, 0).astype(np.int64)).cast(pa.string()),
        pa.array(np.where(simple, values, 0.5)).cast(pa.string()),
    )
    lost = ~np.isfinite(values)
    odd = np.flatnonzero(~simple & ~lost)
    if len(odd):
        said = pa.array([as_json(plain(float(value))) for value in values[odd]], pa.string())
        texts = pc.replace_with_mask(texts, pa.array(~simple & ~lost), said)
    return pc.if_else(pa.array(lost), None, texts)


def _by_value(array: pa.Array) -> pa.Array:
    if pa.types.is_nested(array.type):
        return pa.array([None if value is None else as_json(value) for value in array.to_pylist()], pa.string())
    coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    said = [None if value is None else as_json(plain(value)) for value in coded.dictionary.to_pylist()]
    return pa.array(said, pa.string()).take(coded.indices)
