"""`forecare run`: one night, from history to tasks and pre-answers."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api import bank
from api.console import JsonFile, Language, progress, publish
from api.summary import summary_lines
from api.words import terminal_words

HELP = """Run the night for a day: signals, scores, rules, decisions, tasks, pre-answers.

跑一个夜间批次：信号、评分、规则、决策、任务、预答。

\b
Examples:
  forecare run --as-of 2026-06-01
  forecare run --as-of 2014-03-01 --json night.json

The same day again changes nothing. A day before the newest finished one is refused.
"""


def run(
    as_of: Annotated[
        str, typer.Option(metavar="DAY", help="The day we pretend it is (default: after the last data). 日期。")
    ] = "",
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Run the night and say what came of it."""
    words = terminal_words(lang)
    settings, day = bank.settings_and_day(as_of)
    with bank.holding_bank("run", settings) as held, progress() as shown:
        bank.history_of(settings)
        summary = night(held, day, shown)
    publish(summary, summary_lines(summary, words, held.warehouse.about["currency"]), json_file)


def night(held: bank.Bank, day: Any, shown: Any) -> dict[str, Any]:
    """One night's summary, as JSON."""
    from care.night import run_night

    return run_night(held.settings, held.engine, day, started_at=bank.now(), progress=shown)


def add(app: typer.Typer) -> None:
    """Register the command."""
    app.command("run", help=HELP)(run)
