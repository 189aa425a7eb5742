"""A checked expression as DuckDB text."""

from __future__ import annotations

from datetime import date

from features.expression.tree import Call, Expression, Literal, Name, Node

_INFIX = ("=", "<>", "<", "<=", ">", ">=", "+", "-", "*")


def to_sql(expression: Expression) -> str:
    """The expression for DuckDB, over columns called like its names.

    Numbers are computed and compared as DOUBLE, so that whole-number columns cannot overflow and a threshold such as
    5000.01 means the same here and over one row. An expression that is only a name keeps the column's own type.
    """
    tree = expression.tree
    return _quoted(tree.name) if isinstance(tree, Name) else _sql(tree)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: float | str | bool | date) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        written = repr(value)
        return written if "e" in written else f"{written}e0"  # the exponent makes it a DOUBLE, not a DECIMAL
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return "'" + value.replace("'", "''") + "'"


def _sql(node: Node) -> str:
    if isinstance(node, Name):
        return f"CAST({_quoted(node.name)} AS DOUBLE)" if node.type == "number" else _quoted(node.name)
    if isinstance(node, Literal):
        return _literal(node.value)
    return _call(node, [_sql(argument) for argument in node.arguments])


def _call(node: Call, parts: list[str]) -> str:
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
    return _case(parts) if of == "case" else _function(node, parts)


def _case(parts: list[str]) -> str:
    whens = "".join(f" WHEN {parts[at]} THEN {parts[at + 1]}" for at in range(0, len(parts) - 1, 2))
    last = f" ELSE {parts[-1]}" if len(parts) % 2 else ""
    return f"(CASE{whens}{last} END)"


def _function(node: Call, parts: list[str]) -> str:
    if node.of == "days_between":
        return f"((epoch_us({parts[1]}) - epoch_us({parts[0]})) / 86400000000e0)"
    if node.of == "plus_days":
        later = f"({parts[0]} + TRY_CAST(floor({parts[1]}) AS SMALLINT))"
        return f"(CASE WHEN {later} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN {later} END)"
    if node.of == "day_of_month":
        return f"CAST(day({parts[0]}) AS DOUBLE)"
    if node.of == "round" and len(parts) == 2:
        return f"round({parts[0]}, CAST({parts[1]} AS INTEGER))"
    return f"{node.of}({', '.join(parts)})"
