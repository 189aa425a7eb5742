"""One entry of the catalogue as it is written, and what may be wrong with its fields alone."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from features.documents import Document
from features.errors import Refusal, nearest
from features.rows import ROWS, Row

AGGREGATES = (
    "sum", "count", "mean", "min", "max", "first", "last", "distinct", "std", "quantile", "slope",
    "gap_mean", "gap_std", "days_since", "share", "most",
)  # fmt: skip
ZERO_WHEN_EMPTY = frozenset({"sum", "count", "distinct", "most"})
CARRIED = frozenset({"mean", "min", "max", "last", "slope"})
Days = Annotated[int, Field(ge=1, le=3660)]
Words = Annotated[str, Field(min_length=2, max_length=200)]
Unit = Literal["count", "money", "ratio", "days", "hours", "day", "text", "flag", "number", "probability", "years"]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Defaults(_Form):
    """What holds for every entry of a file that does not say otherwise: the first item of its list."""

    owner: Words


class DefaultsItem(_Form):
    """`- defaults: {owner: data-team}`."""

    defaults: Defaults


class Quantile(_Form):
    """`quantile: {of: -amount, at: 0.99}`."""

    of: str
    at: float = Field(ge=0, le=1)


class Entry(_Form):
    """Meaning of the fields: docs/signals.md. Exactly one of the AGGREGATES, `expression` and `given` is there."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_{}]{0,59}$")
    from_: str | None = Field(default=None, alias="from")
    windows: list[Days] | None = Field(default=None, min_length=1)
    look_back: Days | None = None
    until: int = Field(default=0, ge=0, le=3660)
    carry: Literal["account_id"] | None = None
    sum: str | None = None
    count: str | None = None
    mean: str | None = None
    min: str | None = None
    max: str | None = None
    first: str | None = None
    last: str | None = None
    distinct: str | None = None
    std: str | None = None
    quantile: Quantile | None = None
    slope: str | None = None
    gap_mean: str | None = None
    gap_std: str | None = None
    days_since: str | None = None
    share: str | None = None
    most: str | None = None
    by: str | None = None
    where: str | None = None
    empty: Literal[0] | None = None
    expression: str | None = None
    given: Literal["score"] | None = None
    unit: Unit
    owner: Words | None = None
    zh: Words
    en: Words

    @property
    def does(self) -> str:
        """The one of the AGGREGATES, `expression` or `given` that the entry holds."""
        return next(name for name in (*AGGREGATES, "expression", "given") if getattr(self, name) is not None)


def check_fields(entry: Entry, document: Document) -> None:
    """Refusal where the entry's fields do not go together."""
    ways = [name for name in (*AGGREGATES, "expression", "given") if getattr(entry, name) is not None]
    if len(ways) != 1:
        reason = f"has {' and '.join(ways)}" if ways else "says nothing to compute"
        remedy = f"give exactly one of {', '.join(AGGREGATES)}, expression, given"
        raise Refusal(
            f"signal '{entry.name}' {reason}", place=document.place((ways[-1],) if ways else ()), remedy=remedy
        )
    if not any("一" <= letter <= "鿿" for letter in entry.zh):
        raise Refusal("the meaning zh holds no Chinese", place=document.place(("zh",)), remedy="say it in Chinese")
    if entry.does in ("expression", "given"):
        _refuse_given(entry, document, ("from", "look_back", "until", "carry", "by", "where", "empty"), entry.does)
        return
    if entry.from_ is None or entry.from_ not in ROWS:
        reason = f"unknown table '{entry.from_}'" if entry.from_ else f"signal '{entry.name}' lacks 'from'"
        raise Refusal(reason, place=document.place(("from",)), remedy=nearest(entry.from_ or "", ROWS))
    _check_windows(entry, ROWS[entry.from_], document)
    if entry.by and entry.does not in ("first", "last"):
        raise Refusal("'by' goes with first and last only", place=document.place(("by",)), remedy="remove it")


def _check_windows(entry: Entry, row: Row, document: Document) -> None:
    if not row.event:
        _refuse_given(entry, document, ("windows", "look_back", "until", "carry"), f"the register '{entry.from_}'")
        if entry.does in ("slope", "gap_mean", "gap_std"):
            reason = f"'{entry.does}' needs a table whose rows happen at a moment"
            raise Refusal(reason, place=document.place((entry.does,)), remedy="build it from an event table")
        return
    if (entry.windows is None) == (entry.look_back is None):
        reason = "has both windows and look_back" if entry.windows else "does not say how far it looks back"
        remedy = "give 'windows: [30, 90]' or 'look_back: 180' (days)"
        raise Refusal(f"signal '{entry.name}' {reason}", place=document.place(), remedy=remedy)
    if (entry.from_ == "balances") != (entry.carry is not None):
        remedy = "write 'carry: account_id' on signals from balances, and on no other"
        raise Refusal("levels are carried, events are not", place=document.place(("carry",)), remedy=remedy)
    if entry.carry and entry.does not in CARRIED:
        raise Refusal(
            f"'{entry.does}' cannot be carried",
            place=document.place((entry.does,)),
            remedy=f"use {', '.join(sorted(CARRIED))}",
        )


def _refuse_given(entry: Entry, document: Document, fields: tuple[str, ...], what: str) -> None:
    written = {(Entry.model_fields[name].alias or name) for name in entry.model_fields_set}
    for name in fields:
        if name in written:
            raise Refusal(f"'{name}' does not go with {what}", place=document.place((name,)), remedy="remove it")
