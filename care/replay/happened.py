"""What 'it happened' means for each rule, read from happened.yaml and checked against the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from features.catalogue import Catalogue
from features.documents import Document, read_documents
from features.errors import Refusal
from features.expression import Expression, parse_expression

THEN = "then_"
"""Before the name of a signal: its value on the day on which the episode opened."""


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    within: int = Field(ge=1, le=365)
    when: str


@dataclass(frozen=True)
class Happened:
    """What must become true within so many days: words, days, condition over later signals and those of the day."""

    zh: str
    en: str
    within: int
    when: Expression

    @property
    def signals(self) -> frozenset[str]:
        """The signals it reads, of whichever day."""
        return frozenset(name.removeprefix(THEN) for name in self.when.names)

    def words(self) -> dict[str, str]:
        """In both languages."""
        return {"zh": self.zh, "en": self.en}


def read_happened(catalogue: Catalogue, path: Path | None = None) -> Mapping[str, Happened]:
    """By rule id; Refusal (file:line) for an unknown name or field."""
    document = read_documents(path or Path(__file__).with_name("happened.yaml"))[0]
    types = {**catalogue.types, **{f"{THEN}{name}": type_ for name, type_ in catalogue.types.items()}}
    return {rule_id: _read(document, rule_id, said, types) for rule_id, said in document.data.items()}


def _read(document: Document, rule_id: str, said: Any, types: Mapping[str, Any]) -> Happened:
    place = document.place((rule_id,))
    try:
        checked = _Said.model_validate(said)
    except ValueError:
        raise Refusal(f"'{rule_id}' is not zh, en, within and when", place=place, remedy="see the entries") from None
    when = parse_expression(checked.when, types, place=document.place((rule_id, "when")), wants="flag")
    return Happened(checked.zh, checked.en, checked.within, when)
