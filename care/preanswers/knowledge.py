"""The knowledge base: every topic read and checked as a whole, and which of them may be served on a day."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol

from care.nouns import CareClass
from care.preanswers.form import TOPIC_IDS, SignForm, SlotForm, TopicForm, Words, read_writing
from care.preanswers.sections import Texts, read_sections
from care.preanswers.style import check_style
from features.documents import Document, Location, read_front_matter, validate
from features.errors import Refusal, nearest
from features.expression import Expression, Type, parse_expression


class NamedSignal(Protocol):
    """What a topic needs to know of a signal: its names and its unit."""

    @property
    def zh(self) -> str:
        """Its name in Chinese."""

    @property
    def en(self) -> str:
        """Its name in English."""

    @property
    def unit(self) -> str:
        """money, count, day ..."""


class SignalBook(Protocol):
    """What a topic needs of the catalogue of signals."""

    @property
    def signals(self) -> Mapping[str, NamedSignal]:
        """The signals by name."""

    @property
    def types(self) -> Mapping[str, Type]:
        """The types of the signals by name, for conditions."""


@dataclass(frozen=True)
class Sign:
    """A condition that makes the question likely, how likely, and why in words for the agent."""

    condition: Expression
    likelihood: float
    because: Words


@dataclass(frozen=True)
class Slot:
    """A value that texts may say: a signal, its unit, and of which customers it may be said (None: of all)."""

    signal: str
    unit: str
    where: Expression | None


@dataclass(frozen=True)
class Topic:
    """A question with its checked answers; `signals`: every signal that prediction reads for it."""

    id: str
    version: int
    owner: str
    valid_from: date
    valid_to: date
    approved_by: str | None
    care_class: CareClass
    sensitive: bool
    family: str
    base: float
    signs: tuple[Sign, ...]
    forbid: Expression | None
    slots: Mapping[str, Slot]
    evidence: tuple[str, ...]
    texts: Texts
    path: Path

    def served_on(self, day: date) -> bool:
        """Approved, and valid on `day` (both ends included)."""
        return self.approved_by is not None and self.valid_from <= day <= self.valid_to

    @property
    def signals(self) -> tuple[str, ...]:
        """Names of the signals that its conditions, slots and evidence read, sorted."""
        conditions = [sign.condition for sign in self.signs]
        conditions += [slot.where for slot in self.slots.values() if slot.where]
        conditions += [self.forbid] if self.forbid else []
        names = {name for condition in conditions for name in condition.names}
        return tuple(sorted(names | {slot.signal for slot in self.slots.values()} | set(self.evidence)))


@dataclass(frozen=True)
class Topics:
    """The topics in order of id; `version` changes with them and with prediction.yaml; `names` of signals in words."""

    topics: Mapping[str, Topic]
    version: str
    names: Mapping[str, NamedSignal]

    def valid_on(self, day: date) -> Topics:
        """Only the topics that may be served on `day`."""
        return replace(self, topics={id_: topic for id_, topic in self.topics.items() if topic.served_on(day)})

    def silent_on(self, day: date) -> list[str]:
        """One line for each topic that is not served on `day`: where it stands and why."""
        return [f"{topic.path}: {_silence(topic, day)}" for topic in self.topics.values() if not topic.served_on(day)]


def read_topics(folder: Path | None, catalogue: SignalBook, *, place: str = "topics") -> Topics:
    """Every `<id>.md` of `folder` (None: the built-in topics), checked against the catalogue of signals.

    Refusal (file:line, reason, nearest name) for: an id that is not the file's name or not of the closed list, an
    unknown field, signal or slot, a condition that is none, a validity that ends before it begins, approval by the
    owner alone, a language or section that is missing, a text that is too long, sells, or is blunt where it must be
    neutral.
    `place` names the folder's argument in the refusal of a folder that holds no topics.
    """
    folder = folder or Path(__file__).with_name("topics")
    paths = sorted(folder.glob("*.md"))
    if not paths:
        raise Refusal(f"no topics in {folder}", place=place, remedy="name a folder with <topic>.md files")
    topics = {path.stem: _read_topic(path, catalogue) for path in paths}
    digest = hashlib.sha256()
    for path in [*paths, Path(__file__).with_name("prediction.yaml")]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return Topics(topics, digest.hexdigest()[:16], catalogue.signals)


def _read_topic(path: Path, catalogue: SignalBook) -> Topic:
    document, body, first_line = read_front_matter(path)
    form = validate(document, TopicForm)
    _check_form(form, document)
    slots = {name: _slot(name, slot, document, catalogue) for name, slot in form.slots.items()}
    for position, signal in enumerate(form.evidence):
        _check_signal(signal, catalogue, document.place(("evidence", position)))
    texts = read_sections(path, body, first_line, frozenset(slots), read_writing())
    check_style(path, form, texts, read_writing())
    signs = tuple(_sign(position, sign, document, catalogue) for position, sign in enumerate(form.when))
    forbid = _condition(form.forbid, document, ("forbid",), catalogue) if form.forbid is not None else None
    return Topic(
        form.id, form.version, form.owner, form.valid_from, form.valid_to, form.approved_by, form.care_class,
        form.sensitive, form.family, form.base, signs, forbid, slots, tuple(form.evidence), texts, path,
    )  # fmt: skip


def _check_form(form: TopicForm, document: Document) -> None:
    if form.id not in TOPIC_IDS:
        raise Refusal(f"unknown topic '{form.id}'", place=document.place(("id",)), remedy=nearest(form.id, TOPIC_IDS))
    if form.id != document.path.stem:
        remedy = f"call the file {form.id}.md"
        raise Refusal(f"id '{form.id}' is not the file's name", place=document.place(("id",)), remedy=remedy)
    if form.valid_to < form.valid_from:
        place = document.place(("valid_to",))
        raise Refusal("valid_to is before valid_from", place=place, remedy="give the last day of validity")
    if form.approved_by is not None and form.approved_by == form.owner:
        place = document.place(("approved_by",))
        raise Refusal("approved by its owner", place=place, remedy="let a second person approve it")
    if form.care_class is CareClass.MARKETING:
        raise Refusal("a pre-answer never sells", place=document.place(("class",)), remedy="write 'service' or 'care'")


def _sign(position: int, sign: SignForm, document: Document, catalogue: SignalBook) -> Sign:
    condition = _condition(sign.condition, document, ("when", position, "condition"), catalogue)
    return Sign(condition, sign.likelihood, sign.because)


def _slot(name: str, slot: SlotForm, document: Document, catalogue: SignalBook) -> Slot:
    if not (name.isascii() and name.isidentifier() and name.islower()):
        place = document.place(("slots", name))
        raise Refusal(f"'{name}' is not a slot's name", place=place, remedy="use small letters, digits and _")
    _check_signal(slot.signal, catalogue, document.place(("slots", name)))
    where = None
    if slot.where is not None:
        where = _condition(slot.where, document, ("slots", name, "where"), catalogue)
    return Slot(slot.signal, catalogue.signals[slot.signal].unit, where)


def _condition(text: str, document: Document, at: Location, catalogue: SignalBook) -> Expression:
    return parse_expression(text, catalogue.types, place=document.place(at), wants="flag")


def _check_signal(name: str, catalogue: SignalBook, place: str) -> None:
    if name not in catalogue.types:
        raise Refusal(f"unknown signal '{name}'", place=place, remedy=nearest(name, catalogue.types))


def _silence(topic: Topic, day: date) -> str:
    if topic.approved_by is None:
        return "not approved"
    return f"valid from {topic.valid_from}" if day < topic.valid_from else f"expired on {topic.valid_to}"


def signals_of(topics: Sequence[Topic]) -> tuple[str, ...]:
    """Names of the signals that prediction reads for these topics, sorted."""
    return tuple(sorted({name for topic in topics for name in topic.signals}))
