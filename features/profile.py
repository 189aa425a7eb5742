"""How a signal is spread over the customers: counts, quantiles, a histogram, the commonest values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from features.documents import read_documents, validate
from features.signal import Signal

FORM = Path(__file__).with_name("profile.yaml")


class ProfileForm(BaseModel):
    """The numbers of profile.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    quantiles: list[float] = Field(min_length=2)
    bins: int = Field(ge=2, le=100)
    trimmed: float = Field(ge=0, lt=0.5)
    commonest: int = Field(ge=1, le=100)
    repeats_above: float = Field(gt=0, le=1)
    sample: int = Field(ge=100)


@cache
def read_profile_form(path: Path = FORM) -> ProfileForm:
    """The numbers in force; Refusal names file, line and field of one that does not hold."""
    return validate(read_documents(path)[0], ProfileForm)


@dataclass(frozen=True)
class Profile:
    """One signal over all customers of a day.

    quantiles: by share; numbers and days only. edges, bins: of the histogram without the trimmed ends, numbers and days
    (as days since 1970). values: the commonest with their counts; texts and flags only.
    """

    name: str
    customers: int
    nulls: int
    zeros: int
    quantiles: dict[float, Any]
    edges: tuple[float, float] | None
    bins: tuple[int, ...]
    values: tuple[tuple[Any, int], ...]


def profiles(table: pa.Table, signals: Sequence[Signal]) -> list[Profile]:
    """The profile of each signal in `table` (a column a signal)."""
    with duckdb.connect() as connection:
        connection.register("built", table)
        return [_profile(connection, signal) for signal in signals]


def _profile(connection: duckdb.DuckDBPyConnection, signal: Signal) -> Profile:
    form, column = read_profile_form(), f'"{signal.name}"'
    zero = f"count(*) FILTER ({column} = 0)" if signal.type == "number" else "0"
    (customers, known, zeros) = connection.execute(f"SELECT count(*), count({column}), {zero} FROM built").fetchall()[0]
    quantiles: dict[float, Any] = {}
    edges, bins, values = None, tuple[int, ...](), tuple[tuple[Any, int], ...]()
    if known and signal.type in ("number", "day"):
        quantiles = _quantiles(connection, column, form.quantiles)
        edges, bins = _histogram(connection, signal, form)
    elif known:
        values = tuple(
            connection.execute(
                f"""SELECT {column}, count(*) AS n FROM built WHERE {column} IS NOT NULL GROUP BY 1
                ORDER BY n DESC, 1 LIMIT {form.commonest}"""
            ).fetchall()
        )
    return Profile(signal.name, customers, customers - known, zeros, quantiles, edges, bins, values)


def _quantiles(connection: duckdb.DuckDBPyConnection, column: str, shares: Sequence[float]) -> dict[float, Any]:
    """Values that are there, none in between: a count of 2.5 customers would be read as a mistake."""
    found = connection.execute(f"SELECT quantile_disc({column}, {list(shares)}) FROM built").fetchall()[0][0]
    return dict(zip(shares, found, strict=True))


def _histogram(
    connection: duckdb.DuckDBPyConnection, signal: Signal, form: ProfileForm
) -> tuple[tuple[float, float], tuple[int, ...]]:
    """Equal bins between the quantiles `trimmed` and 1 - `trimmed`: a few giants would leave one bar."""
    column = f'"{signal.name}"'
    number = column if signal.type == "number" else f"CAST({column} - DATE '1970-01-01' AS DOUBLE)"
    ends = [form.trimmed, 1 - form.trimmed]
    low, high = connection.execute(f"SELECT quantile_disc({number}, {ends}) FROM built").fetchall()[0][0]
    if low == high:
        (same,) = connection.execute(f"SELECT count(*) FROM built WHERE {number} = {low!r}").fetchall()[0]
        return (low, high), (same,)
    width, count = _bins(connection, number, low, high, form.bins)
    rows = connection.execute(
        f"""SELECT least(CAST(floor(({number} - {low!r}) / {width!r}) AS INTEGER), {count - 1}) AS bin, count(*)
        FROM built WHERE {number} BETWEEN {low!r} AND {high!r} GROUP BY 1"""
    ).fetchall()
    counts = dict(rows)
    return (low, high), tuple(counts.get(bin_, 0) for bin_ in range(count))


def _bins(connection: duckdb.DuckDBPyConnection, number: str, low: float, high: float, most: int) -> tuple[float, int]:
    """Width and number of the bins: of whole numbers as many in each, or bars would come and go with the rounding."""
    (whole,) = connection.execute(f"SELECT bool_and({number} = floor({number})) FROM built").fetchall()[0]
    if not whole:
        return (high - low) / most, most
    values = round(high - low) + 1
    width = math.ceil(values / most)
    return float(width), math.ceil(values / width)


def bars(counts: Sequence[int]) -> str:
    """A histogram as one line of text; the height is the root of the count, so that small bars are seen."""
    blocks, most = " ▁▂▃▄▅▆▇█", max(counts, default=0)
    return "".join(blocks[math.ceil(math.sqrt(count / most) * 8) if most else 0] for count in counts)
