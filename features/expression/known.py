"""When an expression over a row is unknown: what has to be known for it, told from the expression alone."""

from __future__ import annotations

from features.expression.tree import Call, Literal, Name, Node

# NULL exactly where one of their arguments is; `/` is NULL over zero too, the others decide without some argument.
_STRICT = frozenset(
    {"=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "minus", "not", "abs", "floor", "ceil", "round", "days_between",
     "day_of_month", "plus_days"}
)  # fmt: skip


def needs(node: Node) -> frozenset[str] | None:
    """The names that all have to be known for `node` to be known, and suffice; None where no such set exists."""
    if isinstance(node, Literal):
        return frozenset()
    if isinstance(node, Name):
        return frozenset({node.name})
    if node.of == "is null":
        return frozenset()
    if node.of == "coalesce" and needs(node.arguments[-1]) == frozenset():
        return frozenset()
    if node.of in _STRICT or _is_listed(node):
        parts = [needs(argument) for argument in node.arguments]
        return None if None in parts else frozenset().union(*(part for part in parts if part))
    return None


def _is_listed(node: Call) -> bool:
    """True for `value in (literals)`, which is unknown only if the value is."""
    return node.of == "in" and all(isinstance(argument, Literal) for argument in node.arguments[1:])
