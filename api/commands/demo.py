"""`forecare demo`: a bank, a model, a night, a summary, the workbench; the same arguments again change nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api import bank
from api.console import JsonFile, Language, plain, progress, publish
from api.words import LANGUAGES, Words, terminal_words
from features.errors import Refusal

if TYPE_CHECKING:
    from features.settings import Settings

SEED = 2026
HELP = """The whole chain on a made bank or on real data: intake, model, one night, a summary, the workbench.

整条链路演示：入库、建模、一个夜间批次、摘要、工作台。

\b
Examples:
  forecare demo
  forecare demo --customers 400 --serve 0 --json demo.json
  forecare demo --source berka --data ../shared/data --as-of 2014-03-01 --serve 0

The demo owns its home (FORECARE_HOME): the same demo again changes nothing, another one starts over.
A home with other data is refused.
"""


def demo(
    source: Annotated[
        str, typer.Option(metavar="NAME|DIR", help="simulated, berka, or a folder of a source. 数据源。")
    ] = "simulated",
    customers: Annotated[
        int, typer.Option(metavar="N", min=1, help="Size of the made bank. 虚构银行的客户数。")
    ] = 5000,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the files of another source lie. 数据目录。")
    ] = None,
    as_of: Annotated[
        str, typer.Option(metavar="DAY", help="The day we pretend it is (default: after the last data). 日期。")
    ] = "",
    seed: Annotated[
        int, typer.Option(metavar="N", help="Seed of the made bank and of the training. 随机种子。")
    ] = SEED,
    serve: Annotated[
        int, typer.Option(metavar="0|1", min=0, max=1, help="1: the workbench after the summary. 是否启动工作台。")
    ] = 1,
    port: Annotated[int, typer.Option(metavar="PORT", min=1, max=65535, help="Port of the workbench. 端口。")] = 8700,
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Run the chain and say what came of it."""
    from api.commands.serve import start
    from api.summary import summary_lines
    from features.settings import read_settings
    from features.warehouse import Warehouse

    words, settings = terminal_words(lang), read_settings()
    day = bank.day_given(as_of, settings.zone) if as_of else None
    wish = _wish(source, customers, data, day, seed)
    summary, model = _chain(settings, wish, words)
    currency = Warehouse(settings.home).about["currency"]
    publish(summary, summary_lines({**summary, "model": model[words.language]}, words, currency), json_file)
    if serve:
        start(settings, "127.0.0.1", port, lang)


@dataclass
class _Wish:
    """What a demo was asked for: the made bank (data is None) or a delivery that is there."""

    source: Path
    data: Path | None
    customers: int
    seed: int
    as_of: date | None
    timings: dict[str, float] = field(default_factory=dict)

    def mark(self) -> dict[str, Any]:
        """What makes it the same demo again."""
        from api.demo_home import data_fingerprint

        made = {"customers": self.customers, "data": None}
        given = {"customers": None, "data": data_fingerprint(self.source, self.data) if self.data else None}
        same = {"source": self.source.name, "seed": self.seed, "as_of": plain(self.as_of)}
        return same | (made if self.data is None else given)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Seconds of a step."""
        began = time.perf_counter()
        yield
        self.timings[step] = round(time.perf_counter() - began, 2)


def _wish(source: str, customers: int, data: Path | None, day: date | None, seed: int) -> _Wish:
    from api.sources import find_source

    folder = find_source(source)
    if folder.name == "simulated":
        if data is not None:
            raise Refusal(
                "the made bank makes its own data", place="--data", remedy="leave it out, or give another --source"
            )
    elif data is None:
        raise Refusal(
            f"source '{folder.name}' needs its files",
            place="--data",
            remedy="give the folder, as --data ../shared/data",
        )
    elif not data.is_dir():
        raise Refusal("no such folder", place=str(data), remedy="give the folder of the source's files as --data")
    return _Wish(folder, data, customers, seed, day)


def _chain(settings: Settings, wish: _Wish, words: Words) -> tuple[dict[str, Any], dict[str, Any]]:
    """The steps in their order, in a home held by this demo alone; what is there already is not done again.

    Gives the summary, and the report on the model by language.
    """
    from api.demo_home import read_mark, write_mark
    from features.lock import hold

    with hold(settings.home, "demo"):
        _own(settings, wish, words)
        held = bank.open_bank(settings)
        with progress() as shown:
            _take_in(held, wish, shown)
            day = wish.as_of or _own_day(held, wish)
            mark = read_mark(settings.home) or {}
            if "model" not in mark:
                mark["model"] = _train(held, wish, day, shown)
                write_mark(settings.home, mark)
            with wish.timed("night"):
                summary = _night(held, day, shown)
        held.engine.dispose()
    timings = {
        **wish.timings,
        **{f"night: {name}": value for name, value in dict(summary.get("timings") or {}).items()},
    }
    model = mark["model"]
    return {**summary, "model": model["en"], "timings": timings}, model


def _own(settings: Settings, wish: _Wish, words: Words) -> None:
    """Make the home this demo's: go on with the same demo, start over for another, refuse a foreign home."""
    from api import demo_home
    from features.database import connect

    mark, asked = demo_home.read_mark(settings.home), wish.mark()
    if mark is not None and {name: mark.get(name) for name in asked} == asked:
        return
    engine = connect(settings.database)
    if mark is None:
        demo_home.refuse_foreign(settings.home, engine)
    else:
        print(words("demo.starting_over", home=settings.home), flush=True)
        demo_home.clear(settings.home, engine)
    demo_home.write_mark(settings.home, asked)


def _take_in(held: bank.Bank, wish: _Wish, shown: Any) -> None:
    from features.intake import intake

    data = wish.data
    if data is None:
        data = held.settings.home / "made"
        if held.warehouse.tables:  # made and taken in before
            return
        with wish.timed("simulate"):
            from features.sources.simulated.simulate import simulate

            simulate(data, customers=wish.customers, seed=wish.seed, progress=shown)
    with wish.timed("intake"):
        intake(wish.source, data, held.settings, held.engine, delivered_at=bank.now(), progress=shown)


def _own_day(held: bank.Bank, wish: _Wish) -> date:
    """The day that the source itself names, else the day after the data."""
    from api.sources import about_source

    day = about_source(wish.source).get("as_of")
    return day if isinstance(day, date) else bank.day_after_data(held.warehouse, held.settings.zone)


def _train(held: bank.Bank, wish: _Wish, day: date, shown: Any) -> dict[str, Any]:
    from training.train import train

    with wish.timed("train"):
        report = train(
            held.warehouse,
            held.settings,
            as_of=day,
            seed=wish.seed,
            engine=held.engine,
            trained_at=bank.now(),
            progress=shown,
        )
    model: dict[str, Any] = plain({language: report.as_json(language) for language in LANGUAGES})
    return model


def _night(held: bank.Bank, day: date, shown: Any) -> dict[str, Any]:
    from care.night import run_night

    summary: dict[str, Any] = run_night(held.settings, held.engine, day, started_at=bank.now(), progress=shown)
    return summary


def add(app: typer.Typer) -> None:
    """Register the command."""
    app.command("demo", help=HELP)(demo)
