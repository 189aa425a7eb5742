"""Themes of reasons: why a customer may leave, and what to do about it. Words and members stand in themes.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from features.documents import read_documents, validate
from features.errors import Refusal, nearest

Language = Literal["zh", "en"]
OTHER = "other"  # of a signal whose subject no theme names


class Theme(BaseModel):
    """One theme: its words, the action that may keep the customer, and the subjects and signals that belong to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    theme: str
    zh: str
    en: str
    action_zh: str
    action_en: str
    subjects: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()

    def word(self, language: Language) -> str:
        """Its name."""
        return self.zh if language == "zh" else self.en

    def action(self, language: Language) -> str:
        """What a manager may do."""
        return self.action_zh if language == "zh" else self.action_en


@cache
def read_themes() -> dict[str, Theme]:
    """All themes by their id, in the file's order."""
    documents = read_documents(Path(__file__).with_name("themes.yaml"))
    themes = [validate(document, Theme) for document in documents]
    return {theme.theme: theme for theme in themes}


def theme(name: str) -> Theme:
    """The theme with this id; Refusal names the nearest one."""
    themes = read_themes()
    if name not in themes:
        raise Refusal(f"unknown theme '{name}'", place="training/themes.yaml", remedy=nearest(name, themes))
    return themes[name]


def theme_of(signal: str, subject: str) -> str:
    """The id of the theme of a signal: the one that names it, else that of its subject."""
    themes = read_themes().values()
    named = next((theme.theme for theme in themes if signal in theme.signals), None)
    return named or next((theme.theme for theme in themes if subject in theme.subjects), OTHER)
