"""What a pass over a table found: who matches which rule, with the money at stake, the key and the evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from care.nouns import MATCH_COLUMNS
from care.rules.evidence_columns import write_all_evidence, written
from care.rules.rule import Rule

if TYPE_CHECKING:
    import pandas as pd

Truth: TypeAlias = bool | None
"""True, False, or None: not enough data."""
_MOST_VALUE = 1e15
"""Currency units at stake: beyond any customer, and well within 64 bits of minor units."""
_MOST_RULES = 100_000
_HALF = 1e-3
"""How near to half a minor unit a product of doubles may be wrong about the side."""


@dataclass(frozen=True)
class Found:
    """One rule over a table: the rows whose condition holds, ascending, and for how many it is unknown."""

    rows: Any
    unknown: int


@dataclass(frozen=True)
class Matches:
    """What a book says to a table.

    rules: those that ran, by id. rule, row: one entry a match, the place in `rules` and the row of the table, in the
    order of (customer_id, rule_id, key). table: MATCH_COLUMNS as Arrow, in the same order. unknown: per rule that ran,
    rows for which a signal it needs is unknown. stopped: per rule that did not run although it is enabled, why.
    """

    rules: tuple[str, ...]
    rule: Any
    row: Any
    table: pa.Table
    unknown: dict[str, int]
    stopped: dict[str, str]

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The matches as a frame: MATCH_COLUMNS, sorted by customer_id, rule_id, key."""
        whole = {"rule_version": "int64", "value_minor": "int64"}
        found: pd.DataFrame = self.table.to_pandas().astype({name: whole.get(name, "str") for name in MATCH_COLUMNS})
        return found

    def rows_of(self, rule_id: str) -> Any:
        """The rows of the table that match a rule, ascending."""
        return np.sort(self.row[self.rule == self.rules.index(rule_id)]) if rule_id in self.rules else self.row[:0]


def collect(
    rules: Mapping[str, Rule], found: Mapping[str, Found], table: pa.Table, value: Callable[[str, pa.Table], Any]
) -> Matches:
    """The matches of the rules found, each with its stake, key and evidence.

    `value`: the money at stake in a rule's rows (a table of its evidence), doubles in currency units with NaN for
    unknown. A match whose stake or key is unknown is no match: it is counted as unknown.
    """
    ran = tuple(sorted(found))
    unknown: dict[str, int] = {}
    parts: list[pa.Table] = []
    for place, rule_id in enumerate(ran):
        part = _matches_of(rules[rule_id], found[rule_id].rows, table, value)
        unknown[rule_id] = found[rule_id].unknown + len(found[rule_id].rows) - part.num_rows
        parts.append(part.append_column("_rule", pa.repeat(place, part.num_rows)))
    whole = _sorted(pa.concat_tables(parts), table.column("customer_id")) if parts else _nothing()
    rule, row = (whole.column(name).to_numpy() for name in ("_rule", "_row"))
    return Matches(ran, rule, row, whole.select(list(MATCH_COLUMNS)), unknown, {})


def _matches_of(rule: Rule, rows: Any, table: pa.Table, value: Callable[[str, pa.Table], Any]) -> pa.Table:
    names = list(dict.fromkeys(["customer_id", *rule.evidence, *rule.key, "as_of"]))
    stood = table.select(names).take(pa.array(rows, pa.int64()))
    stake = value(rule.id, stood)
    known = np.isfinite(stake) & (np.abs(stake) <= _MOST_VALUE)
    for name in rule.key:
        known &= ~stood.column(name).combine_chunks().is_null(nan_is_null=True).to_numpy(zero_copy_only=False)
    if not known.all():
        stood, stake, rows = stood.filter(pa.array(known)), stake[known], rows[known]
    columns = (
        stood.column("customer_id").cast(pa.string()),
        pa.repeat(rule.id, len(rows)),
        pa.repeat(rule.version, len(rows)),
        _keys(rule, stood),
        pa.array(_minor(stake), pa.int64()),
        write_all_evidence(stood, rule.evidence),
        pa.array(rows, pa.int64()),
    )
    return pa.table(dict(zip((*MATCH_COLUMNS, "_row"), columns, strict=True)))


def _keys(rule: Rule, stood: pa.Table) -> pa.Array:
    if not rule.key:
        return pa.repeat("", stood.num_rows)
    return pc.binary_join_element_wise(*(written(stood.column(name)) for name in rule.key), "|")


def _minor(value: Any) -> Any:
    """Currency units as minor units, half away from zero as the decimal number says, not its nearest double."""
    scaled = value * 100
    whole = np.rint(scaled)
    for at in np.flatnonzero(np.abs(np.abs(scaled - np.trunc(scaled)) - 0.5) < _HALF):
        whole[at] = int(Decimal(repr(float(value[at]))).scaleb(2).quantize(Decimal(1), ROUND_HALF_UP))
    return whole.astype(np.int64)


def _sorted(found: pa.Table, customers: pa.ChunkedArray) -> pa.Table:
    """In the order of customer, rule and key; where the customers ascend, one row each, their rows tell it."""
    if len(customers) < 2 or pc.all(pc.less(customers[:-1], customers[1:])).as_py():
        place = found.column("_row").to_numpy() * (_MOST_RULES + 1) + found.column("_rule").to_numpy()
        return found.take(pa.array(np.argsort(place))).combine_chunks()
    order = [("customer_id", "ascending"), ("rule_id", "ascending"), ("key", "ascending")]
    return found.sort_by([*order, ("_row", "ascending")]).combine_chunks()


def _nothing() -> pa.Table:
    whole = {"rule_version": pa.int64(), "value_minor": pa.int64(), "_row": pa.int64(), "_rule": pa.int64()}
    names = (*MATCH_COLUMNS, "_row", "_rule")
    return pa.table({name: pa.array([], whole.get(name, pa.string())) for name in names})
