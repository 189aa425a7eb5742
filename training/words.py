"""What training says to people, in both languages: words.yaml beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from features.documents import read_documents
from features.errors import Refusal, nearest

LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Line:
    """One thing to say: a code of words.yaml and its values."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, language: str) -> str:
        """The line in 'zh' or 'en'; numbers as they are read."""
        shown = {name: _shown(value) for name, value in self.values.items()}
        return Template(word(self.code, language)).substitute(shown)

    def as_json(self) -> dict[str, Any]:
        """As stored."""
        return {"code": self.code, "values": dict(self.values)}


def word(code: str, language: str) -> str:
    """The text of a code; Refusal for an unknown one."""
    words = _words()
    if code not in words or language not in LANGUAGES:
        reason = f"no words for '{code}' in '{language}'"
        raise Refusal(reason, place="training/words.yaml", remedy=nearest(code, words))
    return words[code][language]


@cache
def _words() -> dict[str, dict[str, str]]:
    path = Path(__file__).with_name("words.yaml")
    return {code: texts for document in read_documents(path) for code, texts in document.data.items()}


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 10 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
