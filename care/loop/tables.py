"""A loop's report as tables of words: the same rows for the terminal and for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from care.loop.settings import Counted, Named, read_loop_settings
from care.words import words_of

WORDS = Path(__file__).with_name("words.yaml")
Rows = list[list[str]]


def say(key: str, language: str, **slots: object) -> str:
    """A text of words.yaml with its slots filled."""
    return Template(str(words_of(language, WORDS)[key])).substitute({name: str(value) for name, value in slots.items()})


def lead(report: Mapping[str, Any], language: str) -> list[str]:
    """What was run, what was done, and what the figures are not."""
    asked, acted = report["asked"], report["acted"]
    slots = {"customers": f"{asked['customers']:,}", "start": report["start"], "end": report["end"]}
    first = say("lead", language, seed=asked["seed"], days=asked["days"], **slots)
    done = say("acted", language, **{name: f"{number:,}" for name, number in acted.items()})
    why = report["model"].get("why", {}).get(language) or []
    status = words_of(language, WORDS)["statuses"][report["model"]["status"]]
    status = "; ".join([status, *(str(one) for one in ([why] if isinstance(why, str) else why))])
    types = words_of(language, WORDS)["types"]
    reached = ", ".join(f"{types[name]} {number:,}" for name, number in report["responses"].items())
    truth = [say("responses", language, reached=reached)] if reached else []
    return [first, done, *truth, say("model", language, status=status), say("note", language)]


def totals(report: Mapping[str, Any], language: str) -> Rows:
    """With care, without, and the difference, a row an outcome; the first row is the head."""
    head = [say(key, language) for key in ("outcome", "with", "without", "difference")]
    rows = []
    for one in read_loop_settings().outcomes:
        both = report["totals"][one.name]
        difference = both["with"] - both["without"]
        rows.append([_word(one, language), _whole(both["with"]), _whole(both["without"]), _signed(difference, one, 0)])
    return [head, *rows]


def effects(report: Mapping[str, Any], language: str) -> Rows:
    """Estimate, interval, truth, a row an experiment and outcome; the first row is the head."""
    keys = ("experiment", "outcome", "groups", "estimate", "interval", "true", "covers")
    known = {one.name: one for one in read_loop_settings().outcomes}
    experiments = {one.name: one for one in read_loop_settings().experiments}
    rows = []
    for row in report["effects"]:
        outcome = known[row["outcome"]]
        first = [_word(experiments[row["experiment"]], language), _word(outcome, language)]
        first.append(f"{row['treated']:,}/{row['held_out']:,}")
        rows.append([*first, *_estimated(row, outcome, language)])
    return [[say(key, language) for key in keys], *rows]


def _estimated(row: Mapping[str, Any], outcome: Counted, language: str) -> list[str]:
    if row["estimate"] is None:
        return [say("too_few", language), "", "", ""]
    low, high = _signed(row["low"], outcome, 3), _signed(row["high"], outcome, 3)
    covered = say("yes" if row["covers"] else "no", language)
    return [_signed(row["estimate"], outcome, 3), f"[{low}, {high}]", _signed(row["true"], outcome, 3), covered]


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines of a terminal, columns one below the other; Chinese signs take two places."""
    widths = [max(_width(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        lines.append("  " + "  ".join(cells).rstrip())
    return lines


def _width(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _word(named: Named, language: str) -> str:
    return named.zh if language == "zh" else named.en


def _whole(number: float) -> str:
    return f"{number:,.0f}"


def _signed(number: float, outcome: Counted, digits: int) -> str:
    return f"{number:+,.{0 if outcome.unit == 'money' else digits}f}"
