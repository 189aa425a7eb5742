"""SQL expressions over names, as people write them in YAML: parsed, checked, run by the engine or over one row."""

from features.expression.parse import parse_expression
from features.expression.row import evaluate
from features.expression.sql import to_sql
from features.expression.tree import Call, Expression, Literal, Name, Node, Type

__all__ = ["Call", "Expression", "Literal", "Name", "Node", "Type", "evaluate", "parse_expression", "to_sql"]
