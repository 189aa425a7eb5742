"""The yardstick's bank: made where it is missing, taken in, its rows counted."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.yardstick.processes import Run, measure

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
SOURCE = HERE / "source"
TABLES = ("customers", "transactions", "contacts")


@dataclass(frozen=True)
class Bank:
    """A bank of one size in the work folder. `scripts`: where generator and peers lie; None where they are missing."""

    size: str
    work: Path
    scripts: Path | None

    @property
    def data(self) -> Path:
        """The files of the bank: where the generator, started in the work folder, writes them."""
        return self.work / "perf" / "data" / self.size

    @property
    def home(self) -> Path:
        """Where the bank is taken in."""
        return self.work / f"home-{self.size}"

    @property
    def is_made(self) -> bool:
        """Whether the files are there; contacts are what the generator writes last."""
        return (self.data / "contacts.parquet").is_file()

    def make(self) -> None:
        """Run the generator where the files are missing."""
        if not self.is_made and self.scripts:
            command = [sys.executable, str(self.scripts / "gen.py"), self.size]
            measure(command, self.work, self.work / "logs" / f"gen-{self.size}.log")

    def rows(self) -> dict[str, int]:
        """Rows by table, as the files' own footers say."""
        # Asked of another process: see `measure`.
        out = self.work / "logs" / f"rows-{self.size}.json"
        command = [sys.executable, "-m", "benchmarks.yardstick.rows", str(self.data), str(out)]
        measure(command, self.work, out.with_suffix(".log"), project_path())
        found: dict[str, int] = json.loads(out.read_text(encoding="utf-8"))
        return found

    def is_taken_in(self, rows: dict[str, int]) -> bool:
        """Whether the home holds this very bank, nothing set aside."""
        try:
            held = json.loads((self.home / "warehouse" / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        accepted = {name: one["accepted"] for name, one in held.get("intake", {}).items()}
        return all(accepted.get(name) == rows[name] for name in TABLES)

    def take_in(self, home: Path, *, source: Path = SOURCE, data: Path | None = None) -> Run:
        """Take the bank into `home` by the ordinary command."""
        out = self.work / "logs" / f"intake-{home.name}.json"
        words = ["intake", "--source", str(source), "--data", str(data or self.data), "--json", str(out)]
        home.mkdir(parents=True, exist_ok=True)
        return measure(forecare(*words), self.work, out.with_suffix(".log"), at_home(home))


def forecare(*words: str) -> list[str]:
    """The project's command line in this Python."""
    return [sys.executable, "-m", "api.cli", *words]


def project_path() -> dict[str, str]:
    """The environment in which a process started in the work folder finds the project."""
    return {"PYTHONPATH": str(PROJECT)}


def at_home(home: Path) -> dict[str, str]:
    """The same, for commands that work on `home`."""
    return {**project_path(), "FORECARE_HOME": str(home)}
