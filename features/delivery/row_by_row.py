"""Whether a SELECT makes each of its rows from one row of its first file: then it may run file by file."""

from __future__ import annotations

from typing import Any

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_PARTS = ("with_", "group", "having", "distinct", "qualify", "order", "limit", "offset", "windows", "sample", "connect")
_SEVERAL = (exp.AggFunc, exp.Window, exp.Subquery, exp.Lateral, exp.UDTF, exp.Explode, exp.SetOperation, exp.Pivot)
_JOINS = {("", ""), ("", "INNER"), ("", "CROSS"), ("LEFT", ""), ("LEFT", "OUTER")}


def driving_relation(connection: duckdb.DuckDBPyConnection, sql: str) -> str | None:
    """The relation whose rows `sql` takes one by one, or None where a row may depend on several of them.

    When in doubt, None: the SELECT is then computed whole, which is right for every SELECT and needs more room.
    """
    try:
        node: Any = sqlglot.parse_one(sql, read="duckdb")
    except (SqlglotError, RecursionError):
        return None
    source = node.args.get("from_") if isinstance(node, exp.Select) else None
    if source is None or not isinstance(source.this, exp.Table) or any(node.args.get(one) for one in _PARTS):
        return None
    if next(node.find_all(*_SEVERAL), None) is not None or len(list(node.find_all(exp.Select))) > 1:
        return None
    if not all(_keeps_rows_apart(join) for join in node.args.get("joins") or []):
        return None
    called = {one.name.lower() for one in node.find_all(exp.Anonymous)}
    return None if called & _over_several_rows(connection) else str(source.this.name)


def _keeps_rows_apart(join: Any) -> bool:
    return isinstance(join.this, exp.Table) and not join.args.get("method") and (join.side, join.kind) in _JOINS


def _over_several_rows(connection: duckdb.DuckDBPyConnection) -> set[str]:
    query = """SELECT DISTINCT function_name FROM duckdb_functions()
        WHERE function_type NOT IN ('scalar', 'macro') OR function_name IN ('unnest', 'nextval', 'random')"""
    found = connection.execute(query).fetchall()
    return {name for (name,) in found}
