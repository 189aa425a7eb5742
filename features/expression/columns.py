"""Columns of a table in the form that programs read, a stretch of rows at a time; texts as places in a vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.expression.operations import TRUE, UNKNOWN, Array
from features.expression.program import Program
from features.expression.tree import Type

STRETCH = 16_384
"""Rows at a time: what a program holds of them then fits into a core's cache."""
_FORMS = {"number": pa.types.is_floating, "flag": pa.types.is_boolean, "day": pa.types.is_date32}


class Columns:
    """The columns that a program reads of a table."""

    def __init__(self, table: pa.Table, types: Mapping[str, Type], texts: Iterable[str] = ()) -> None:
        """`types`: the columns and what they are; `texts`: what they are compared with.

        Raises ValueError for a column that is not of its type and cannot be made so.
        """
        self.length = table.num_rows
        found = {name: _formed(name, _one(table.column(name)), type_) for name, type_ in types.items()}
        coded = {name: found[name] for name, type_ in types.items() if type_ == "text"}
        self.vocabulary = sorted({*texts, *(text for one in coded.values() for text in one.dictionary.to_pylist())})
        self.ranks = {text: float(rank) for rank, text in enumerate(self.vocabulary)}
        self._arrays = {name: _ranked(array, self.ranks) if name in coded else array for name, array in found.items()}
        self._types = types

    def rows(self, start: int, stop: int) -> dict[str, Array]:
        """The columns of the rows [start, stop)."""
        return {
            name: _array(array.slice(start, stop - start), self._types[name]) for name, array in self._arrays.items()
        }

    def texts(self, places: Array) -> pa.Array:
        """The texts at these places of the vocabulary, NULL where a place is unknown."""
        lost = np.isnan(places)
        words = pa.array(self.vocabulary, pa.string())
        return words.take(pa.array(np.where(lost, 0, places).astype(np.int64), mask=lost))


def run_over(program: Program, table: pa.Table) -> list[Array]:
    """The program's answers over all rows of a table that holds what it reads."""
    columns = Columns(table, program.types, program.texts)
    return answers_over(program, columns)


def answers_over(program: Program, columns: Columns) -> list[Array]:
    """The program's answers over all rows, stretch by stretch."""
    parts = []
    for start in range(0, max(columns.length, 1), STRETCH):
        stop = min(start + STRETCH, columns.length)
        answers = program.run(columns.rows(start, stop), columns.ranks)
        parts.append([np.broadcast_to(answer, (stop - start,)) for answer in answers])
    return [np.concatenate(stretches) for stretches in zip(*parts, strict=True)]


def _one(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _coded(array: pa.Array) -> pa.DictionaryArray:
    return array if pa.types.is_dictionary(array.type) else array.cast(pa.string()).dictionary_encode()


def _ranked(coded: pa.DictionaryArray, ranks: Mapping[str, float]) -> pa.Array:
    places = pa.array([ranks[text] for text in coded.dictionary.to_pylist()], pa.float64())
    return places.take(coded.indices)


def _formed(name: str, array: pa.Array, type_: Type) -> pa.Array:
    try:
        return _as(array, type_)
    except pa.ArrowException:
        raise ValueError(f"column '{name}' holds {array.type}, which is no {type_}") from None


def _as(array: pa.Array, type_: Type) -> pa.Array:
    """The array as numbers, flags, days, instants or coded texts; one that has the form already is not copied."""
    if type_ == "text":
        return _coded(array)
    if type_ == "instant":
        return array.cast(pa.timestamp("us", getattr(array.type, "tz", None))).view(pa.int64())
    if type_ in _FORMS and _FORMS[type_](array.type):
        return array
    wanted = {"number": pa.float64(), "flag": pa.bool_(), "day": pa.date32()}[type_]
    return pc.cast(array, wanted, safe=type_ != "number")


def _array(array: pa.Array, type_: Type) -> Array:
    if type_ == "flag":
        flags = pc.fill_null(array, False).to_numpy(zero_copy_only=False).astype(np.uint8) * TRUE
        return np.where(_known(array), flags, UNKNOWN) if array.null_count else flags
    values = _stored(array, type_)
    if array.null_count:
        values = np.where(_known(array), values, np.nan)
    elif type_ != "number":
        values = values.astype(np.float64, copy=False)
    if type_ == "number" and np.isinf(values).any():
        values = np.where(np.isinf(values), np.nan, values)
    return values


def _stored(array: pa.Array, type_: Type) -> Array:
    """The values as they lie in memory, whatever they are where the array has none."""
    kind = {"day": np.int32, "instant": np.int64}.get(type_, np.float64)
    if not len(array):
        return np.empty(0, kind)
    return np.frombuffer(array.buffers()[1], kind, len(array), array.offset * np.dtype(kind).itemsize)


def _known(array: pa.Array) -> Array:
    bits = np.frombuffer(array.buffers()[0], np.uint8)
    first, skip = array.offset // 8, array.offset % 8
    of = bits[first : first + (skip + len(array) + 7) // 8]
    return np.unpackbits(of, count=skip + len(array), bitorder="little")[skip:].view(np.bool_)
