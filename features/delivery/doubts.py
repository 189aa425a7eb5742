"""What looks wrong in a delivery although every row keeps the contract: named in the report, it stops nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

import duckdb
from pydantic import BaseModel, ConfigDict

from features.documents import read_documents, validate


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Words(_Strict):
    zh: str
    en: str


class _Question(_Words):
    name: str
    table: str
    sql: str
    needs_known_at: bool = False


class _Known(_Strict):
    limits: dict[str, float]
    doubts: list[_Question]
    column: _Words


@dataclass(frozen=True)
class Doubt:
    """One thing that looks wrong: its name, where (a file, or a table), and its words in both languages."""

    name: str
    place: str
    zh: str
    en: str


def sampled_accounts() -> int:
    """Of how many accounts a sample has rows."""
    return int(_known().limits["sampled_accounts"])


@cache
def _known() -> _Known:
    return validate(read_documents(Path(__file__).with_name("doubts.yaml"))[0], _Known)


def doubts_about(
    connection: duckdb.DuckDBPyConnection, table: str, rows: str, sample: str, *, zone: str, known_at_told: bool
) -> list[Doubt]:
    """What doubts.yaml asks about the accepted rows of a table, the relation `rows`; `zone`: the bank's time zone.

    `sample`: all rows of some accounts. `known_at_told`: whether the source says itself when the bank knew of a row.
    """
    asked = [one for one in _known().doubts if one.table == table and (known_at_told or not one.needs_known_at)]
    if not asked:
        return []
    limits: dict[str, Any] = {**_known().limits, "zone": zone}
    connection.execute(f"""
        CREATE OR REPLACE TEMP VIEW taken AS FROM {rows};
        CREATE OR REPLACE TEMP TABLE sampled AS FROM {sample}""")
    found = []
    for one in asked:
        names = set(re.findall(r"\$(\w+)", one.sql))
        answer = connection.execute(one.sql, {name: limits[name] for name in names}).to_arrow_table().to_pylist()
        found += [_doubt(one.name, one, row["place"], row) for row in answer]
    connection.execute("DROP TABLE sampled")
    return found


def doubts_about_columns(sql: str, layouts: Mapping[str, Mapping[str, list[str]]]) -> list[Doubt]:
    """Files that lack a column which others of their call have and the SELECT reads; `layouts`: call, file, columns."""
    found = []
    for files in layouts.values():
        every = dict.fromkeys(column for columns in files.values() for column in columns)
        for file, columns in files.items():
            lacking = [name for name in every if name not in columns and _is_read(sql, name)]
            found += [_doubt("column", _known().column, file, {"column": name}) for name in lacking]
    return found


def _is_read(sql: str, column: str) -> bool:
    return re.search(rf"\b{re.escape(column)}\b", sql) is not None or re.search(r"select\s+\*", sql, re.I) is not None


def _doubt(name: str, words: _Words, place: str, slots: Mapping[str, object]) -> Doubt:
    said = {key: str(value) for key, value in slots.items()}
    return Doubt(name, place, Template(words.zh).substitute(said), Template(words.en).substitute(said))
