"""What can be told of an expression from its words alone, before anything is taken apart."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import sqlglot
from sqlglot.errors import SqlglotError
from sqlglot.parser import Parser
from sqlglot.tokens import TokenType

from features.errors import Refusal

MOST_BYTES = 4096
MOST_WORDS = 1000
MOST_BRACKETS = 24
"""Brackets within each other: those around a part alone make it no deeper, and yet have to end somewhere."""
_OPENING = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE})
_TYPES = frozenset(Parser.TYPE_TOKENS)


def scan(text: str, names: Container[str], place: str) -> None:
    """Refusal for a text that is too long, nested too deeply, holds control characters, or builds types.

    The parser takes the name of a type before a bracket for a type first and for something else next, which doubles
    its work with every bracket: a hundred characters could keep it busy for hours.
    """
    if len(text) > MOST_BYTES or len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise Refusal(f"the expression is longer than {MOST_BYTES} bytes", place=place, remedy="split it")
    if not all(character.isprintable() or character in "\n\r\t" for character in text):
        raise Refusal("the expression holds a control character", place=place, remedy="remove it")
    words, depth = _words(text, place), 0
    for at, word in enumerate(words):
        kind = word.token_type
        depth += (kind in _OPENING) - (kind in _CLOSING)
        if depth > MOST_BRACKETS or len(words) > MOST_WORDS:
            raise Refusal("the expression is nested too deeply or too long", place=place, remedy="split it")
        following = words[at + 1].token_type if at + 1 < len(words) else None
        if kind in _TYPES and (following in _OPENING or (following in _TYPES and word.text not in names)):
            reason = f"'{short(word.text.lower())}' is not allowed in this form"
            raise Refusal(reason, place=place, remedy="the only type is a day, written date '2026-01-01'")


def short(text: str) -> str:
    """The text in one line, cut where it is long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else f"{flat[:57]}..."


def _words(text: str, place: str) -> list[Any]:
    try:
        return list(sqlglot.tokenize(text, read="duckdb"))
    except (SqlglotError, ValueError, TypeError, AttributeError, KeyError, IndexError):
        reason = f"'{short(text)}' is not one SQL expression"
        raise Refusal(reason, place=place, remedy="check brackets, quotes and operators") from None
