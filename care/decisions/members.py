"""Which rows belong to a set of ids; Series.isin converts every id of the set one by one, a hundred times slower."""

from __future__ import annotations

from collections.abc import Container

import pandas as pd


def among(column: pd.Series[str], chosen: Container[object]) -> pd.Series[bool]:
    """Per row whether its id is one of `chosen`."""
    return pd.Series([one in chosen for one in column.tolist()], index=column.index, dtype="bool")
