"""Measure a made bank and the public sets by the same questions, and say in words where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, Literal

import duckdb
from pydantic import BaseModel, ConfigDict

from features.documents import read_documents, validate
from features.engine import quieten

if TYPE_CHECKING:
    import pandas as pd

HERE = Path(__file__).parent
Language = Literal["zh", "en"]
NOWHERE = Path("shared/data")


class Words(BaseModel):
    """A text in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    zh: str
    en: str

    def say(self, language: Language) -> str:
        """The text of a language."""
        return self.zh if language == "zh" else self.en


class Bank(Words):
    """A bank: its name, its words, and the file below the data folder that shows that it is there."""

    name: str
    file: str


class Measure(Words):
    """A measure: a curve of x and y a bank, and how it is drawn."""

    name: str
    x: Words
    y: Words
    log_y: bool = False
    bars: bool = False


class Figure(Words):
    """A number a bank, said as a plain number or as a share."""

    name: str
    form: Literal["number", "share"]


class Known(BaseModel):
    """words.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    banks: list[Bank]
    measures: list[Measure]
    alike: float
    figures: list[Figure]
    sentences: dict[Literal["alike", "more", "less"], Words]
    missing: Words


@dataclass(frozen=True)
class Shapes:
    """What was measured: (bank, x, y) by measure, (figure, bank, value), and the banks that were not there."""

    curves: Mapping[str, pd.DataFrame]
    figures: pd.DataFrame
    missing: tuple[str, ...]
    data: Path


@cache
def known() -> Known:
    """The banks, measures, figures and sentences there are."""
    return validate(read_documents(HERE / "words.yaml")[0], Known)


def find_data() -> Path:
    """The folder shared/data beside the project, or above the working folder; a path that is not there otherwise."""
    project = Path(__file__).resolve().parents[4]
    above = [project.parent, *Path.cwd().resolve().parents]
    return next((folder / NOWHERE for folder in above if (folder / NOWHERE).is_dir()), project.parent / NOWHERE)


def measure(made: Path, data: Path) -> Shapes:
    """Measure the made bank in the folder `made` (as `forecare simulate` wrote it) and the public sets below `data`.

    Sets that are not there are left out and named in `missing`. Amounts are compared as multiples of the median,
    because currencies and decades differ.
    """
    there = [bank for bank in known().banks if not bank.file or (data / bank.file).is_file()]
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        quieten(connection)
        connection.execute("CREATE TABLE moves (bank VARCHAR, customer VARCHAR, day DATE, ts TIMESTAMP, amount DOUBLE)")
        connection.execute(
            "CREATE TABLE contacts (bank VARCHAR, customer VARCHAR, day DATE, ts TIMESTAMP, topic VARCHAR)"
        )
        for bank in there:
            text = (HERE / "banks" / f"{bank.name}.sql").read_text(encoding="utf-8")
            place = str(data if bank.file else made).replace("'", "''")
            connection.execute(text.replace("$data", place))
        for one in known().measures:
            asked = (HERE / "measures" / f"{one.name}.sql").read_text(encoding="utf-8")
            connection.execute(f'CREATE TABLE "{one.name}_curve" AS {asked}')
        connection.execute(
            "".join(f'ALTER TABLE "{one.name}_curve" RENAME TO "{one.name}";' for one in known().measures)
        )
        curves = {one.name: connection.execute(f'FROM "{one.name}"').df() for one in known().measures}
        figures = connection.execute((HERE / "figures.sql").read_text(encoding="utf-8")).df()
    missing = tuple(bank.name for bank in known().banks if bank not in there)
    return Shapes(curves, figures, missing, data)


def say_missing(shapes: Shapes, language: Language) -> str:
    """In words what was not there; empty where all was."""
    if not shapes.missing:
        return ""
    files = ", ".join(bank.file for bank in known().banks if bank.name in shapes.missing)
    return Template(known().missing.say(language)).substitute(data=shapes.data.name, files=files)


def table(shapes: Shapes, language: Language) -> pd.DataFrame:
    """The figures as a table: a row a figure, a column a bank, values as they are said."""
    import pandas as pd

    rows: dict[str, dict[str, str]] = {}
    for figure in known().figures:
        values = _values(shapes, figure)
        rows[figure.say(language)] = {
            bank.say(language): _said(figure, values[bank.name]) if bank.name in values else ""
            for bank in known().banks
            if bank.name not in shapes.missing
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def differences(shapes: Shapes, language: Language) -> list[str]:
    """One sentence a figure and public set: both values, and whether they are alike, more or less."""
    sentences = []
    for figure in known().figures:
        values = _values(shapes, figure)
        made = values.pop("made", None)
        if made is not None:
            said = [bank for bank in known().banks if bank.name in values]
            sentences += [_sentence(figure, made, values[bank.name], bank, language) for bank in said]
    return sentences


def _values(shapes: Shapes, figure: Figure) -> dict[str, float]:
    found = shapes.figures[shapes.figures["figure"] == figure.name].dropna()
    return {str(bank): float(value) for bank, value in zip(found["bank"], found["value"], strict=True)}


def _sentence(figure: Figure, made: float, value: float, bank: Bank, language: Language) -> str:
    ratio = made / value if value else 1.0 if made == value else float("inf")
    alike = known().alike
    verdict: Literal["alike", "more", "less"] = (
        "alike" if 1 / alike <= ratio <= alike else "more" if ratio > 1 else "less"
    )
    slots: dict[str, Any] = {
        "figure": figure.say(language),
        "bank": bank.say(language),
        "ratio": f"{ratio:.2g}".replace("inf", "∞"),
    }
    slots |= {"made": _said(figure, made), "value": _said(figure, value)}
    return Template(known().sentences[verdict].say(language)).substitute(slots)


def _said(figure: Figure, value: float) -> str:
    return f"{value:.1%}" if figure.form == "share" else f"{value:.3g}"


def in_order(names: Sequence[str]) -> list[Bank]:
    """The banks of these names in their order."""
    return [bank for bank in known().banks if bank.name in names]
