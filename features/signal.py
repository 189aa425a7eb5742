"""One signal, checked: what it means, and everything that the builder needs to compute it."""

from __future__ import annotations

from dataclasses import dataclass

from features.documents import Document
from features.errors import Refusal
from features.expression import Call, Expression, Type
from features.rows import ROWS

_TYPE_OF_UNIT: dict[str, Type] = {"text": "text", "flag": "flag", "day": "day"}
# The units that an aggregate can have; those not named here keep the unit of what they measure.
_UNITS = {
    "count": {"count"},
    "distinct": {"count"},
    "most": {"count"},
    "share": {"ratio", "probability"},
    "days_since": {"days"},
    "gap_mean": {"days"},
    "gap_std": {"days"},
}
_NUMBERS_ONLY = frozenset({"sum", "mean", "std", "quantile", "slope"})


@dataclass(frozen=True)
class Signal:
    """One number, text, day or flag about one customer as of one moment.

    aggregate: one of features.entry.AGGREGATES, `expression` or `given`. table, measure, where, by: what is aggregated,
    over the names of ROWS[table]. days, until: the window [as_of - until - days, as_of - until); None for registers.
    at: the quantile. carry: the measure is a level held per account until its next row. empty: the value without rows.
    """

    name: str
    zh: str
    en: str
    unit: str
    subject: str
    owner: str
    place: str
    type: Type
    table: str | None
    aggregate: str
    measure: Expression | None
    by: Expression | None
    where: Expression | None
    days: int | None
    until: int
    at: float | None
    carry: bool
    empty: int | None
    expression: Expression | None
    given: str | None

    @property
    def said(self) -> list[object]:
        """All that the catalogue says of it, without the place where it says so."""
        texts = [part.text if part else None for part in (self.measure, self.by, self.where, self.expression)]
        meaning = [self.name, self.zh, self.en, self.unit, self.subject, self.owner, self.type]
        return [
            *meaning,
            self.table,
            self.aggregate,
            *texts,
            self.days,
            self.until,
            self.at,
            self.carry,
            self.empty,
            self.given,
        ]

    @property
    def scale(self) -> int:
        """How many of the whole numbers that a measure is computed in make one: money counts minor units."""
        return 100 if self.unit == "money" else 10_000


def type_of(does: str, unit: str, measure: Expression | None, expression: Expression | None) -> Type:
    """The type of a signal's values."""
    if expression is not None:
        return expression.type
    if measure is not None and does in ("min", "max", "first", "last"):
        return measure.type
    return _TYPE_OF_UNIT.get(unit, "number") if does == "given" else "number"


def check_unit(signal: Signal, document: Document) -> None:
    """Refusal where unit, type and what is measured do not fit."""
    place = document.place(("unit",))
    fits = _UNITS.get(signal.aggregate)
    if fits is not None and signal.unit not in fits:
        reason = f"'{signal.aggregate}' gives {' or '.join(sorted(fits))}, not {signal.unit}"
        raise Refusal(reason, place=place, remedy=f"write 'unit: {min(fits)}'")
    if signal.measure is not None:
        _check_measure(signal, signal.measure, document)
    if signal.type == "instant" or signal.type != _TYPE_OF_UNIT.get(signal.unit, "number"):
        reason = f"a {signal.type} cannot have the unit '{signal.unit}'"
        raise Refusal(reason, place=place, remedy="see docs/signals.md for units and types")
    if signal.measure is not None:
        _check_money(signal, signal.measure, document)


def _check_measure(signal: Signal, measure: Expression, document: Document) -> None:
    place, does, type_ = document.place((signal.aggregate,)), signal.aggregate, measure.type
    wants: tuple[Type, ...] = ()
    if does in _NUMBERS_ONLY:
        wants = ("number",)
    elif does == "share":
        wants = ("flag",)
    elif does in ("days_since", "gap_mean", "gap_std"):
        wants = ("instant", "day")
    elif does in ("min", "max"):
        wants = ("number", "day")
    if wants and type_ not in wants:
        raise Refusal(
            f"'{does}' wants a {' or a '.join(wants)}, not a {type_}", place=place, remedy="see docs/signals.md"
        )
    if signal.by is not None and signal.by.type not in ("number", "day", "instant"):
        raise Refusal(f"'by' cannot order by a {signal.by.type}", place=document.place(("by",)), remedy="use a number")


def _check_money(signal: Signal, measure: Expression, document: Document) -> None:
    if signal.aggregate in _UNITS or measure.type != "number":
        return
    names, money = measure.names, ROWS[str(signal.table)].money
    place = document.place(("unit",))
    if signal.unit == "money" and not names & money:
        raise Refusal(f"'{measure.text}' is no money", place=place, remedy="write the unit of what is measured")
    if signal.unit != "money" and names and names <= money and _keeps_unit(measure.tree):
        raise Refusal(f"'{measure.text}' is money", place=place, remedy="write 'unit: money'")


def _keeps_unit(node: object) -> bool:
    """True for a sum or choice of the names' own values; a quotient or product of money is something else."""
    if not isinstance(node, Call):
        return True
    return node.of in ("minus", "+", "-", "abs", "least", "greatest", "coalesce") and all(
        _keeps_unit(argument) for argument in node.arguments
    )
