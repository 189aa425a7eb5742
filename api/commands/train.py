"""`forecare train`: learn who is about to leave, and put the model in force if it passes the gate."""

from __future__ import annotations

from typing import Annotated

import typer

from api import bank
from api.commands.demo import SEED
from api.console import JsonFile, Language, progress, publish
from api.summary import model_lines
from api.words import terminal_words

HELP = """Train the churn model as of a day; it comes into force only if it passes the gate.

训练流失模型；通过验收才会启用。

\b
Examples:
  forecare train
  forecare train --as-of 2026-06-01 --seed 7

Where history is too short it says 'not enough data' and why; the night then goes on with rules alone.
"""


def train(
    as_of: Annotated[
        str, typer.Option(metavar="DAY", help="The day we pretend it is (default: after the last data). 日期。")
    ] = "",
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the training. 随机种子。")] = SEED,
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Train and say how good it is, beside the plain rule and the logistic regression."""
    words = terminal_words(lang)
    from training.train import train as learn

    settings, day = bank.settings_and_day(as_of)
    with bank.holding_bank("train", settings) as held, progress() as shown:
        warehouse = bank.history_of(settings)
        report = learn(
            warehouse, settings, as_of=day, seed=seed, engine=held.engine, trained_at=bank.now(), progress=shown
        )
    publish({"as_of": day, "model": report.as_json()}, model_lines(report.as_json(words.language), words), json_file)


def add(app: typer.Typer) -> None:
    """Register the command."""
    app.command("train", help=HELP)(train)
