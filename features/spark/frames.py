"""Parts of different columns as one frame, so that one shuffle brings a bucket of customers all its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from features.spark.dialect import PLACE

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

BUCKET, PART, CUSTOMER, AT = "bucket_", "part_", "customer_id", "when_"
_MOMENTS = ("at_", "event_at")


@dataclass(frozen=True)
class Form:
    """Where a part's columns stand in the common frame: (name, column there)."""

    name: str
    columns: tuple[tuple[str, str], ...]


def union(frames: Mapping[str, DataFrame]) -> tuple[DataFrame, list[Form]]:
    """One frame of all rows: PART, customer_id, the moment, the PLACE, then slots that parts share by type."""
    from pyspark.sql import functions as f

    forms = [_form(name, frame.dtypes) for name, frame in frames.items()]
    slots = sorted({slot for form in forms for _, slot in form.columns if slot not in (CUSTOMER, AT)})
    parts = []
    for number, (form, frame) in enumerate(zip(forms, frames.values(), strict=True)):
        held = {slot: name for name, slot in form.columns}
        columns = [_column(held, slot, slot.rsplit("-", 1)[0]).alias(slot) for slot in slots]
        moment = _column(held, AT, "timestamp_ntz").alias(AT)
        parts.append(frame.select(f.lit(number).alias(PART), CUSTOMER, moment, PLACE, *columns))
    return reduce(lambda one, other: one.unionAll(other), parts), forms


def _column(held: Mapping[str, str], slot: str, type_: str) -> Column:
    from pyspark.sql import functions as f

    return f.col(f"`{held[slot]}`") if slot in held else f.lit(None).cast(type_)


def _form(name: str, types: Iterable[tuple[str, str]]) -> Form:
    columns, taken = [], dict[str, int]()
    for column, type_ in types:
        if column == CUSTOMER or column in _MOMENTS:
            columns.append((column, CUSTOMER if column == CUSTOMER else AT))
        elif column != PLACE:
            columns.append((column, f"{type_}-{taken.setdefault(type_, 0)}"))
            taken[type_] += 1
    return Form(name, tuple(columns))


def split(rows: pa.Table, forms: Sequence[Form]) -> dict[str, pa.Table]:
    """The parts of a frame's rows, which lie in the order of PART."""
    found, start = {}, 0
    part = rows.column(PART)
    for number, form in enumerate(forms):
        length = pc.sum(pc.equal(part, number)).as_py() or 0
        mine = rows.slice(start, length)
        found[form.name] = pa.table({name: mine.column(slot) for name, slot in form.columns})
        start += length
    return found


def into_buckets(session: SparkSession, rows: DataFrame, firsts: Sequence[str]) -> DataFrame:
    """The rows with bucket n in partition n, in the order of parts, customers and time; `firsts`: each one's first
    customer."""
    keys = _keys(session, len(firsts))
    marked = rows.withColumn(BUCKET, _bucket(firsts, keys))
    return marked.repartition(len(firsts), BUCKET).sortWithinPartitions(PART, CUSTOMER, AT, PLACE).drop(BUCKET, PLACE)


def _bucket(firsts: Sequence[str], keys: Sequence[int]) -> Column:
    """The key of a customer's bucket, by halves."""
    from pyspark.sql import functions as f

    if len(firsts) == 1:
        return f.lit(keys[0])
    half = len(firsts) // 2
    low, high = _bucket(firsts[:half], keys[:half]), _bucket(firsts[half:], keys[half:])
    return f.when(f.col(CUSTOMER) < f.lit(firsts[half]), low).otherwise(high)


def _keys(session: SparkSession, count: int) -> list[int]:
    """For each of `count` partitions a number that Spark's own hash sends there."""
    tried = count * 40 + 100
    sql = f"SELECT pmod(hash(CAST(id AS INT)), {count}) AS n, CAST(min(id) AS INT) FROM range({tried}) GROUP BY 1"
    found = {row[0]: row[1] for row in session.sql(sql).collect()}
    return [found[n] for n in range(count)]
