"""The command line: `forecare COMMAND`. Imports nothing heavy, so that `--help` answers at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from api import refusals
from api.commands import demo, event, explain, intake, loop, replay, rules, run, serve, signals, simulate, train, verify
from features.errors import Refusal

HELP = """Proactive care for a bank: who to call today and why, and the answer before the question.

预见关怀：今天该联系谁、为什么；在客户开口之前备好答案。

\b
Start here:
  forecare demo                        a made bank, one night, the workbench on http://127.0.0.1:8700
  forecare demo --source berka --data ../shared/data --as-of 2014-03-01 --serve 0

\b
A bank's own day:
  forecare intake --source ./our-bank --data /data/today
  forecare train
  forecare run --as-of 2026-06-01
  forecare serve

Everything lies under one directory: FORECARE_HOME (default ./forecare-home). Settings: features/settings.yaml.
Wrong input is refused in one line with place and remedy, exit code 2; nothing is left half-written.
"""


def app() -> typer.Typer:
    """All commands; each lives in a module of its own under api/commands."""
    whole = typer.Typer(help=HELP, rich_markup_mode=None, add_completion=False, no_args_is_help=True)
    demo.add(whole)
    simulate.add(whole)
    intake.add(whole)
    verify.add(whole)
    signals.add(whole)
    train.add(whole)
    run.add(whole)
    event.add(whole)
    serve.add(whole)
    rules.add(whole)
    replay.add(whole)
    explain.add(whole)
    loop.add(whole)
    return whole


def answer(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (default: the process's); the exit code: 0 done, 2 refused, 130 stopped by the keyboard."""
    try:
        command = typer.main.get_command(app())
        return int(command.main(args=arguments, prog_name="forecare", standalone_mode=False) or 0)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:  # whoever read along has gone, as `| head` does
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - the interpreter closes it
        return 0
    except Refusal as refusal:
        return _refuse(str(refusal))
    except Exception as error:
        line = refusals.in_one_line(error)
        if line is None:
            raise
        return _refuse(line)


def _refuse(line: str) -> int:
    if line:
        print(f"forecare: {line}", file=sys.stderr)
    return 2


def main() -> None:
    """Entry of the console script."""
    sys.exit(answer())


if __name__ == "__main__":
    main()
