"""`forecare explain`: why a task is there, in words."""

from __future__ import annotations

from typing import Annotated

import typer

from api import bank
from api.console import JsonFile, Language, publish
from api.words import terminal_words

HELP = """Say why a task exists: signals as they stood, rules, score, what was weighed, what did not become a task.

说明一条任务的由来：当时的信号、规则、评分、权衡，以及未成为任务的原因。

\b
Examples:
  forecare explain 4594fc338d4a329e
  forecare explain 4594fc338d4a329e --lang zh --json why.json
"""


def explain(
    task: Annotated[str, typer.Argument(metavar="TASK", help="A task's id. 任务编号。")],
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Explain one task."""
    words = terminal_words(lang)
    from care.decisions.explain import explain_task

    opened = bank.open_bank(bank.standing_home())
    with opened.engine.connect() as connection:
        report = explain_task(connection, task, words.language)
    publish(report, report["lines"], json_file)


def add(app: typer.Typer) -> None:
    """Register the command."""
    app.command("explain", help=HELP)(explain)
