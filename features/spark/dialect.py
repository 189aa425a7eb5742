"""The engine's SQL in Spark's words. Only what is about one row: aggregates over time are the kernels' business."""

from __future__ import annotations

from typing import Any

import sqlglot
from sqlglot import exp

PLACE = "seq"
"""Where a row stands in its stored file: of rows at one instant the one before comes first."""
_EXACT = 9e15  # doubles beyond it have no fraction


def to_spark(sql: str, *, placed: bool = False) -> str:
    """A SELECT of DuckDB as one of Spark, in a session whose time zone is UTC.

    Both give the same values, except that a hash is another number: it tells values apart within one engine.
    `placed`: the rows carry the PLACE of the stored rows they come from, and are in no order.
    """
    tree = sqlglot.parse_one(sql, read="duckdb")
    if placed:
        _carry_place(tree)
    return str(tree.transform(_said).sql(dialect="spark"))


def text(value: str) -> str:
    """A text as Spark's literal."""
    return str(exp.Literal.string(value).sql(dialect="spark"))


def _said(node: Any) -> Any:
    """What the parser's own translation leaves as DuckDB has it."""
    if isinstance(node, exp.Anonymous) and node.name.lower() in _FUNCTIONS:
        return _FUNCTIONS[node.name.lower()](*(argument.transform(_said) for argument in node.expressions))
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Sub) and _is_epoch(node.this.expression):
        days = exp.Anonymous(this="UNIX_DATE", expressions=[node.this.this.transform(_said)])
        return exp.Cast(this=days, to=node.to)
    if type(node) in (exp.Floor, exp.Ceil):
        return _whole(type(node), node.this.transform(_said))
    if isinstance(node, exp.Round) and node.args.get("decimals") is not None:
        return _rounded(node.this.transform(_said), node.args["decimals"].transform(_said))
    return node


def _hash(*values: Any) -> Any:
    return exp.Anonymous(this="XXHASH64", expressions=list(values))


def _micros(moment: Any) -> Any:
    # Spark counts from 1970 only what has a zone; the session's is UTC.
    zoned = exp.Cast(this=moment, to=exp.DataType.build("TIMESTAMPTZ"))
    return exp.Anonymous(this="UNIX_MICROS", expressions=[zoned])


_FUNCTIONS = {"hash": _hash, "epoch_us": _micros}


def _is_epoch(node: Any) -> bool:
    return isinstance(node, exp.Cast) and node.this.name == "1970-01-01" and node.to.is_type("date")


def _whole(kind: type[Any], number: Any) -> Any:
    """floor and ceil as doubles: Spark's are 64-bit whole numbers, which not every double fits."""
    small = exp.LT(this=exp.Abs(this=number.copy()), expression=_double(_EXACT))
    whole = exp.Cast(this=kind(this=number.copy()), to=exp.DataType.build("DOUBLE"))
    return exp.Case(ifs=[exp.If(this=small, true=whole)], default=number)


def _rounded(number: Any, places: Any) -> Any:
    """round(number, places) by way of a whole number, as DuckDB does; Spark would round the decimal digits."""
    up = exp.Anonymous(this="POW", expressions=[_double(10), exp.Abs(this=exp.paren(places.copy()))])
    fine = exp.Div(this=exp.Round(this=exp.Mul(this=exp.paren(number.copy()), expression=up)), expression=up.copy())
    coarse = exp.Mul(this=exp.Round(this=exp.Div(this=exp.paren(number), expression=up.copy())), expression=up.copy())
    negative = exp.LT(this=exp.paren(places), expression=exp.Literal.number(0))
    return exp.Case(ifs=[exp.If(this=negative, true=coarse)], default=fine)


def _double(value: float) -> Any:
    return exp.Literal.number(f"{value:.0f}e0")


def _carry_place(select: Any) -> None:
    """Add the PLACE to each SELECT from the outermost down to the stored table.

    Spark keeps no order across a shuffle, and numbering rows would bring them all to one machine: instead of ORDER BY
    and row_number the place in the stored file goes along.
    """
    select.set("order", None)
    kept = [one for one in select.expressions if not one.find(exp.Window)]
    select.set("expressions", kept)
    source = select.args["from_"].this
    if not any(one.alias_or_name in (PLACE, "*") for one in kept):
        select.select(exp.column(PLACE, table=source.alias or None), copy=False)
    if isinstance(source, exp.Subquery):
        _carry_place(source.this)
