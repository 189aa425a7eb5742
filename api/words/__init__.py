"""Words that people read, by language: YAML files of key and text, with $names for what is filled in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Template

from features.errors import Refusal, nearest

LANGUAGES = ("zh", "en")


class Words:
    """The words of one language."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, **slots: object) -> str:
        """The text of `key` with its slots filled; KeyError for an unknown key or a missing slot."""
        return Template(self._texts[key]).substitute({name: str(value) for name, value in slots.items()})

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    @property
    def keys(self) -> frozenset[str]:
        """All keys there are."""
        return frozenset(self._texts)


@cache
def read_words(folder: Path, language: str) -> Words:
    """The words in `folder`/<language>.yaml: one level of groups, keys become `group.key`."""
    import yaml

    data = yaml.safe_load((folder / f"{language}.yaml").read_text(encoding="utf-8"))
    texts = {f"{group}.{key}": str(text) for group, items in data.items() for key, text in items.items()}
    return Words(language, texts)


def terminal_words(given: str = "") -> Words:
    """The words that commands print, in the language asked for (see `chosen_language`)."""
    return read_words(Path(__file__).parent, chosen_language(given))


def chosen_language(given: str = "") -> str:
    """`given`, else FORECARE_LANGUAGE, else Chinese where the terminal's LANG is Chinese, else English."""
    name, place = given, "--lang"
    if not name:
        name, place = os.environ.get("FORECARE_LANGUAGE", ""), "FORECARE_LANGUAGE"
    if not name:
        terminal = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
        return "zh" if terminal.lower().startswith("zh") else "en"
    if name not in LANGUAGES:
        raise Refusal(f"no language '{name}'", place=place, remedy=nearest(name, LANGUAGES))
    return name
