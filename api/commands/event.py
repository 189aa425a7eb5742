"""`forecare event`: rows that came in by day, from a file, judged at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from api import bank
from api.console import JsonFile, Language, publish
from api.words import terminal_words
from features.errors import Refusal

HELP = """Take in rows of transactions, contacts or app events by day, and judge their customers at once.

日间接收交易、联系与应用事件，立即判定。

\b
Examples:
  forecare event --file today.jsonl
  forecare event --file today.jsonl --at 2026-07-01T10:00:00+08:00 --json answers.json

Each line is an object: {"kind": "transactions", "row": {...columns of the contract...}}.
The same file again changes nothing. Broken rows are named by line and field, the others are taken.
"""


def event(
    file: Annotated[Path, typer.Option(metavar="FILE", help="JSON lines. 每行一个 JSON。")],
    at: Annotated[str, typer.Option(metavar="INSTANT", help="When they came in (default: now). 接收时刻。")] = "",
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Take the rows of a file and say what became of them."""
    words = terminal_words(lang)
    from api.event_queue import as_json
    from care.books import live_books
    from care.event import LIMIT, take_events
    from care.event_answers import counted
    from care.event_desk import open_desk

    given = _read(file)
    settings = bank.standing_home()
    held = bank.open_bank(settings)
    try:
        desk, received_at, answers = open_desk(settings, held.engine, live_books(held.engine)), _instant(at), []
        for start in range(0, len(given), LIMIT):
            answers += take_events(desk, held.engine, given[start : start + LIMIT], received_at=received_at)
    finally:
        held.engine.dispose()
    counts, rows = counted(answers), as_json(answers)
    lines = [words("event.counts", **counts)]
    lines += [
        words("event.fault", file=file, line=row["index"] + 1, field=fault["field"] or "-", reason=fault["reason"])
        for row in rows
        for fault in row["faults"]
    ]
    publish({"counts": counts, "rows": rows}, lines, json_file)


def _read(file: Path) -> list[Any]:
    from care.event import Given
    from features.event_form import KINDS

    given = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            said = json.loads(line)
            kind, row = said["kind"], said["row"]
        except (ValueError, TypeError, KeyError):
            remedy = 'write {"kind": "transactions", "row": {...}}'
            raise Refusal("is no row of an event", place=f"{file}:{number}", remedy=remedy) from None
        if kind not in KINDS:
            raise Refusal(f"unknown kind '{kind}'", place=f"{file}:{number}", remedy=f"known are {', '.join(KINDS)}")
        given.append(Given(kind, row))
    return given


def _instant(text: str) -> Any:
    from datetime import datetime

    if not text:
        return bank.now()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Refusal(f"'{text}' is no instant with its zone", place="--at", remedy="write 2026-07-01T10:00:00+08:00")
    return found


def add(app: typer.Typer) -> None:
    """Register the command."""
    app.command("event", help=HELP)(event)
