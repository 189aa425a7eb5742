"""The catalogue of signals: read from YAML, checked as a whole, before anything is computed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from features.draft import Draft, read_drafts
from features.errors import Refusal, nearest
from features.expression import Type
from features.signal import Signal

BUILT_IN = Path(__file__).with_name("signals")


@dataclass(frozen=True)
class Catalogue:
    """Every signal by name, in the order of declaration."""

    signals: Mapping[str, Signal]

    @cached_property
    def stored(self) -> tuple[str, ...]:
        """The names of the signals that a build stores, in order: all but the hidden ones."""
        return tuple(name for name, signal in self.signals.items() if not signal.hidden)

    @cached_property
    def types(self) -> dict[str, Type]:
        """The type of each stored signal's values: what rules and topics may read."""
        return {name: self.signals[name].type for name in self.stored}

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
    """The catalogue of exactly these folders (or files); a file's name is the subject of its signals."""
    drafts: dict[str, Draft] = {}
    for folder in folders:
        if not folder.exists():
            raise Refusal("no such folder", place=str(folder), remedy="name a folder with YAML files of signals")
        for path in [folder] if folder.is_file() else sorted(folder.glob("*.yaml")):
            for draft in read_drafts(path):
                if draft.name in drafts:
                    reason = f"signal '{draft.name}' stands already at {drafts[draft.name].document.place(('name',))}"
                    raise Refusal(reason, place=draft.document.place(("name",)), remedy="choose another name")
                drafts[draft.name] = draft
    signals = {name: draft.signal() for name, draft in drafts.items() if draft.entry.does != "expression"}
    _add_expressions(drafts, signals)
    return Catalogue({name: signals[name] for name in drafts})


def _add_expressions(drafts: Mapping[str, Draft], signals: dict[str, Signal]) -> None:
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


def _mentioned(draft: Draft) -> frozenset[str]:
    """The words of an expression outside quotes: every name that it reads."""
    return frozenset(re.findall(r"\w+", re.sub(r"'[^']*'", " ", draft.filled(str(draft.entry.expression)))))


def _in_a_cycle(waiting: Mapping[str, Draft]) -> str:
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
