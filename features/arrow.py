"""Between Arrow and numpy without a copy, and without the detour over pandas that Arrow's own ways may take."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_NUMPY: dict[pa.DataType, Any] = {
    pa.int8(): np.int8, pa.int16(): np.int16, pa.int32(): np.int32, pa.int64(): np.int64, pa.uint64(): np.uint64,
    pa.float64(): np.float64, pa.date32(): np.int32,
}  # fmt: skip
_ARROW = {np.dtype(kind): type_ for type_, kind in _NUMPY.items() if type_ != pa.date32()}


def to_numpy(array: pa.Array) -> npt.NDArray[Any]:
    """The values of an array of numbers or days; what stands at a NULL is not defined."""
    kind = _NUMPY[array.type]
    if not len(array):
        return np.empty(0, kind)
    found: npt.NDArray[Any] = np.frombuffer(array.buffers()[1], kind)[array.offset : array.offset + len(array)]
    return found


def filled(array: pa.Array, value: int) -> npt.NDArray[Any]:
    """The same with `value` at each NULL."""
    found = to_numpy(array)
    if not array.null_count:
        return found
    bits = np.unpackbits(np.frombuffer(array.buffers()[0], np.uint8), bitorder="little")
    return np.where(bits[array.offset : array.offset + len(array)], found, np.asarray(value, found.dtype))


def to_arrow(values: npt.NDArray[Any], null: npt.NDArray[np.bool_] | None = None, type_: Any = None) -> pa.Array:
    """The values as Arrow (`type_`: another type of the same width); `null` says which are NULL."""
    values = np.ascontiguousarray(values)
    bits = None if null is None or not null.any() else pa.py_buffer(np.packbits(~null, bitorder="little"))
    return pa.Array.from_buffers(type_ or _ARROW[values.dtype], len(values), [bits, pa.py_buffer(values)])


def flags(values: npt.NDArray[np.bool_], null: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """Booleans as Arrow."""
    bits = None if null is None or not null.any() else pa.py_buffer(np.packbits(~null, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(values), [bits, pa.py_buffer(np.packbits(values, bitorder="little"))])
