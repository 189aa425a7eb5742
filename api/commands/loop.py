"""`forecare loop`: the service and a made bank that answers, day by day, with care and without."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.demo import SEED
from api.console import JsonFile, Language, plain, progress, publish
from api.words import terminal_words

HELP = """Let the service act for some weeks on a made bank that answers, and the same bank without; say what care did.

让服务在会作出反应的虚构银行上运行数周，与同一银行无关怀的情形对照。

\b
Examples:
  forecare loop --days 60
  forecare loop --days 20 --customers 600 --seed 7 --out ./loop-7 --rules-only --lang zh
  forecare loop --days 60 --json loop.json --html loop.html

Each day: the night decides, managers work within their minutes, the bank answers, its delivery is taken in. Stopped
anywhere, the same command goes on from the day where it was. FORECARE_HOME plays no part: everything lies in --out.
"""


def loop(
    days: Annotated[int, typer.Option(metavar="N", min=1, max=365, help="How many days. 天数。")] = 60,
    customers: Annotated[
        int, typer.Option(metavar="N", min=1, help="Size of the made bank. 虚构银行的客户数。")
    ] = 2000,
    seed: Annotated[int, typer.Option(metavar="N", help="Another seed, another bank. 随机种子。")] = SEED,
    months: Annotated[
        int, typer.Option(metavar="N", min=4, help="Months of the made bank, the loop's days included. 月数。")
    ] = 20,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where everything of this loop lies. 目录。")] = Path(
        "forecare-loop"
    ),
    rules_only: Annotated[
        bool, typer.Option("--rules-only", help="Train no churn model first. 不训练流失模型。")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report as a page with plots. 图文报告。")
    ] = None,
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Run the loop or go on with it, and say what came of it."""
    language = terminal_words(lang).language
    from care.loop.page import write_page
    from care.loop.report import report
    from care.loop.run import Asked, run_loop
    from care.loop.tables import aligned, effects, lead, say, totals

    asked = Asked(customers=customers, months=months, seed=seed, days=days, model=not rules_only)
    with progress() as shown:
        ran = run_loop(out, asked, progress=shown)
    try:
        told = plain(report(ran))
    finally:
        ran.close()
    if html is not None:
        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_bytes(write_page(told))
    lines = [*lead(told, language), "", say("totals", language), *aligned(totals(told, language))]
    publish(told, [*lines, "", say("effects", language), *aligned(effects(told, language))], json_file)


def add(app: typer.Typer) -> None:
    """Register the command."""
    app.command("loop", help=HELP)(loop)
