"""From rows as an engine gives them to lanes and units that kernels can walk."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.answers import Lanes, Units
from features.arrow import filled, to_arrow
from features.kernels.placing import NEVER, cut_units, find_runs, place, straighten
from features.last_steps import local_days
from features.windows import Ints, Timeline


def codes(column: pa.ChunkedArray, customers: pa.Array) -> npt.NDArray[np.int32]:
    """The place of each row's customer in `customers`, -1 for others. Rows of a customer mostly follow each other."""
    if not len(column):
        return np.zeros(0, np.int32)
    ids = column.combine_chunks().cast(pa.string())
    _, offsets, letters = ids.buffers()
    places = np.frombuffer(offsets, np.int32)[ids.offset : ids.offset + len(ids) + 1]
    runs = find_runs(places, np.frombuffer(letters, np.uint8))
    found = pc.index_in(ids.take(to_arrow(runs[:-1])), value_set=customers)
    return np.repeat(filled(found, -1), np.diff(runs))


def whole(column: pa.ChunkedArray) -> Any:
    """A column of numbers or instants as numpy; a later version that never came is NEVER."""
    array = column.combine_chunks()
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.timestamp("us")).cast(pa.int64())
    values = filled(array, NEVER)
    return values.view(np.int64) if values.dtype == np.uint64 else values


def arrange(rows: pa.Table, customers: pa.Array, timeline: Timeline, *, day: bool) -> tuple[Units, Lanes]:
    """Units and lanes of rows (customer_id, at_, known_at, superseded_at where there are, the projection's columns).

    Without at_ the rows are a register and happen at 0. `day`: the lane `day` is wanted.
    """
    names = [name for name in rows.column_names if name != "customer_id"]
    texts = {name: rows.column(name).combine_chunks() for name in names if pa.types.is_string(rows.field(name).type)}
    columns = {name: whole(rows.column(name)) for name in names if name not in texts}
    at: Ints = columns.pop("at_") if "at_" in columns else np.zeros(rows.num_rows, np.int64)
    starts, order = place(codes(rows.column("customer_id"), customers), len(customers))
    straighten(starts, order, at)
    count = len(timeline.days)
    if "known_at" in columns:
        known = columns.pop("known_at")
        superseded = columns.pop("superseded_at", np.full(len(known), NEVER))
        *cut, order = cut_units(starts, order, at, known, superseded, timeline.moments)
        units = Units(*cut)
    else:
        everyone = np.arange(len(customers), dtype=np.int32)
        none = np.zeros(len(customers), np.int32)
        units = Units(starts[:-1].copy(), starts[1:].copy(), everyone, none, none + np.int32(count))
    lanes = {name: column[order] for name, column in columns.items()}
    lanes["ts"] = at[order]
    if day:
        lanes["day"] = local_days(lanes["ts"], timeline)
    return units, Lanes(lanes, texts, order)
