"""Parts of different columns as one frame, so that one shuffle brings a bucket of customers all its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from features.spark.dialect import PLACE, text

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

BUCKET, PART, CUSTOMER, AT = "bucket_", "part_", "customer_id", "when_"
ORDER = (PART, CUSTOMER, AT, PLACE)
"""Parts one after the other, in each a customer's rows in order of time, of one instant as they are stored."""
_MOMENTS = ("at_", "event_at")


@dataclass(frozen=True)
class Form:
    """A part and where its columns stand in the common frame: (name, column there)."""

    name: str
    columns: tuple[tuple[str, str], ...]


def bring(session: SparkSession, parts: Mapping[str, str], firsts: Sequence[str]) -> tuple[DataFrame, list[Form]]:
    """The rows of all parts (SQL by name), those of bucket n in partition n, in ORDER.

    `firsts`: the first customer of each bucket, ascending.
    """
    forms = [form_of(name, session.sql(sql).dtypes) for name, sql in parts.items()]
    bucket = _bucket(firsts, _keys(session, len(firsts)))
    rows = session.sql(f"SELECT *, {bucket} AS {BUCKET} FROM ({union(forms, list(parts.values()))})")
    sorted_ = rows.repartition(len(firsts), BUCKET).sortWithinPartitions(*ORDER)
    return sorted_.drop(BUCKET, PLACE), forms


def form_of(name: str, types: Sequence[tuple[str, str]]) -> Form:
    """Where columns of these types stand: each in the next slot of its type, which other parts use too."""
    columns, taken = list[tuple[str, str]](), dict[str, int]()
    for column, type_ in types:
        if column == CUSTOMER or column in _MOMENTS:
            columns.append((column, CUSTOMER if column == CUSTOMER else AT))
        elif column != PLACE:
            taken[type_] = taken.get(type_, 0) + 1
            columns.append((column, f"{type_} {taken[type_]}"))
    return Form(name, tuple(columns))


def union(forms: Sequence[Form], parts: Sequence[str]) -> str:
    """One SELECT of all rows: the number of the part, customer, moment, place, and all slots."""
    slots = sorted({slot for form in forms for _, slot in form.columns} - {CUSTOMER, AT})
    selects = []
    for number, (form, sql) in enumerate(zip(forms, parts, strict=True)):
        held = {slot: f"`{name}`" for name, slot in form.columns}
        columns = [f"{held.get(slot, f'CAST(NULL AS {slot.split()[0]})')} AS `{slot}`" for slot in slots]
        moment = held.get(AT, "CAST(NULL AS TIMESTAMP_NTZ)")
        asked = ", ".join([f"{number} AS {PART}", CUSTOMER, f"{moment} AS {AT}", PLACE, *columns])
        selects.append(f"SELECT {asked} FROM ({sql})")
    return " UNION ALL ".join(selects)


def split(rows: pa.Table, forms: Sequence[Form]) -> dict[str, pa.Table]:
    """The parts of a bucket's rows, by name."""
    found, start = {}, 0
    for number, form in enumerate(forms):
        length = pc.sum(pc.equal(rows.column(PART), number)).as_py() or 0
        mine = rows.slice(start, length)
        found[form.name] = pa.table({name: mine.column(slot) for name, slot in form.columns})
        start += length
    return found


def _bucket(firsts: Sequence[str], keys: Sequence[int]) -> str:
    """The key of a customer's bucket, found by halves."""
    if len(firsts) == 1:
        return str(keys[0])
    half = len(firsts) // 2
    low, high = _bucket(firsts[:half], keys[:half]), _bucket(firsts[half:], keys[half:])
    return f"CASE WHEN {CUSTOMER} < {text(firsts[half])} THEN {low} ELSE {high} END"


def _keys(session: SparkSession, count: int) -> list[int]:
    """For each of `count` partitions a number that Spark's own hash sends there."""
    tried = count * 40 + 100  # so many that none is missing, save once in 10^15
    number = f"pmod(hash(CAST(id AS INT)), {count})"
    sql = f"SELECT {number} AS n, CAST(min(id) AS INT) FROM range({tried}) GROUP BY {number}"
    found = {row[0]: row[1] for row in session.sql(sql).collect()}
    return [found[n] for n in range(count)]
