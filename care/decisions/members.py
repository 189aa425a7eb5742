"""Which rows belong to a set of ids, and what a table says of a customer.

Through Python's sets and dicts: Series.isin converts every id of the set one by one, a hundred times slower, and
Series.map over an empty table gives numbers where texts were.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import pandas as pd


def among(column: pd.Series[str], chosen: Container[object]) -> pd.Series[bool]:
    """Per row whether its id is one of `chosen`."""
    return pd.Series([one in chosen for one in column.tolist()], index=column.index, dtype="bool")


def looked_up(customer_ids: pd.Series[str], table: pd.DataFrame, name: str) -> pd.Series[Any]:
    """The column `name` of each customer in a table with one row a customer; None where there is none."""
    values = table[name].astype(object)
    known = dict(zip(table["customer_id"].tolist(), values.where(values.notna(), None).tolist(), strict=True))
    found = [known.get(one) for one in customer_ids.tolist()]
    return pd.Series(found, index=customer_ids.index, dtype=object)
