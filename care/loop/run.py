"""The closed loop from top to bottom: a made bank, its history, a model, then day after day; and without care."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from care.loop.day import KIND, LoopHome, is_done, live, note, take
from care.loop.settings import read_loop_settings
from care.loop.world import AnsweringBank, MadeBank
from features.database import connect, migrate
from features.errors import Refusal
from features.lock import hold
from features.progress import Progress, Silent
from features.settings import read_settings

MARK = "loop.json"
CARE, WITHOUT = "care", "without"
BEGUN = "loop begun"
"""Of the ledger: the history before the loop is taken in, and a model was trained or could not be."""
_STEP = "loop: days"


@dataclass(frozen=True)
class Asked:
    """What a loop was asked for: size and seed of the made bank, its last `days` days, whether a model is trained."""

    customers: int
    months: int
    seed: int
    days: int
    model: bool


@dataclass(frozen=True)
class Loop:
    """A loop that ran: both homes, its days [start, end), and what training said."""

    asked: Asked
    care: LoopHome
    without: LoopHome
    start: date
    end: date
    model: dict[str, Any]

    def close(self) -> None:
        """Let go of both databases."""
        for home in (self.care, self.without):
            home.engine.dispose()


def run_loop(
    out: Path,
    asked: Asked,
    *,
    progress: Progress | None = None,
    open_bank: Callable[[Path], AnsweringBank] = MadeBank.in_folder,
) -> Loop:
    """Run the loop that was asked for in the folder `out`, or go on where it was.

    The made bank lies in out/world, the two homes in out/care and out/without, each with its own SQLite; which days are
    done stands in the ledger of out/care. The same arguments again find everything done. Raises Refusal where `out`
    holds another loop, where another one is at work there, or where the days do not fit into the made bank.
    """
    shown = progress or Silent()
    with hold(out, "loop"):
        _own(out, asked)
        bank = open_bank(_world(out / "world", asked, shown))
        start, end = _days(bank, asked)
        care, without = (_home(out, name, bank, asked.seed) for name in (CARE, WITHOUT))
        model = _begin(care, start, asked, shown)
        for number in range(asked.days):
            shown.step(_STEP, number, asked.days)
            live(care, start + timedelta(days=number))
        shown.step(_STEP, asked.days, asked.days)
        _live_without(without, end)
        shutil.rmtree(out / "deliveries", ignore_errors=True)
        return Loop(asked, care, without, start, end, model)


def _own(out: Path, asked: Asked) -> None:
    mark = out / MARK
    if mark.exists():
        before = json.loads(mark.read_text(encoding="utf-8"))
        if before != asdict(asked):
            said = ", ".join(f"{name} {value}" for name, value in before.items())
            remedy = "ask for the same, or give another --out"
            raise Refusal(f"another loop lies there ({said})", place=str(out), remedy=remedy)
        return
    foreign = sorted(path.name for path in out.iterdir() if path.name != "forecare.lock")
    if foreign:
        raise Refusal(f"holds something else ({foreign[0]})", place=str(out), remedy="give an empty folder as --out")
    waiting = mark.with_name(f".{MARK}.{os.getpid()}")
    waiting.write_text(json.dumps(asdict(asked), indent=2) + "\n", encoding="utf-8")
    waiting.replace(mark)


def _world(folder: Path, asked: Asked, shown: Progress) -> Path:
    """The made bank; it appears under its name when it is whole."""
    from features.sources.simulated.simulate import simulate

    if not folder.exists():
        simulate(folder, customers=asked.customers, months=asked.months, seed=asked.seed, progress=shown)
    return folder


def _days(bank: AnsweringBank, asked: Asked) -> tuple[date, date]:
    end = bank.end_day
    start = end - timedelta(days=asked.days)
    if start <= bank.first_day:
        whole = (end - bank.first_day).days
        raise Refusal(
            f"{asked.days} days do not fit into a made bank of {whole}", place="--days", remedy="ask for fewer"
        )
    return start, end


def _home(out: Path, name: str, bank: AnsweringBank, seed: int) -> LoopHome:
    settings = read_settings(home=out / name, database_url="", identity_key="", engine="duckdb")
    engine = connect(settings.database)
    migrate(engine)
    return LoopHome(settings, engine, bank, read_loop_settings(), seed, out / "deliveries" / name)


def _begin(home: LoopHome, start: date, asked: Asked, shown: Progress) -> dict[str, Any]:
    """Take in the history before the loop and train on it, once; what training said: status and why, by language."""
    from care.loop.day import notes

    if not is_done(home, BEGUN, start):
        shown.step("loop: history", 0, 2)
        folder = home.deliveries / "history"
        if not home.warehouse.tables:
            home.bank.hand_over(start, folder)
            take(home, folder, known_until=start)
        shown.step("loop: history", 1, 2)
        model = _train(home, start, asked.seed, shown) if asked.model else {"status": "not asked for"}
        note(home, BEGUN, start, model)
        shown.step("loop: history", 2, 2)
    return notes(home, BEGUN)[start]


def _train(home: LoopHome, start: date, seed: int, shown: Progress) -> dict[str, Any]:
    from training.train import train

    at = home.begins(start)
    report = train(
        home.warehouse, home.settings, as_of=start, seed=seed, engine=home.engine, trained_at=at, progress=shown
    )
    told = {language: report.as_json(language) for language in ("zh", "en")}
    return {"status": told["en"]["status"], "why": {language: one["why"] for language, one in told.items()}}


def _live_without(home: LoopHome, end: date) -> None:
    """The same bank, nobody having acted: its days come in one delivery, which gives what day by day would give."""
    if not is_done(home, KIND, end):
        folder = home.deliveries / "all"
        home.bank.hand_over(end, folder)
        note(home, KIND, end, {"rows": take(home, folder, known_until=end)})
