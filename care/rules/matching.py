"""The whole book over a day's snapshot in one pass of the engine."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from care.nouns import MATCH_COLUMNS
from care.rules.book import Book
from care.rules.check import AS_OF, Compiled
from care.rules.evidence import write_evidence
from care.rules.rule import Rule
from features.expression import to_sql

_Row = tuple[str, str, int, str, int, str]  # MATCH_COLUMNS
_ROW = "_row"
_MOST_VALUE = 1e15  # currency units; beyond any customer, and well within 64 bits of minor units


@dataclass(frozen=True)
class Matches:
    """What the book says to a day.

    frame: MATCH_COLUMNS, sorted by customer_id, rule_id, key. unknown: per rule that ran, customers for whom a signal
    it needs is unknown. stopped: per rule that did not run although it is enabled, why.
    """

    frame: pd.DataFrame
    unknown: dict[str, int]
    stopped: dict[str, str]


@dataclass(frozen=True)
class _Answers:
    """One rule over the snapshot: the rows that fulfil it, the money at stake in each, the count of unknown ones."""

    rows: list[int]
    values: list[float | None]
    unknown: int


def match(book: Book, snapshot: pa.Table, as_of: date) -> Matches:
    """Every enabled daily rule that has not expired by `as_of`, over one row a customer.

    `snapshot`: customer_id and a column a signal. A rule that throws is stopped alone, with its reason; the others run.
    """
    table = _today(snapshot, as_of)
    rules, stopped = _running(book, set(table.column_names), as_of)
    answers = _run(book, rules, table, stopped)
    rows: list[_Row] = []
    unknown: dict[str, int] = {}
    for rule in rules:
        if rule.id in answers:
            found, unsure = _matches_of(rule, answers[rule.id], table)
            rows += found
            unknown[rule.id] = unsure
    return Matches(_frame(rows), unknown, stopped)


def _today(snapshot: pa.Table, as_of: date) -> pa.Table:
    table = snapshot.drop_columns([AS_OF]) if AS_OF in snapshot.column_names else snapshot
    table = table.append_column(AS_OF, pa.array([as_of] * table.num_rows, pa.date32()))
    return table.append_column(_ROW, pa.array(range(table.num_rows), pa.int64()))


def _running(book: Book, columns: set[str], as_of: date) -> tuple[list[Rule], dict[str, str]]:
    rules, stopped = [], {}
    for rule in book.rules.values():
        if not rule.enabled or rule.on != "day":
            continue
        missing = sorted((book.compiled[rule.id].names | set(rule.evidence)) - columns)
        if as_of >= rule.expires_on:
            stopped[rule.id] = f"expired on {rule.expires_on}"
        elif missing:
            stopped[rule.id] = f"the snapshot has no column '{missing[0]}'"
        else:
            rules.append(rule)
    return rules, stopped


def _run(book: Book, rules: Sequence[Rule], table: pa.Table, stopped: dict[str, str]) -> dict[str, _Answers]:
    """All rules in one query; if that fails, one by one, so that only the rule at fault is stopped."""
    if not rules:
        return {}
    config: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": "false",
        "lock_configuration": "true",
    }
    with duckdb.connect(config=config) as connection:
        connection.register("snapshot", table)
        try:
            return _query(connection, book, rules)
        except duckdb.Error:
            return _one_by_one(connection, book, rules, stopped)


def _one_by_one(
    connection: duckdb.DuckDBPyConnection, book: Book, rules: Sequence[Rule], stopped: dict[str, str]
) -> dict[str, _Answers]:
    answers: dict[str, _Answers] = {}
    for rule in rules:
        try:
            answers |= _query(connection, book, [rule])
        except duckdb.Error as error:
            stopped[rule.id] = str(error).splitlines()[0]
    return answers


def _query(connection: duckdb.DuckDBPyConnection, book: Book, rules: Sequence[Rule]) -> dict[str, _Answers]:
    columns = [_columns(book.compiled[rule.id], at) for at, rule in enumerate(rules)]
    found = connection.execute(f"SELECT {', '.join(columns)} FROM snapshot ORDER BY {_ROW}").to_arrow_table()
    return {rule.id: _answers(found[f"when_{at}"], found[f"value_{at}"]) for at, rule in enumerate(rules)}


def _answers(when: pa.ChunkedArray, value: pa.ChunkedArray) -> _Answers:
    # One array: over a column of no chunks at all (no customers) indices_nonzero ends the process.
    rows = pc.indices_nonzero(pc.fill_null(when.combine_chunks(), False))
    return _Answers(rows.to_pylist(), value.take(rows).to_pylist(), when.null_count)


def _columns(compiled: Compiled, at: int) -> str:
    return f'{to_sql(compiled.when)} AS "when_{at}", CAST({to_sql(compiled.value)} AS DOUBLE) AS "value_{at}"'


def _matches_of(rule: Rule, answers: _Answers, table: pa.Table) -> tuple[list[_Row], int]:
    unsure = answers.unknown
    stood = table.select(["customer_id", *rule.evidence]).take(pa.array(answers.rows, pa.int64())).to_pylist()
    found: list[_Row] = []
    for at_stake, signals in zip(answers.values, stood, strict=True):
        value, key = _minor(at_stake), _key(rule, signals)
        if value is None or key is None:
            unsure += 1
            continue
        evidence = write_evidence(signals, rule.evidence)
        found.append((signals["customer_id"], rule.id, rule.version, key, value, evidence))
    return found, unsure


def _minor(value: float | None) -> int | None:
    """Currency units as minor units; None where the value is unknown or beyond any money."""
    if value is None or not math.isfinite(value) or abs(value) > _MOST_VALUE:
        return None
    return int(Decimal(repr(value)).scaleb(2).quantize(Decimal(1), ROUND_HALF_UP))


def _key(rule: Rule, signals: Mapping[str, Any]) -> str | None:
    values = [signals[name] for name in rule.key]
    if any(value is None for value in values):
        return None
    return "|".join(str(int(value) if isinstance(value, float) and value.is_integer() else value) for value in values)


def _frame(rows: list[_Row]) -> pd.DataFrame:
    ordered = sorted(rows, key=lambda row: (row[0], row[1], row[3]))
    frame = pd.DataFrame.from_records(ordered, columns=list(MATCH_COLUMNS))
    whole = {"rule_version": "int64", "value_minor": "int64"}
    return frame.astype({name: whole.get(name, "str") for name in MATCH_COLUMNS})
