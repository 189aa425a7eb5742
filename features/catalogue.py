"""The catalogue of signals: read from YAML, checked as a whole, before anything is computed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from features.documents import Document, read_documents, validate
from features.entry import AGGREGATES, ZERO_WHEN_EMPTY, DefaultsItem, Entry, check_fields
from features.errors import Refusal, nearest
from features.expression import Expression, Type, parse_expression
from features.rows import ROWS
from features.signal import Signal, check_unit, type_of

BUILT_IN = Path(__file__).with_name("signals")
RESERVED = ("customer_id", "as_of")


@dataclass(frozen=True)
class Catalogue:
    """Every signal by name, in the order of declaration."""

    signals: Mapping[str, Signal]

    @cached_property
    def types(self) -> dict[str, Type]:
        """The type of each signal's values."""
        return {name: signal.type for name, signal in self.signals.items()}

    @cached_property
    def version(self) -> str:
        """A hash of everything that the catalogue says."""
        said = json.dumps([signal.said for signal in self.signals.values()], ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def needed(self, names: Sequence[str]) -> list[Signal]:
        """The signals `names` and all that they are computed from, each after those it reads.

        Raises Refusal for a name that is not in the catalogue.
        """
        for name in names:
            if name not in self.signals:
                raise Refusal(f"unknown signal '{name}'", remedy=nearest(name, self.signals))
        found: dict[str, Signal] = {}
        for name in names:
            _visit(self.signals, name, found)
        return list(found.values())


def read_catalogue(folders: Sequence[Path] | None = None) -> Catalogue:
    """The service's own catalogue, followed by the bank's: every *.yaml of `folders`.

    Raises Refusal (file, line, reason, nearest known name) for anything that does not hold: unknown names, cycles, a
    missing meaning or look-back, two signals of one name, units and types that do not fit.
    """
    return read_folders([BUILT_IN, *(folders or ())])


def read_folders(folders: Sequence[Path]) -> Catalogue:
    """The catalogue of exactly these folders; a file's name is the subject of its signals."""
    drafts: dict[str, _Draft] = {}
    for folder in folders:
        if not folder.is_dir():
            raise Refusal("no such folder", place=str(folder), remedy="name a folder with YAML files of signals")
        for path in sorted(folder.glob("*.yaml")):
            for draft in _drafts(path):
                if draft.name in drafts:
                    reason = f"signal '{draft.name}' stands already at {drafts[draft.name].document.place(('name',))}"
                    raise Refusal(reason, place=draft.document.place(("name",)), remedy="choose another name")
                drafts[draft.name] = draft
    signals = {name: draft.signal() for name, draft in drafts.items() if draft.entry.does != "expression"}
    _add_expressions(drafts, signals)
    return Catalogue({name: signals[name] for name in drafts})


@dataclass(frozen=True)
class _Draft:
    """One signal before its expressions are checked: an entry, one of its windows, and who owns it."""

    entry: Entry
    document: Document
    days: int | None
    owner: str

    @property
    def name(self) -> str:
        return self.filled(self.entry.name)

    def filled(self, text: str) -> str:
        return text if self.days is None else text.replace("{w}", str(self.days))

    def signal(self, names: Mapping[str, Type] | None = None) -> Signal:
        """The checked signal; `names`: what an `expression` may read."""
        entry, does = self.entry, self.entry.does
        table = entry.from_
        measure = by = where = expression = None
        if does == "expression":
            expression = self.parsed("expression", {**(names or {}), "as_of": "day"})
        elif does in AGGREGATES:
            row = ROWS[str(table)].names
            measure = self.parsed(does, row)
            by = self.parsed("by", row) if entry.by else None
            where = self.where(row)
        signal = Signal(
            name=self.name, zh=self.filled(entry.zh), en=self.filled(entry.en), unit=entry.unit,
            subject=self.document.path.stem, owner=self.owner, place=self.document.place(("name",)),
            type=type_of(does, entry.unit, measure, expression), table=table, aggregate=does, measure=measure, by=by,
            where=where, days=None if does == "expression" else self.days or entry.look_back, until=entry.until,
            at=entry.quantile.at if entry.quantile else None, carry=entry.carry is not None,
            empty=self.empty(does), expression=expression, given=entry.given,
        )  # fmt: skip
        check_unit(signal, self.document)
        return signal

    def empty(self, does: str) -> int | None:
        return self.entry.empty if "empty" in self.entry.model_fields_set else 0 if does in ZERO_WHEN_EMPTY else None

    def where(self, row: Mapping[str, Type]) -> Expression | None:
        """The condition; on transactions, one that does not name `status` sees booked rows only."""
        found = self.parsed("where", row, wants="flag") if self.entry.where else None
        if self.entry.from_ != "transactions" or (found and "status" in found.names):
            return found
        text = f"({found.text}) and status = 'booked'" if found else "status = 'booked'"
        return parse_expression(text, row, place=self.document.place(("where",)), wants="flag")

    def parsed(self, field: str, names: Mapping[str, Type], wants: Type | None = None) -> Expression:
        value = getattr(self.entry, field)
        text = self.filled(value if isinstance(value, str) else value.of)
        return parse_expression(text, names, place=self.document.place((field,)), wants=wants)


def _drafts(path: Path) -> Iterator[_Draft]:
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
            yield _named(_Draft(entry, document, days, str(entry.owner or owner)))


def _named(draft: _Draft) -> _Draft:
    place = draft.document.place(("name",))
    if "{" in draft.name or "}" in draft.name:
        remedy = "write {w} for the window, and give 'windows'"
        raise Refusal(f"'{draft.entry.name}' is no name of a signal", place=place, remedy=remedy)
    if draft.name in RESERVED:
        raise Refusal(f"'{draft.name}' is the name of a column already", place=place, remedy="choose another name")
    if draft.entry.windows and len(draft.entry.windows) > 1 and "{w}" not in draft.entry.name:
        raise Refusal("several windows and one name", place=place, remedy="write {w} into the name")
    return draft


def _add_expressions(drafts: Mapping[str, _Draft], signals: dict[str, Signal]) -> None:
    """Check the expressions, each after those it reads: only then are the types of its names known."""
    waiting = {name: draft for name, draft in drafts.items() if draft.entry.does == "expression"}
    while waiting:
        done = {name for name, draft in waiting.items() if not (_mentioned(draft) & set(waiting))}
        if not done:
            name = _in_a_cycle(waiting)
            place = waiting[name].document.place(("expression",))
            raise Refusal(f"signal '{name}' is computed from itself", place=place, remedy="break the cycle")
        types = {name: signal.type for name, signal in signals.items()}
        for name in sorted(done, key=list(waiting).index):
            signals[name] = waiting[name].signal(types)
        waiting = {name: draft for name, draft in waiting.items() if name not in done}


def _mentioned(draft: _Draft) -> frozenset[str]:
    """The words of an expression outside quotes: every name that it reads."""
    return frozenset(re.findall(r"\w+", re.sub(r"'[^']*'", " ", draft.filled(str(draft.entry.expression)))))


def _in_a_cycle(waiting: Mapping[str, _Draft]) -> str:
    name, seen = next(iter(waiting)), list[str]()
    while name not in seen:
        seen.append(name)
        name = min(_mentioned(waiting[name]) & set(waiting))
    return name


def _visit(signals: Mapping[str, Signal], name: str, found: dict[str, Signal]) -> None:
    signal = signals[name]
    if signal.expression is not None:
        for read in sorted(signal.expression.names & set(signals)):
            if read not in found:
                _visit(signals, read, found)
    found[name] = signal
