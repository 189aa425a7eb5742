"""Values in the words of a reader: money, days, shares and counts by unit and language (words.yaml)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from features.documents import read_documents
from features.errors import Refusal, nearest

LANGUAGES = ("zh", "en")


@cache
def read_words(path: Path) -> Mapping[str, Any]:
    """A file of words as one mapping; Refusal if it cannot be read."""
    return read_documents(path)[0].data


def words_of(language: str, path: Path | None = None) -> Mapping[str, Any]:
    """The words of one language, of this file or another; Refusal for a language nobody wrote words for."""
    if language not in LANGUAGES:
        raise Refusal(f"no words in language '{language}'", remedy=nearest(language, LANGUAGES))
    words: Mapping[str, Any] = read_words(path or Path(__file__).with_name("words.yaml"))[language]
    return words


def say_value(value: object, unit: str, language: str, currency: str) -> str:
    """One value as a reader sees it: ¥1,234 or CNY 1,234, 2026年7月1日 or 1 Jul 2026, 45%, 38 days, the word of a code.

    `value` is in the unit of its signal (money in currency units, ratio and probability as shares of one); a day may
    come as text (2026-07-01), as stored evidence holds it. An unknown value is said to be unknown. Raises Refusal for
    an unknown language or unit.
    """
    words = words_of(language)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return str(words["unknown"])
    if unit == "money":
        return _money(_rounded(value, 2), words["money"], currency)
    if unit == "day":
        return _day(value, words)
    if unit in ("ratio", "probability"):
        return Template(words["share"]).substitute(number=_written(_rounded(_decimal(value) * 100, 1)))
    if unit == "flag":
        return str(words["flag"]["yes_" if value else "no_"])
    if unit == "text":
        return _text(str(value), language)
    return _counted(value, unit, words)


def _decimal(value: object) -> Decimal:
    return Decimal(repr(value) if isinstance(value, float) else str(value))


def _rounded(value: object, digits: int) -> Decimal:
    return _decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _written(number: Decimal) -> str:
    """Digits in groups of three, without idle zeros behind the point."""
    text = f"{number:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _money(amount: Decimal, templates: Mapping[str, str], currency: str) -> str:
    written = f"{abs(amount):,.0f}" if amount == amount.to_integral_value() else f"{abs(amount):,.2f}"
    said = Template(templates.get(currency, templates["other"])).substitute(amount=written, currency=currency)
    return f"-{said}" if amount < 0 else said


def _day(value: object, words: Mapping[str, Any]) -> str:
    day = value if isinstance(value, date | datetime) else date.fromisoformat(str(value))
    return Template(words["day"]).substitute(year=day.year, month=words["months"][day.month - 1], day=day.day)


def _text(code: str, language: str) -> str:
    texts: Mapping[str, Mapping[str, str]] = read_words(Path(__file__).with_name("words.yaml"))["texts"]
    return texts[code][language] if code in texts else code


def _counted(value: object, unit: str, words: Mapping[str, Any]) -> str:
    forms = ("count", "number", "days", "hours", "years")
    if unit not in forms:
        raise Refusal(f"no words for unit '{unit}'", remedy=nearest(unit, forms))
    number = _rounded(value, 2 if unit == "number" else 1)
    return Template(words[unit]["one" if number == 1 else "many"]).substitute(number=_written(number))
