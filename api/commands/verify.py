"""`forecare verify`: hold every stored file against the hash that is its name."""

from __future__ import annotations

import typer

from api import bank
from api.console import JsonFile, Language, publish
from api.words import terminal_words

HELP = """Name every stored file of the history that is damaged or gone; exit code 2 if there is any.

核对已入库的文件：列出损坏或缺失的文件；有则退出码为 2。

\b
Examples:
  forecare verify
  forecare verify --json damaged.json
"""


def verify(json_file: JsonFile = None, lang: Language = "") -> None:
    """Print the damaged files."""
    words = terminal_words(lang)
    from features.settings import read_settings
    from features.stored_files import verify as damaged_files

    history = bank.history_of(read_settings())
    damaged = damaged_files(history)
    checked = sum(len(history.files(table)) for table in history.tables)
    told = words("verify.damaged", n=len(damaged), checked=checked) if damaged else words("verify.whole", n=checked)
    report = {"checked": checked, "damaged": [str(path) for path in damaged]}
    publish(report, [told, *(f"  {path}" for path in damaged)], json_file)
    if damaged:
        raise typer.Exit(2)


def add(app: typer.Typer) -> None:
    """Register the command."""
    app.command("verify", help=HELP)(verify)
