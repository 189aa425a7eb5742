"""One signal, checked: what it means, and everything that the builder needs to compute it."""

from __future__ import annotations

from dataclasses import dataclass

from features.documents import Document
from features.errors import Refusal
from features.expression import Call, Expression, Type
from features.rows import ROWS
from features.series import read_series_form

_TYPE_OF_UNIT: dict[str, Type] = {"text": "text", "flag": "flag", "day": "day"}
# The units that an aggregate can have; those not named here keep the unit of what they measure.
_UNITS = {
    "count": {"count"},
    "distinct": {"count"},
    "most": {"count"},
    "share": {"ratio", "probability"},
    "repeats": {"count"},
    "burst": {"count"},
    "streak": {"count"},
    "days_since": {"days"},
    "days_above": {"days"},
    "time_since": {"days", "hours"},
    "gap_mean": {"days", "hours"},
    "gap_std": {"days", "hours"},
}
_WANTS: dict[str, tuple[Type, ...]] = {
    **dict.fromkeys(("sum", "mean", "std", "quantile", "slope", "days_above"), ("number",)),
    **dict.fromkeys(("share", "streak"), ("flag",)),
    **dict.fromkeys(("days_since", "gap_mean", "gap_std"), ("instant", "day")),
    **dict.fromkeys(("min", "max"), ("number", "day")),
    "time_since": ("instant",),
}


@dataclass(frozen=True)
class Signal:
    """One number, text, day or flag about one customer as of one moment.

    aggregate: one of features.entry.AGGREGATES, `expression` or `given`. table, measure, where, by: what is aggregated,
    over the names of ROWS[table]; others: what `repeats` compares besides the measure. days, until: the window
    [as_of - until - days, as_of - until); None for registers. at: the quantile. within: hours, of repeats and burst.
    over: what a slope is per day of, the bank's `day` or `ts` to the microsecond. floor: of days_above, in currency
    units. carry: the measure is a level held per account until its next row. empty: the value without rows. hidden:
    computed for other signals, neither stored nor read by rules.
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
    others: tuple[Expression, ...]
    by: Expression | None
    where: Expression | None
    days: int | None
    until: int
    at: float | None
    within: float | None
    over: str
    floor: float | None
    carry: bool
    empty: int | None
    expression: Expression | None
    given: str | None
    hidden: bool

    @property
    def said(self) -> list[object]:
        """All that the catalogue says of it, without the place where it says so."""
        parts = (self.measure, *self.others, self.by, self.where, self.expression)
        return [
            self.name, self.zh, self.en, self.unit, self.subject, self.owner, self.type, self.table, self.aggregate,
            [part.text if part else None for part in parts], self.days, self.until, self.at, self.within, self.over,
            self.floor, self.carry, self.empty, self.given, self.hidden,
            read_series_form().said if self.table == "series" else None,
        ]  # fmt: skip

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
    place, does = document.place((signal.aggregate,)), signal.aggregate
    wants = _WANTS.get(does, ())
    if wants and measure.type not in wants:
        reason = f"'{does}' wants a {' or a '.join(wants)}, not a {measure.type}"
        raise Refusal(reason, place=place, remedy="see docs/signals.md")
    if does == "days_above" and not _is_money(signal, measure):
        raise Refusal(f"'{measure.text}' is no money", place=place, remedy="the floor is an amount: measure a balance")
    if signal.by is not None and signal.by.type not in ("number", "day", "instant"):
        raise Refusal(f"'by' cannot order by a {signal.by.type}", place=document.place(("by",)), remedy="use a number")


def _check_money(signal: Signal, measure: Expression, document: Document) -> None:
    if signal.aggregate in _UNITS or measure.type != "number":
        return
    place = document.place(("unit",))
    if signal.unit == "money" and not measure.names & ROWS[str(signal.table)].money:
        raise Refusal(f"'{measure.text}' is no money", place=place, remedy="write the unit of what is measured")
    if signal.unit != "money" and _is_money(signal, measure):
        raise Refusal(f"'{measure.text}' is money", place=place, remedy="write 'unit: money'")


def _is_money(signal: Signal, measure: Expression) -> bool:
    """True where the measure is an amount: it reads money only, and is none of its quotients or products."""
    names = measure.names
    return bool(names) and names <= ROWS[str(signal.table)].money and _keeps_unit(measure.tree)


def _keeps_unit(node: object) -> bool:
    """True for a sum or choice of the names' own values; a quotient or product of money is something else."""
    if not isinstance(node, Call):
        return True
    return node.of in ("minus", "+", "-", "abs", "least", "greatest", "coalesce") and all(
        _keeps_unit(argument) for argument in node.arguments
    )
