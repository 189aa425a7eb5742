"""`forecare simulate`: write a made bank as files, the way a bank would hand them over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.demo import SEED
from api.console import JsonFile, Language, progress, publish
from api.faults import spoil, wishes_of
from api.words import terminal_words

HELP = """Write a made bank (seeded: same arguments, same bytes) as files to take in.

生成一个虚构的银行（同样的参数，同样的文件）。

\b
Examples:
  forecare simulate --customers 1000 --out ./made
  forecare simulate --customers 1000000 --months 8 --seed 7 --out ./large
  forecare intake --source simulated --data ./made
  forecare simulate --customers 1000 --out ./made --fault duplicate_rows --fault broken_lines:0.005

Faults spoil the delivery on purpose; faults.parquet beside it says what was touched. A name that is none lists them.
"""


def simulate(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to write; made if it is not there. 输出目录。")],
    customers: Annotated[int, typer.Option(metavar="N", min=1, help="How many customers. 客户数。")] = 5000,
    months: Annotated[int, typer.Option(metavar="N", min=1, help="How many months of history. 月数。")] = 18,
    seed: Annotated[int, typer.Option(metavar="N", help="Another seed, another bank. 随机种子。")] = SEED,
    fault: Annotated[
        list[str] | None, typer.Option(metavar="NAME[:SHARE]", help="Spoil the delivery; repeatable. 数据故障。")
    ] = None,
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Make the bank and say what was written."""
    words = terminal_words(lang)
    wishes = wishes_of(fault)
    from features.sources.simulated.simulate import simulate as make

    with progress() as shown:
        make(out, customers=customers, months=months, seed=seed, progress=shown)
    lines = [words("simulate.title", customers=customers, months=months, out=out)]
    report: dict[str, object] = {"customers": customers, "months": months, "seed": seed, "out": str(out)}
    if wishes:
        report["faults"] = spoil(out, wishes, seed, words, lines)
    publish(report, lines, json_file)


def add(app: typer.Typer) -> None:
    """Register the command."""
    app.command("simulate", help=HELP)(simulate)
