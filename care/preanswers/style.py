"""Whether a topic's texts are written as writing.yaml asks: short, never selling, neutral where it matters."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

from care.preanswers.form import TopicForm, Writing
from care.preanswers.sections import Text, Texts
from features.errors import Refusal

_END_OF_SENTENCE = re.compile(r"[。！？]|[.!?](?=\s|$)")


def check_style(path: Path, form: TopicForm, texts: Texts, writing: Writing) -> None:
    """Refusal (file:line, what, the word or the length at fault) for the first text that breaks a rule."""
    for variants in texts.values():
        for text in variants:
            place = f"{path}:{text.line}"
            _check_length(text, writing, place)
            for word in _unwanted(form, text, writing):
                if _says(text.words, word):
                    raise Refusal(
                        f"says '{word}'", place=place, remedy="a pre-answer does not sell and speaks neutrally"
                    )


def sentences(words: str) -> int:
    """How many sentences a text has; points inside numbers do not end one."""
    return len(_END_OF_SENTENCE.findall(words))


def _check_length(text: Text, writing: Writing, place: str) -> None:
    section = writing.sections[text.section]
    slot = "x" * writing.slot_length[text.language]  # type: ignore[index]
    length = len(Template(text.words).substitute(dict.fromkeys(text.slots, slot)))
    most = getattr(section, text.language)
    if length > most:
        raise Refusal(f"{length} characters, slots filled, are more than {most}", place=place, remedy="say it shorter")
    count = sentences(text.words)
    if section.sentences is not None and count != section.sentences:
        remedy = f"write {section.sentences}, ended by a full stop"
        raise Refusal(f"{count} sentences in {text.language} {text.section}", place=place, remedy=remedy)


def _unwanted(form: TopicForm, text: Text, writing: Writing) -> list[str]:
    words = [*writing.selling[text.language], *form.avoid.get(text.language, [])]  # type: ignore[index, call-overload]
    if form.sensitive and text.section in writing.seen_by_customers:
        words += writing.blunt[text.language]  # type: ignore[index]
    return words


def _says(text: str, word: str) -> bool:
    if word.isascii():
        return re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) is not None
    return word in text
