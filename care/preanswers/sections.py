"""The body of a topic: `## language section [without slot, ...]` headings with the text under each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from care.preanswers.form import Writing
from features.errors import Refusal, nearest

_HEADING = re.compile(r"^## +(\w+) +(\w+)(?: +without +(.+?))? *$")


@dataclass(frozen=True)
class Text:
    """One text of a topic: what it says, the slots that it says, and its line in the file."""

    language: str
    section: str
    words: str
    without: frozenset[str]
    slots: frozenset[str]
    line: int


Texts = Mapping[tuple[str, str], tuple[Text, ...]]
"""The texts by language and section; the first whose slots all have a value is said."""


def read_sections(path: Path, body: str, first_line: int, slots: frozenset[str], writing: Writing) -> Texts:
    """The texts of a topic's body.

    Refusal (file:line) for a heading that is none, a language or section that is unknown, missing or there twice, an
    empty text, a text before the first heading, and a `$slot` that is not declared or that its heading rules out.
    """
    found: dict[tuple[str, str], tuple[Text, ...]] = {}
    for heading, line, words in _cut(path, body, first_line):
        text = _text(heading, words, f"{path}:{line}", line, slots, writing)
        others = found.get((text.language, text.section), ())
        if any(other.without == text.without for other in others):
            raise Refusal(f"'{heading}' stands twice", place=f"{path}:{line}", remedy="keep one of the two")
        found[(text.language, text.section)] = (*others, text)
    for language in writing.languages:
        for section in writing.sections:
            if (language, section) not in found:
                place = f"{path}:{first_line}"
                raise Refusal(
                    f"no text for '{language} {section}'", place=place, remedy=f"add '## {language} {section}'"
                )
    return found


def _cut(path: Path, body: str, first_line: int) -> list[tuple[str, int, str]]:
    pieces: list[tuple[str, int, list[str]]] = []
    for line, words in enumerate(body.splitlines(), start=first_line):
        if words.startswith("#"):
            pieces.append((words.strip(), line, []))
        elif pieces:
            pieces[-1][2].append(words.strip())
        elif words.strip():
            raise Refusal("text before the first heading", place=f"{path}:{line}", remedy="begin with '## zh question'")
    return [(heading, line, "\n".join(lines).strip()) for heading, line, lines in pieces]


def _text(heading: str, words: str, place: str, line: int, slots: frozenset[str], writing: Writing) -> Text:
    parts = _HEADING.match(heading)
    if not parts:
        raise Refusal(
            f"'{heading}' is not a heading of a topic",
            place=place,
            remedy="write '## zh phone' or '## zh phone without x'",
        )
    language, section, without = parts.groups()
    _known(language, writing.languages, "language", place)
    _known(section, writing.sections, "section", place)
    if not words:
        raise Refusal(f"'{heading}' has no text", place=place, remedy="write one under it")
    missing = frozenset(name.strip() for name in (without or "").split(",") if name.strip())
    for name in sorted(missing):
        _known(name, slots, "slot", place)
    said = _slots_of(words, place)
    for name in sorted(said):
        _known(name, slots, "slot", place)
        if name in missing:
            raise Refusal(f"says ${name} though it is the text without it", place=place, remedy=f"leave ${name} out")
    return Text(language, section, words, missing, said, line)


def _known(name: str, known: object, what: str, place: str) -> None:
    names = list(known)  # type: ignore[call-overload]
    if name not in names:
        remedy = nearest(name, names) if names else "the topic declares no slots"
        raise Refusal(f"unknown {what} '{name}'", place=place, remedy=remedy)


def _slots_of(words: str, place: str) -> frozenset[str]:
    template = Template(words)
    if not template.is_valid():
        raise Refusal("a '$' that begins no slot", place=place, remedy="write '$$' for the sign itself")
    return frozenset(template.get_identifiers())
