"""What may be wrong with an entry's fields alone, before any expression in it is read."""

from __future__ import annotations

from features.documents import Document
from features.entry import AGGREGATES, CARRIED, Entry
from features.errors import Refusal, nearest
from features.rows import ROWS, Row

# Aggregates that read the moment of a row to the microsecond: a statement or a balance has a day only.
_BY_THE_CLOCK = frozenset({"repeats", "burst"})
_IN_ORDER = frozenset({"slope", "gap_mean", "gap_std", "streak", *_BY_THE_CLOCK})
_OF_AGGREGATES = ("from", "look_back", "until", "carry", "by", "where", "empty", "within", "over")


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
        if entry.given and entry.hidden:
            raise Refusal("'hidden' does not go with given", place=document.place(("hidden",)), remedy="remove it")
        _refuse_given(entry, document, _OF_AGGREGATES, entry.does)
        return
    if entry.from_ is None or entry.from_ not in ROWS:
        reason = f"unknown table '{entry.from_}'" if entry.from_ else f"signal '{entry.name}' lacks 'from'"
        raise Refusal(reason, place=document.place(("from",)), remedy=nearest(entry.from_ or "", ROWS))
    _check_windows(entry, ROWS[entry.from_], document)
    _check_companions(entry, ROWS[entry.from_], document)


def _check_windows(entry: Entry, row: Row, document: Document) -> None:
    if not row.event:
        _refuse_given(entry, document, ("windows", "look_back", "until", "carry"), f"the register '{entry.from_}'")
        if entry.does in (*_IN_ORDER, "days_above"):
            reason = f"'{entry.does}' needs a table whose rows happen at a moment"
            raise Refusal(reason, place=document.place((entry.does,)), remedy="build it from an event table")
        return
    if (entry.windows is None) == (entry.look_back is None):
        reason = "has both windows and look_back" if entry.windows else "does not say how far it looks back"
        remedy = "give 'windows: [30, 90]' or 'look_back: 180' (days)"
        raise Refusal(f"signal '{entry.name}' {reason}", place=document.place(), remedy=remedy)
    if entry.does in _BY_THE_CLOCK and row.time != "ts":
        reason = f"'{entry.does}' needs a table whose rows have a time of day"
        raise Refusal(reason, place=document.place((entry.does,)), remedy="build it from one that has 'ts'")
    if (entry.from_ == "balances") != (entry.carry is not None):
        remedy = "write 'carry: account_id' on signals from balances, and on no other"
        raise Refusal("levels are carried, events are not", place=document.place(("carry",)), remedy=remedy)
    if entry.carry and entry.does not in CARRIED:
        remedy = f"use {', '.join(sorted(CARRIED))}"
        raise Refusal(f"'{entry.does}' cannot be carried", place=document.place((entry.does,)), remedy=remedy)
    if entry.does == "days_above" and not entry.carry:
        place = document.place(("days_above",))
        raise Refusal("'days_above' is of levels", place=place, remedy="build it from balances")


def _check_companions(entry: Entry, row: Row, document: Document) -> None:
    """Fields that go with some aggregates only, and those that cannot do without one."""
    if entry.by and entry.does not in ("first", "last"):
        raise Refusal("'by' goes with first and last only", place=document.place(("by",)), remedy="remove it")
    if entry.within is not None and entry.does not in _BY_THE_CLOCK:
        raise Refusal(
            "'within' goes with repeats and burst only", place=document.place(("within",)), remedy="remove it"
        )
    if entry.within is None and entry.does in _BY_THE_CLOCK:
        reason, remedy = f"'{entry.does}' does not say within how many hours", "add 'within: 24'"
        raise Refusal(reason, place=document.place((entry.does,)), remedy=remedy)
    if entry.over and (entry.does != "slope" or entry.carry):
        raise Refusal("'over' goes with slope of events only", place=document.place(("over",)), remedy="remove it")
    if entry.over == "ts" and row.time != "ts":
        reason = f"the rows of '{entry.from_}' have no time of day"
        raise Refusal(reason, place=document.place(("over",)), remedy="write 'over: day'")


def _refuse_given(entry: Entry, document: Document, fields: tuple[str, ...], what: str) -> None:
    written = {(Entry.model_fields[name].alias or name) for name in entry.model_fields_set}
    for name in fields:
        if name in written:
            raise Refusal(f"'{name}' does not go with {what}", place=document.place((name,)), remedy="remove it")
