"""Everything that may stand in an expression, by the parser's kinds: what is not listed here is refused."""

from __future__ import annotations

from sqlglot import exp

COMPARISONS = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
ARITHMETIC = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
CHAINS = {exp.And: "and", exp.Or: "or"}
CALLS = {
    exp.Abs: "abs", exp.Least: "least", exp.Greatest: "greatest", exp.Coalesce: "coalesce", exp.Floor: "floor",
    exp.Ceil: "ceil", exp.Round: "round", exp.DayOfMonth: "day_of_month",
}  # fmt: skip
OWN = ("days_between", "plus_days")  # functions that the parser does not know
FUNCTIONS = (*CALLS.values(), *OWN)
# What the parser may set on a node besides its operands without changing what the text says.
SILENT = {"typed", "safe", "ignore_nulls", "_type"}
OPERANDS = {
    **{kind: {"this", "expression"} for kind in (*COMPARISONS, *ARITHMETIC, *CHAINS, exp.Is)},
    **{kind: {"this"} for kind in (exp.Column, exp.Boolean, exp.Paren, exp.Not, exp.Neg)},
    **{kind: {"this"} for kind in (exp.Abs, exp.Floor, exp.Ceil, exp.DayOfMonth)},
    **{kind: {"this", "expressions"} for kind in (exp.Least, exp.Greatest, exp.Coalesce, exp.In)},
    exp.Literal: {"this", "is_string"},
    exp.Between: {"this", "low", "high"},
    exp.Case: {"ifs", "default"},
    exp.If: {"this", "true"},
    exp.Cast: {"this", "to"},
    exp.Round: {"this", "decimals"},
}
