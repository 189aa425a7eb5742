"""What is written differently for SQLite and PostgreSQL, so that a condition means there what it means elsewhere.

Days stand as ISO text in SQLite, as DATE in PostgreSQL; flags as 0 and 1 or BOOLEAN. Instants are the engine's alone:
no signal is one. SQLite has no rounding functions that do as the engine does, PostgreSQL rounds halves to even: both
are written out, over numbers below 10^15.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

DialectName = Literal["duckdb", "sqlite", "postgresql"]
Parts = list[str]


@dataclass(frozen=True)
class Dialect:
    """How numbers, texts, days and functions are written."""

    double: str
    text: str
    day: str
    functions: dict[str, Callable[[Parts], str]]


def dialect_of(name: DialectName) -> Dialect:
    """The dialect of that name."""
    return _DIALECTS[name]


def _plain(of: str) -> Callable[[Parts], str]:
    return lambda parts: f"{of}({', '.join(parts)})"


def _coalesce(parts: Parts) -> str:
    return parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"


def _skipping(of: str) -> Callable[[Parts], str]:
    """SQLite's min and max are NULL where one argument is: each argument is replaced by the others where it is NULL."""

    def call(parts: Parts) -> str:
        if len(parts) == 1:
            return parts[0]
        turned = [_coalesce(parts[at:] + parts[:at]) for at in range(len(parts))]
        return f"{of}({', '.join(turned)})"

    return call


def _round(whole: Callable[[str], str]) -> Callable[[Parts], str]:
    def call(parts: Parts) -> str:
        scale = repr(10.0 ** int(float(parts[1]))) if len(parts) == 2 else "1.0"
        scaled = f"({parts[0]} * {scale})"
        away = f"CASE WHEN {scaled} < 0 THEN -1.0 ELSE 1.0 END"
        return (
            f"(CASE WHEN abs({scaled} - {whole(scaled)}) >= 0.5 THEN {whole(scaled)} + {away} ELSE {whole(scaled)} END"
            f" / {scale})"
        )

    return call


def _sqlite_whole(part: str) -> str:
    return f"CAST(CAST({part} AS INTEGER) AS REAL)"


_SQLITE = Dialect(
    "CAST({} AS REAL)", "'{}'", "'{}'",
    {
        "least": _skipping("min"), "greatest": _skipping("max"), "coalesce": _coalesce, "abs": _plain("abs"),
        "floor": lambda p: f"({_sqlite_whole(p[0])} - ({p[0]} < {_sqlite_whole(p[0])}))",
        "ceil": lambda p: f"({_sqlite_whole(p[0])} + ({p[0]} > {_sqlite_whole(p[0])}))",
        "round": _round(_sqlite_whole),
        "days_between": lambda p: f"(julianday({p[1]}) - julianday({p[0]}))",
        "day_of_month": lambda p: f"CAST(strftime('%d', {p[0]}) AS REAL)",
        "plus_days": lambda p: (
            f"(CASE WHEN {p[1]} >= -32768 AND {p[1]} < 32768 THEN date({p[0]}, "
            f"CAST({_sqlite_whole(p[1])} - ({p[1]} < {_sqlite_whole(p[1])}) AS INTEGER) || ' days') END)"
        ),
    },
)  # fmt: skip
_POSTGRESQL = Dialect(
    "CAST({} AS double precision)", "('{}' COLLATE \"C\")", "DATE '{}'",
    {
        "least": _plain("least"), "greatest": _plain("greatest"), "coalesce": _plain("coalesce"), "abs": _plain("abs"),
        "floor": _plain("floor"), "ceil": _plain("ceil"), "round": _round(lambda part: f"trunc({part})"),
        "days_between": lambda p: f"CAST({p[1]} - {p[0]} AS double precision)",
        "day_of_month": lambda p: f"CAST(extract(day FROM {p[0]}) AS double precision)",
        "plus_days": lambda p: (
            f"(CASE WHEN {p[1]} >= -32768 AND {p[1]} < 32768 THEN {p[0]} + CAST(floor({p[1]}) AS integer) END)"
        ),
    },
)  # fmt: skip
_DUCKDB = Dialect(
    "CAST({} AS DOUBLE)", "'{}'", "DATE '{}'",
    {
        **{of: _plain(of) for of in ("least", "greatest", "coalesce", "abs", "floor", "ceil")},
        "round": lambda p: f"round({p[0]}, CAST({p[1]} AS INTEGER))" if len(p) == 2 else f"round({p[0]})",
        "days_between": lambda p: f"((epoch_us({p[1]}) - epoch_us({p[0]})) / 86400000000e0)",
        "day_of_month": lambda p: f"CAST(day({p[0]}) AS DOUBLE)",
        "plus_days": lambda p: (
            f"(CASE WHEN ({p[0]} + TRY_CAST(floor({p[1]}) AS SMALLINT)) BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"
            f" THEN ({p[0]} + TRY_CAST(floor({p[1]}) AS SMALLINT)) END)"
        ),
    },
)  # fmt: skip
_DIALECTS: dict[DialectName, Dialect] = {"duckdb": _DUCKDB, "sqlite": _SQLITE, "postgresql": _POSTGRESQL}
