"""YAML documents that remember their lines, so that every complaint names file, line and field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from features.errors import Refusal, nearest

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]
# libyaml parses the same language many times faster; the pure Python parser serves where it is missing.
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Document:
    """One YAML mapping: where it stands, what it says, and the line of every field in it."""

    path: Path
    line: int
    data: dict[str, Any]
    lines: dict[Location, int] = field(default_factory=dict)

    def place(self, location: Location = ()) -> str:
        """`file:line` of a field (a tuple of keys and list positions), or of its nearest known parent."""
        for end in range(len(location), 0, -1):
            if location[:end] in self.lines:
                return f"{self.path}:{self.lines[location[:end]]}"
        return f"{self.path}:{self.line}"


def read_documents(path: Path) -> list[Document]:
    """All the YAML documents of a file; a top-level list counts as one document an item.

    Raises Refusal (file, line, reason) for a missing file, broken YAML, a repeated key, an item that is no mapping.
    """
    return list(_split(path, _text_of(path)))


def read_front_matter(path: Path) -> tuple[Document, str, int]:
    """The YAML block between the first two `---` lines of a text file, the text after it, and its first line."""
    text = _text_of(path)
    lines = text.splitlines()
    ends = [number for number, line in enumerate(lines) if line.strip() == "---"][:2]
    if len(ends) < 2 or ends[0] != 0:
        raise Refusal(
            "no front matter", place=f"{path}:1", remedy="begin the file with a YAML block between two '---' lines"
        )
    documents = list(_split(path, "\n".join(lines[1 : ends[1]]), first_line=2))
    if len(documents) != 1:
        raise Refusal("front matter is not one mapping", place=f"{path}:1", remedy="write 'field: value' lines")
    return documents[0], "\n".join(lines[ends[1] + 1 :]), ends[1] + 2


def validate(document: Document, model: type[Model]) -> Model:
    """The document as `model`; Refusal names file, line, field, reason, and for an unknown field the nearest one."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        # A misspelt field is also a missing one: the misspelling says more.
        first = min(
            error.errors(include_url=False, include_context=False), key=lambda e: e["type"] != "extra_forbidden"
        )
        location = tuple(first["loc"])
        name = ".".join(str(part) for part in location)
        if first["type"] == "extra_forbidden":
            known = nearest(name, model.model_fields) if len(location) == 1 else ""
            raise Refusal(f"unknown field '{name}'", place=document.place(location), remedy=known) from None
        raise Refusal(f"field '{name}': {first['msg'].lower()}", place=document.place(location)) from None


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Refusal("no such file", place=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(
            f"cannot be read ({error.__class__.__name__})", place=str(path), remedy="save it as UTF-8 text"
        ) from None


def _split(path: Path, text: str, first_line: int = 1) -> Iterator[Document]:
    try:
        yield from _documents(path, text, first_line)
    except yaml.MarkedYAMLError as error:
        # What is missing at the end is missing after the last line; the place is the last line itself.
        after = error.problem_mark.line if error.problem_mark else 0
        line = first_line + min(after, max(text.count("\n", 0, len(text.rstrip())), 0))
        raise Refusal(f"not YAML: {error.problem}", place=f"{path}:{line}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Refusal(f"not YAML: {error}", place=str(path)) from None


def _documents(path: Path, text: str, first_line: int) -> Iterator[Document]:
    for root in yaml.compose_all(text, Loader=_PARSER):
        for node in root.value if isinstance(root, yaml.SequenceNode) else [root]:
            if not isinstance(node, yaml.MappingNode):
                line = (node or root).start_mark.line + first_line if (node or root) else first_line
                raise Refusal("is not a mapping of fields", place=f"{path}:{line}", remedy="write 'field: value' lines")
            lines: dict[Location, int] = {}
            _note_lines(path, node, (), lines, first_line)
            yield Document(path, node.start_mark.line + first_line, _value_of(node), lines)


def _note_lines(path: Path, node: yaml.Node, at: Location, lines: dict[Location, int], first_line: int) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*at, key.value)
            if here in lines:
                raise Refusal(f"field '{key.value}' stands twice", place=f"{path}:{key.start_mark.line + first_line}")
            lines[here] = key.start_mark.line + first_line
            _note_lines(path, value, here, lines, first_line)
    elif isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            lines[(*at, position)] = item.start_mark.line + first_line
            _note_lines(path, item, (*at, position), lines, first_line)


def _value_of(node: yaml.MappingNode) -> dict[str, Any]:
    constructor = yaml.SafeLoader("")
    value: dict[str, Any] = constructor.construct_document(node)
    return value
