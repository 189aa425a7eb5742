"""From the catalogue to one SQL projection a table: conditions as bits, measures as whole numbers, each once."""

from __future__ import annotations

from dataclasses import dataclass, field

from features.columns import Kind
from features.contract import TABLES
from features.expression import Call, Expression, Name, to_sql
from features.expression.known import needs
from features.rows import ROWS
from features.signal import Signal

_IN_NUMBERS = frozenset({"sum", "mean", "min", "max", "first", "last", "std", "quantile", "slope"})
FEW = 6  # bits that are asked before a row is read on
WORD = 30  # bits in one column: a signed 32-bit number with room
DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Ask:
    """What a signal reads of each row: names of the projection's columns.

    bit: the row counts. rows: the same, whether its measure is known or not. true: the condition of a share or streak.
    number: the measure, a whole number; with "-" or "|" before it, its negative or its size. value: what tells values
    apart. text: the measure as text. by: the order.
    """

    bit: int
    rows: int
    true: int = -1
    number: str = ""
    value: str = ""
    text: str = ""
    by: str = ""


@dataclass
class Projection:
    """What every row of a table is asked: columns by the SQL that computes them, so that each is computed once."""

    table: str
    bits: dict[str, int] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def ask(self, signal: Signal) -> Ask:
        """The columns of a signal over rows; `names` then holds what they read of the table."""
        measure, does = signal.measure, signal.aggregate
        if measure is None:
            raise ValueError(f"{signal.name} measures nothing")
        where = self._sql(signal.where) if signal.where else "true"
        order = self._sql(signal.by) if signal.by else ""
        counted = _all(where, f"{order} IS NOT NULL" if order else "true")
        rows = self.bit(counted)
        sql = self._sql(measure)
        known = _all(counted, *(self._not_null(one) for one in (measure, *signal.others)), self._fits(signal, sql))
        if does in ("share", "streak"):
            counts = known if does == "share" else where
            return Ask(self.bit(counts), rows, true=self.bit(_all(counts, sql)))
        bit = self.bit(known)
        if does in ("count", "burst"):
            return Ask(bit, rows)
        if does in ("distinct", "most", "repeats"):
            return Ask(bit, rows, value=self._value([measure, *signal.others]))
        by = self.column(f"coalesce({_double(signal.by, order)}, 0)", "o") if order else ""
        if does in ("first", "last") and measure.type == "text":
            return Ask(bit, rows, text=self.column(sql, "t"), by=by)
        return Ask(bit, rows, number=self._number(signal, measure, sql), by=by)

    def bit(self, condition: str) -> int:
        """The number of the bit that is set where the condition is true."""
        return self.bits.setdefault(condition, len(self.bits))

    def column(self, sql: str, letter: str) -> str:
        """The name of the column that holds `sql`."""
        return self.columns.setdefault(sql, f"{letter}{len(self.columns)}")

    def select(
        self, relation: str, *, clocks: tuple[str, ...], event: bool, numbered: bool = False, sparse: bool = False
    ) -> str:
        """The projection over `relation`: customer_id, at_ and clocks where there are, words of bits, columns.

        `numbered`: the relation holds the place of each row in `seq`, because a join may have moved it. `sparse`: rows
        that no bit counts may be left out; they are where few bits are asked, since asking costs too.
        """
        bits = list(self.bits)
        words = [
            " + ".join(f"CASE WHEN {sql} THEN {1 << n} ELSE 0 END" for n, sql in enumerate(bits[at : at + WORD]))
            for at in range(0, len(bits), WORD)
        ]
        asked = ["customer_id", *(["at_"] if event else []), *clocks]
        asked += [f"CAST({sql} AS INTEGER) AS b{n}" for n, sql in enumerate(words)]
        asked += [f"{sql} AS {name}" for sql, name in self.columns.items() if name != sql]
        few = sparse and 0 < len(bits) <= FEW and "true" not in bits
        where = f" WHERE {' OR '.join(f'({sql})' for sql in bits)}" if few else ""
        return f"SELECT {', '.join(asked)} FROM ({relation}){where}{' ORDER BY seq' if numbered else ''}"

    def _sql(self, expression: Expression) -> str:
        self.names |= expression.names
        return to_sql(expression)

    def _not_null(self, measure: Expression) -> str:
        """The condition under which the measure is known: in as few words as will do, so that measures share it."""
        self.names |= measure.names
        wanted = needs(measure.tree)
        if wanted is None:
            return f"{to_sql(measure)} IS NOT NULL"
        return _all(*(f'"{name}" IS NOT NULL' for name in sorted(wanted - _always(self.table))))

    def _fits(self, signal: Signal, sql: str) -> str:
        """The condition under which a computed number fits the whole numbers that it is stored as."""
        measure = signal.measure
        number = measure is not None and measure.type == "number" and signal.aggregate in _IN_NUMBERS
        if measure is None or not number or self._is_whole(measure) or isinstance(measure.tree, Name):
            return "true"
        if signal.unit == "money" and _minor(measure, ROWS[self.table].money):
            return "true"
        return f"{self._whole(signal, measure, sql)} IS NOT NULL"

    def _number(self, signal: Signal, measure: Expression, sql: str) -> str:
        gaps = signal.aggregate in ("gap_mean", "gap_std")  # always in microseconds, of days too
        if self._is_moment(measure) and not (gaps and measure.type == "day"):
            return measure.text.strip()  # the kernel knows when a row happened, and on which day
        if measure.type == "number":
            if signal.unit == "money" and (exact := _minor(measure, ROWS[self.table].money)):
                return exact[0] + self.column(f"coalesce({exact[1]}, 0)", "n")
            return self.column(f"coalesce({self._whole(signal, measure, sql)}, 0)", "n")
        if measure.type == "day" and not gaps:
            return self.column(f"coalesce(CAST({sql} - DATE '1970-01-01' AS BIGINT), 0)", "n")
        if measure.type in ("day", "instant"):
            return self.column(f"coalesce(epoch_us({sql}), 0)", "n")
        return self.column(f"CASE WHEN {sql} THEN 1 ELSE 0 END", "n")

    def _is_moment(self, measure: Expression) -> bool:
        event = TABLES[self.table].event if self.table in TABLES else None
        return event == "ts" and measure.text.strip() in ("ts", "day")

    def _value(self, measures: list[Expression]) -> str:
        if len(measures) == 1 and self._is_moment(measures[0]):
            return measures[0].text.strip()
        listed = ", ".join(self._sql(measure) for measure in measures)
        return self.column(f"hash({listed})", "v")

    def _whole(self, signal: Signal, measure: Expression, sql: str) -> str:
        if self._is_whole(measure):
            return f"CAST({sql} AS BIGINT) * {signal.scale}"
        return f"TRY_CAST(round(CAST({sql} AS DOUBLE) * {signal.scale}) AS BIGINT)"

    def _is_whole(self, measure: Expression) -> bool:
        """True if the measure is a small whole number by its form."""
        tree = measure.tree
        if isinstance(tree, Call):
            return tree.of == "day_of_month"
        kinds = {column.name: column.kind for column in TABLES[self.table].columns} if self.table in TABLES else {}
        return isinstance(tree, Name) and kinds.get(tree.name) is Kind.INTEGER


def _all(*conditions: str) -> str:
    """All of the conditions, those that always hold left out."""
    return " AND ".join(dict.fromkeys(one for one in conditions if one != "true")) or "true"


def _always(table: str) -> frozenset[str]:
    """The columns that every row has."""
    contract = TABLES.get(table)
    if contract is None or table == "balances":  # a booking may tell no balance
        return frozenset({"day"})
    return frozenset(column.name for column in contract.columns if column.needed) | {"day", "ts"}


def _minor(measure: Expression, money: frozenset[str]) -> tuple[str, str] | None:
    """(sign, column): the measure in minor units without a detour over DOUBLE, where it is a money column ("" as the
    sign), its negative ("-") or its size ("|")."""
    tree = measure.tree
    if isinstance(tree, Name) and tree.name in money:
        return "", f'"{tree.name} minor"'
    if isinstance(tree, Call) and tree.of in ("minus", "abs") and isinstance(tree.arguments[0], Name):
        name = tree.arguments[0].name
        return ("-" if tree.of == "minus" else "|", f'"{name} minor"') if name in money else None
    return None


def _double(expression: Expression | None, sql: str) -> str:
    type_ = expression.type if expression else "number"
    if type_ == "day":
        return f"CAST({sql} - DATE '1970-01-01' AS DOUBLE)"
    return f"CAST(epoch_us({sql}) AS DOUBLE)" if type_ == "instant" else f"CAST({sql} AS DOUBLE)"
