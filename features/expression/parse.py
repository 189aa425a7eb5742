"""From text to a checked tree: only what is listed here may stand in an expression, and every type fits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from features.errors import Refusal, nearest
from features.expression.listed import ARITHMETIC, CALLS, CHAINS, COMPARISONS, FUNCTIONS, OPERANDS, OWN, SILENT
from features.expression.scan import scan, short
from features.expression.tree import Call, Expression, Literal, Name, Node, Type, walk

MOST_NODES = 200
MOST_DEPTH = 12
_WRITE = "use comparisons, and, or, not, in, between, case when"
_UNKNOWN = "test for an unknown value with 'is null'"


def parse_expression(text: str, names: Mapping[str, Type], *, place: str, wants: Type | None = None) -> Expression:
    """The checked form of a SQL expression over `names`.

    Allowed: and, or, not, comparisons, between, in (list), is [not] null, + - * /, case when, numbers, 'text',
    true, false, date '2026-01-01', and the FUNCTIONS. Numbers are doubles; `a / 0` is NULL; least and greatest
    skip NULLs, as in DuckDB; plus_days adds whole days, rounded down, and is NULL beyond 32,767 of them. Raises
    Refusal (place, reason, nearest name) for anything else, for types that do not fit, for a type other than `wants`,
    and for a text beyond MOST_BYTES, MOST_NODES or MOST_DEPTH.
    """
    try:
        scan(text, names, place)
        tree = _Check(names, place).node(_parsed(text, place), 1)
    except RecursionError:
        raise Refusal("the expression is nested too deeply", place=place, remedy="split it") from None
    if wants and tree.type != wants:
        reason = f"the expression is a {tree.type}, not a {wants}"
        raise Refusal(reason, place=place, remedy=f"write one whose value is a {wants}")
    names_read = frozenset(node.name for node in walk(tree) if isinstance(node, Name))
    return Expression(text, tree, tree.type, names_read)


def _parsed(text: str, place: str) -> Any:
    try:
        return _sql_tree(text)
    except (SqlglotError, ValueError, TypeError, AttributeError, KeyError, IndexError):
        reason = f"'{short(text)}' is not one SQL expression"
        raise Refusal(reason, place=place, remedy="check brackets, quotes and operators") from None


@lru_cache(maxsize=1024)
def _sql_tree(text: str) -> Any:
    """The parser's tree, which nobody changes: the same condition stands in many places of a catalogue."""
    # A condition, not a WHERE clause: the latter swallows a trailing ORDER BY without a word.
    return sqlglot.parse_one(text, into=exp.Condition, read="duckdb")


class _Check:
    """One walk over the parser's tree: counts, refuses, types and rebuilds it."""

    def __init__(self, names: Mapping[str, Type], place: str) -> None:
        self.names = names
        self.place = place
        self.count = 0

    def refuse(self, reason: str, remedy: str = "") -> Refusal:
        return Refusal(reason, place=self.place, remedy=remedy)

    def node(self, found: Any, depth: int) -> Node:
        while type(found) is exp.Paren:
            found = found.this
        self.count += 1
        if self.count > MOST_NODES or depth > MOST_DEPTH:
            raise self.refuse(f"the expression has more than {MOST_NODES} parts or {MOST_DEPTH} levels", "split it")
        self._listed(found)
        kind = type(found)
        if kind in CHAINS:
            return self._chain(found, depth)
        if kind in COMPARISONS:
            return self._comparison(COMPARISONS[kind], found.this, [found.expression], depth)
        if kind is exp.Between:
            return self._comparison("between", found.this, [found.args["low"], found.args["high"]], depth)
        if kind is exp.In:
            return self._comparison("in", found.this, found.expressions, depth)
        if kind in ARITHMETIC:
            return self._alike(ARITHMETIC[kind], [found.this, found.expression], depth, ("number",))
        if kind in CALLS or kind is exp.Anonymous:
            return self._function(found, depth)
        return self._rest(found, depth)

    def _listed(self, found: Any) -> None:
        allowed = OPERANDS.get(type(found))
        if type(found) is exp.Anonymous and str(found.this).lower() in OWN:
            return
        if isinstance(found, exp.Func) and (allowed is None or type(found) is exp.Anonymous):
            name = short(str(found.this if type(found) is exp.Anonymous else found.sql_name()).lower())
            raise self.refuse(f"function '{name}' is not allowed", f"functions are {', '.join(FUNCTIONS)}")
        extra = allowed is not None and {key for key, value in found.args.items() if value} - allowed - SILENT
        if allowed is None or extra:
            what = type(found).__name__.lower() if isinstance(found, exp.Expression) else "this"
            remedy = _UNKNOWN if what == "null" else _WRITE
            raise self.refuse(f"'{what}' is not allowed in this form", remedy)

    def _chain(self, found: Any, depth: int) -> Node:
        kind, parts, waiting = type(found), [], [found]
        while waiting:
            part = waiting.pop()
            while type(part) is exp.Paren:
                part = part.this
            if type(part) is kind:
                waiting += [part.expression, part.this]
            else:
                parts.append(part)
        return self._alike(CHAINS[kind], parts, depth, ("flag",))

    def _arguments(self, found: Iterable[Any], depth: int) -> tuple[Node, ...]:
        return tuple(self.node(part, depth + 1) for part in found)

    def _alike(self, of: str, found: list[Any], depth: int, types: tuple[Type, ...] = ()) -> Call:
        """A call whose arguments are all of one type, which is also its own."""
        arguments = self._arguments(found, depth)
        self._one_type(of, arguments, types)
        return Call(of, arguments, arguments[0].type)

    def _one_type(self, of: str, arguments: tuple[Node, ...], types: tuple[Type, ...] = ()) -> None:
        first = arguments[0].type
        for argument in arguments:
            if argument.type != first:
                raise self.refuse(f"'{of}' between a {first} and a {argument.type}", "give both the same type")
        if types and first not in types:
            raise self.refuse(f"'{of}' wants {' or '.join(types)}, not {first}", "check the types of the names")

    def _comparison(self, of: str, value: Any, others: list[Any], depth: int) -> Call:
        if not others:
            raise self.refuse(f"'{of}' without anything in its list", "write in ('a', 'b')")
        arguments = self._arguments([value, *others], depth)
        ordered: tuple[Type, ...] = () if of in ("=", "<>", "in") else ("number", "text", "day", "instant")
        self._one_type(of, arguments, ordered)
        return Call(of, arguments, "flag")

    def _function(self, found: Any, depth: int) -> Call:
        if type(found) is exp.Anonymous:
            return self._own(str(found.this).lower(), found, depth)
        of = CALLS[type(found)]
        if of in ("least", "greatest", "coalesce"):
            types: tuple[Type, ...] = () if of == "coalesce" else ("number", "day", "instant")
            return self._alike(of, [found.this, *found.expressions], depth, types)
        if of == "day_of_month":
            arguments = self._arguments([found.this], depth)
            self._one_type(of, arguments, ("day",))
            return Call(of, arguments, "number")
        digits = found.args.get("decimals")
        call = self._alike(of, [found.this] if digits is None else [found.this, digits], depth, ("number",))
        if len(call.arguments) == 2 and not self._is_digits(call.arguments[1]):
            raise self.refuse("'round' wants a number of digits between 0 and 6", "write round(value, 2)")
        return call

    def _own(self, of: str, found: Any, depth: int) -> Call:
        arguments = self._arguments(found.expressions, depth)
        if len(arguments) != 2:
            remedy = "write days_between(from, to)" if of == "days_between" else "write plus_days(day, days)"
            raise self.refuse(f"'{of}' wants 2 arguments, not {len(arguments)}", remedy)
        if of == "plus_days":
            if (arguments[0].type, arguments[1].type) != ("day", "number"):
                reason = f"'plus_days' wants a day and a number, not a {arguments[0].type} and a {arguments[1].type}"
                raise self.refuse(reason, "write plus_days(day, days)")
            return Call(of, arguments, "day")
        # A day begins at the bank's midnight, an instant is UTC: mixing them would be hours off without a word.
        self._one_type(of, arguments, ("day", "instant"))
        return Call(of, arguments, "number")

    @staticmethod
    def _is_digits(node: Node) -> bool:
        return isinstance(node, Literal) and isinstance(node.value, float) and node.value in range(7)

    def _rest(self, found: Any, depth: int) -> Node:
        kind = type(found)
        if kind is exp.Not:
            return self._alike("not", [found.this], depth, ("flag",))
        if kind is exp.Neg:
            return self._alike("minus", [found.this], depth, ("number",))
        if kind is exp.Is and type(found.expression) is exp.Null:
            return Call("is null", self._arguments([found.this], depth), "flag")
        if kind is exp.Case and found.args.get("ifs"):
            return self._case(found, depth)
        if kind is exp.Column:
            return self._name(found)
        if kind is exp.Boolean:
            return Literal(bool(found.this), "flag")
        if kind is exp.Literal:
            return Literal(str(found.this), "text") if found.is_string else self._number(str(found.this))
        if kind is exp.Cast and found.to.this == exp.DataType.Type.DATE and type(found.this) is exp.Literal:
            return self._day(str(found.this.this))
        raise self.refuse(f"'{kind.__name__.lower()}' may not stand here", _UNKNOWN)

    def _case(self, found: Any, depth: int) -> Call:
        for branch in found.args["ifs"]:
            self._listed(branch)
        whens = self._arguments([branch.this for branch in found.args["ifs"]], depth)
        values = self._arguments([branch.args["true"] for branch in found.args["ifs"]], depth)
        default = found.args.get("default")
        last = () if default is None else self._arguments([default], depth)
        self._one_type("case when", whens, ("flag",))
        self._one_type("case then", (*values, *last))
        pairs = tuple(part for pair in zip(whens, values, strict=True) for part in pair)
        return Call("case", (*pairs, *last), values[0].type)

    def _name(self, found: Any) -> Name:
        name = str(found.name)
        if name not in self.names:
            raise self.refuse(f"unknown name '{short(name)}'", nearest(name, self.names))
        return Name(name, self.names[name])

    def _number(self, written: str) -> Literal:
        try:
            value = float(written)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.refuse(f"'{short(written)}' is not a number", "write it as 5000 or 0.5")
        return Literal(value, "number")

    def _day(self, written: str) -> Literal:
        try:
            return Literal(date.fromisoformat(written), "day")
        except ValueError:
            raise self.refuse(f"'{short(written)}' is not a day", "write date '2026-01-01'") from None
