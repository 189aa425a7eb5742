"""Do two folders of signals say the same? `python -m benchmarks.yardstick.agree OURS THEIRS OUT`, its own process.

Both must hold the same customers on the same days and the catalogue's signals. How near is near enough follows from how
a signal is computed: counts exactly; sums and single amounts to the cent; quotients to six digits.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from features.catalogue import Catalogue, read_folders

SIGNALS = Path(__file__).with_name("signals")
KEYS = ("customer_id", "as_of")
EXAMPLES = 3
CLOSE = 1e-6
HALF_A_CENT = 0.005
_COUNTS = frozenset({"count", "distinct", "repeats"})
_AMOUNTS = frozenset({"sum", "min", "max", "first", "last"})


@dataclass
class Agreement:
    """rows: of ours. missing: what only one side has, in words. differ: by signal the rows that differ, examples."""

    rows: int
    signals: int
    missing: list[str] = field(default_factory=list)
    differ: dict[str, dict[str, Any]] = field(default_factory=dict)


def agree(ours: Path, theirs: Path, catalogue: Catalogue) -> Agreement:
    """Compare two folders of Parquet files with customer_id, as_of and a column a signal."""
    mine, other = (ds.dataset(sorted(folder.glob("*.parquet"))) for folder in (ours, theirs))
    found = Agreement(mine.count_rows(), len(catalogue.stored))
    names = [set(each.schema.names) - set(KEYS) for each in (mine, other)]
    for who, has in zip(("we", "they"), names, strict=True):
        found.missing += [f"{who} lack {name}" for name in catalogue.stored if name not in has]
    (keys, order), (other_keys, other_order) = _sorted_keys(mine), _sorted_keys(other)
    if not keys.equals(other_keys):
        only = len(set(keys.to_pylist()) ^ set(other_keys.to_pylist()))
        found.missing.append(f"{len(keys)} rows of ours, {len(other_keys)} of theirs; {only} only on one side")
        return found
    for name in sorted(names[0] & names[1] & set(catalogue.stored)):
        a, b = _values(mine, name, order), _values(other, name, other_order)
        apart = _apart(a, b, catalogue.signals[name].aggregate)
        if apart.size:
            shown = [[keys[int(at)].as_py(), _said(a[at]), _said(b[at])] for at in apart[:EXAMPLES]]
            found.differ[name] = {"rows": int(apart.size), "examples": shown}
    return found


def _sorted_keys(signals: ds.Dataset) -> tuple[pa.Array, np.ndarray]:
    """Every row's key as one text, sorted, and the order that sorts the rows."""
    table = signals.to_table(columns=list(KEYS))
    days = pc.strftime(table["as_of"].cast(pa.timestamp("us")), format="%Y-%m-%d")
    keys = pc.binary_join_element_wise(table["customer_id"].cast(pa.string()), days, " on ").combine_chunks()
    order = pc.sort_indices(keys)
    return keys.take(order), order.to_numpy()


def _values(signals: ds.Dataset, name: str, order: np.ndarray) -> np.ndarray:
    """A signal's values as doubles; what is unknown, or divided by nothing, is NaN."""
    column = signals.to_table(columns=[name])[name].cast(pa.float64())
    values = column.fill_null(np.nan).to_numpy()[order]
    return np.where(np.isinf(values), np.nan, values)


def _apart(a: np.ndarray, b: np.ndarray, aggregate: str) -> np.ndarray:
    """The places at which two signals differ."""
    if aggregate in _COUNTS:
        same = a == b
    elif aggregate in _AMOUNTS:
        same = np.abs(a - b) < HALF_A_CENT
    else:
        same = np.isclose(a, b, rtol=CLOSE, atol=CLOSE)
    return np.flatnonzero(~(same | (np.isnan(a) & np.isnan(b))))


def _said(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


if __name__ == "__main__":
    answer = agree(Path(sys.argv[1]), Path(sys.argv[2]), read_folders([SIGNALS]))
    Path(sys.argv[3]).write_text(json.dumps(asdict(answer), indent=1), encoding="utf-8")
