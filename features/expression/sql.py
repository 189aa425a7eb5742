"""A checked expression as SQL text: for DuckDB, SQLite or PostgreSQL, with one meaning."""

from __future__ import annotations

from datetime import date

from features.expression.dialects import Dialect, DialectName, dialect_of
from features.expression.tree import Call, Expression, Literal, Name, Node

_INFIX = ("=", "<>", "<", "<=", ">", ">=", "+", "-", "*")


def to_sql(expression: Expression, dialect: DialectName = "duckdb") -> str:
    """The expression over columns called like its names.

    Numbers are computed and compared as doubles, so that whole-number columns cannot overflow and a threshold such as
    5000.01 means the same here and over one row. An expression that is only a name keeps the column's own type. Where
    a result is beyond any double, engines differ (infinity, NULL, an error); see features.expression.dialects.
    """
    tree = expression.tree
    return _quoted(tree.name) if isinstance(tree, Name) else _sql(tree, dialect_of(dialect))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: float | str | bool | date, dialect: Dialect) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        written = repr(value)
        exact = written if "e" in written else f"{written}e0"  # the exponent makes it a DOUBLE, not a DECIMAL
        return exact if "DOUBLE" in dialect.double else dialect.double.format(exact)
    if isinstance(value, date):
        return dialect.day.format(value.isoformat())
    return dialect.text.format(value.replace("'", "''"))


def _sql(node: Node, dialect: Dialect) -> str:
    if isinstance(node, Name):
        return dialect.double.format(_quoted(node.name)) if node.type == "number" else _quoted(node.name)
    if isinstance(node, Literal):
        return _literal(node.value, dialect)
    digits = node.of == "round" and len(node.arguments) == 2
    parts = [_sql(argument, dialect) for argument in node.arguments[: 1 if digits else None]]
    if digits and isinstance(node.arguments[1], Literal):
        parts.append(str(int(float(str(node.arguments[1].value)))))
    return _call(node, parts, dialect)


def _call(node: Call, parts: list[str], dialect: Dialect) -> str:
    of = node.of
    if of in ("and", "or"):
        return "(" + f" {of.upper()} ".join(parts) + ")"
    if of in _INFIX:
        return f"({parts[0]} {of} {parts[1]})"
    if of == "/":
        return f"({parts[0]} / NULLIF({parts[1]}, 0e0))"
    if of == "between":
        return f"({parts[0]} BETWEEN {parts[1]} AND {parts[2]})"
    if of == "in":
        return f"({parts[0]} IN ({', '.join(parts[1:])}))"
    if of in ("not", "minus", "is null"):
        return {"not": f"(NOT {parts[0]})", "minus": f"(- {parts[0]})", "is null": f"({parts[0]} IS NULL)"}[of]
    return _case(parts) if of == "case" else dialect.functions[of](parts)


def _case(parts: list[str]) -> str:
    whens = "".join(f" WHEN {parts[at]} THEN {parts[at + 1]}" for at in range(0, len(parts) - 1, 2))
    last = f" ELSE {parts[-1]}" if len(parts) % 2 else ""
    return f"(CASE{whens}{last} END)"
