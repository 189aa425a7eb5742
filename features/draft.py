"""One signal on its way from a file to the catalogue: an entry with one of its windows, its expressions parsed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from features.documents import Document, read_documents, validate
from features.entry import AGGREGATES, ZERO_WHEN_EMPTY, DefaultsItem, Entry
from features.entry_checks import check_fields
from features.errors import Refusal
from features.expression import Expression, Type, parse_expression
from features.rows import ROWS
from features.signal import Signal, check_unit, type_of

RESERVED = ("customer_id", "as_of")


@dataclass(frozen=True)
class Draft:
    """One signal before its expressions are checked: an entry, one of its windows, and who owns it."""

    entry: Entry
    document: Document
    days: int | None
    owner: str

    @property
    def name(self) -> str:
        """The signal's name, its window written out."""
        return self.filled(self.entry.name)

    def filled(self, text: str) -> str:
        """A text of the entry with its window written out."""
        return text if self.days is None else text.replace("{w}", str(self.days))

    def signal(self, names: Mapping[str, Type] | None = None) -> Signal:
        """The checked signal; `names`: what an `expression` may read."""
        entry, does = self.entry, self.entry.does
        by = where = expression = None
        measures: tuple[Expression, ...] = ()
        if entry.expression is not None:
            expression = self._parsed("expression", entry.expression, {**(names or {}), "as_of": "day"})
        elif does in AGGREGATES:
            row = ROWS[str(entry.from_)].names
            measures = tuple(self._parsed(does, text, row, at=at) for at, text in enumerate(entry.measured))
            by = self._parsed("by", entry.by, row) if entry.by else None
            where = self._where(row)
        measure = measures[0] if measures else None
        signal = Signal(
            name=self.name, zh=self.filled(entry.zh), en=self.filled(entry.en), unit=entry.unit,
            subject=self.document.path.stem, owner=self.owner, place=self.document.place(("name",)),
            type=type_of(does, entry.unit, measure, expression), table=entry.from_, aggregate=does, measure=measure,
            others=measures[1:], by=by, where=where, days=None if expression else self.days or entry.look_back,
            until=entry.until, at=entry.quantile.at if entry.quantile else None, within=entry.within,
            over=entry.over or "day", floor=entry.days_above.floor if entry.days_above else None,
            carry=entry.carry is not None, empty=self._empty(does), expression=expression, given=entry.given,
            hidden=entry.hidden,
        )  # fmt: skip
        check_unit(signal, self.document)
        return signal

    def _empty(self, does: str) -> int | None:
        return self.entry.empty if "empty" in self.entry.model_fields_set else 0 if does in ZERO_WHEN_EMPTY else None

    def _where(self, row: Mapping[str, Type]) -> Expression | None:
        """The condition; on transactions, one that does not name `status` sees booked rows only."""
        found = self._parsed("where", self.entry.where, row, wants="flag") if self.entry.where else None
        if self.entry.from_ != "transactions" or (found and "status" in found.names):
            return found
        text = f"({found.text}) and status = 'booked'" if found else "status = 'booked'"
        return parse_expression(text, row, place=self.document.place(("where",)), wants="flag")

    def _parsed(
        self, field: str, text: str, names: Mapping[str, Type], *, wants: Type | None = None, at: int = 0
    ) -> Expression:
        place = self.document.place((field, at))
        return parse_expression(self.filled(text), names, place=place, wants=wants)


def read_drafts(path: Path) -> Iterator[Draft]:
    """Every signal that a file declares, one a window. Refusal for fields, names and owners that do not hold."""
    owner = None
    for number, document in enumerate(read_documents(path)):
        if "defaults" in document.data:
            if number:
                raise Refusal("'defaults' is not the first item", place=document.place(), remedy="move it to the top")
            owner = validate(document, DefaultsItem).defaults.owner
            continue
        entry = validate(document, Entry)
        check_fields(entry, document)
        if not (entry.owner or owner):
            raise Refusal(f"signal '{entry.name}' has no owner", place=document.place(), remedy="add 'owner:'")
        for days in entry.windows or (None,):
            yield _named(Draft(entry, document, days, str(entry.owner or owner)))


def _named(draft: Draft) -> Draft:
    place = draft.document.place(("name",))
    if "{" in draft.name or "}" in draft.name:
        remedy = "write {w} for the window, and give 'windows'"
        raise Refusal(f"'{draft.entry.name}' is no name of a signal", place=place, remedy=remedy)
    if draft.name in RESERVED:
        raise Refusal(f"'{draft.name}' is the name of a column already", place=place, remedy="choose another name")
    if draft.entry.windows and len(draft.entry.windows) > 1 and "{w}" not in draft.entry.name:
        raise Refusal("several windows and one name", place=place, remedy="write {w} into the name")
    return draft
