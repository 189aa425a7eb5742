"""From a table of signals to the numbers a model reads: which signals, in which order, coded how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.errors import Refusal, nearest
from training.metrics import Numbers
from training.settings import Features

if TYPE_CHECKING:
    from features.catalogue import Catalogue

OWN_ANSWER = "score"  # subject of the signals that a model makes; reading them back would be a circle


@dataclass(frozen=True)
class Inputs:
    """What a model reads: signal names in their order, codes of the text ones, and each signal's subject."""

    names: tuple[str, ...]
    codes: Mapping[str, tuple[str, ...]]
    subjects: Mapping[str, str]


def model_inputs(catalogue: Catalogue, settings: Features) -> Inputs:
    """The catalogue's numbers and flags and the coded texts, in the catalogue's order, without what is left out."""
    for name in (*settings.left_out, *settings.coded):
        if name not in catalogue.signals:
            remedy = nearest(name, catalogue.signals)
            raise Refusal(f"unknown signal '{name}'", place="training/settings.yaml", remedy=remedy)
    chosen = [
        signal
        for signal in catalogue.signals.values()
        if not signal.hidden
        and signal.subject != OWN_ANSWER
        and signal.name not in settings.left_out
        and (signal.type in ("number", "flag") or signal.name in settings.coded)
    ]
    names = tuple(signal.name for signal in chosen)
    codes = {name: settings.coded[name] for name in names if name in settings.coded}
    return Inputs(names, codes, {signal.name: signal.subject for signal in chosen})


def matrix(table: pa.Table, inputs: Inputs) -> Numbers:
    """(rows, signals) as float64 in the order of `inputs`; flags are 0 and 1, missing is nan.

    Refusal names a signal that the table lacks or that is of another type.
    """
    rows = np.empty((table.num_rows, len(inputs.names)), dtype=np.float64)
    for position, name in enumerate(inputs.names):
        rows[:, position] = numbers(table, name, inputs.codes.get(name))
    return rows


def numbers(table: pa.Table, name: str, codes: tuple[str, ...] | None = None) -> Numbers:
    """One signal as float64, missing as nan; texts by their place in `codes`."""
    if name not in table.column_names:
        raise Refusal(f"no signal '{name}'", place="snapshot", remedy=nearest(name, table.column_names))
    column = table.column(name)
    if codes is not None and not pa.types.is_null(column.type):
        column = pc.index_in(column, value_set=pa.array(codes, column.type))
    try:
        values = column.cast(pa.float64()).combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise Refusal(f"signal '{name}' is no number but {column.type}", place="snapshot") from None
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)


def texts(table: pa.Table, name: str) -> list[str | None]:
    """One text signal, missing as None."""
    if name not in table.column_names:
        raise Refusal(f"no signal '{name}'", place="snapshot", remedy=nearest(name, table.column_names))
    found: list[str | None] = table.column(name).to_pylist()
    return found
