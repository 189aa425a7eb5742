"""`forecare signals diff`: two catalogues, two folders of built signals, or two stored days."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.console import JsonFile, Language, publish
from api.words import Words, terminal_words

if TYPE_CHECKING:
    from features.catalogue import Catalogue
    from features.differences import CatalogueDifference, TableDifference

OURS = "ours"
Side = Annotated[
    str, typer.Argument(metavar="ours|DIR|DAY", help="A catalogue, built signals, or a stored day. 一方。")
]


def diff(before: Side, after: Side, json_file: JsonFile = None, lang: Language = "") -> int:
    """Compare; exit code 1 where the two differ, 0 where they do not."""
    words = terminal_words(lang)
    kinds = (_kind(before), _kind(after))
    if "catalogue" in kinds:
        return _catalogues(before, after, json_file, words)
    return _tables(before, after, json_file, words)


def _kind(side: str) -> str:
    folder = Path(side)
    return "catalogue" if side == OURS or (folder.is_dir() and any(folder.glob("*.yaml"))) else "tables"


def _catalogues(before: str, after: str, json_file: Path | None, words: Words) -> int:
    from features.differences import compare_catalogues

    found = compare_catalogues(_catalogue(before), _catalogue(after))
    publish(
        {"kind": "catalogues", "different": bool(found), **asdict(found)}, _catalogue_lines(found, words), json_file
    )
    return int(bool(found))


def _catalogue(side: str) -> Catalogue:
    from features.catalogue import read_catalogue, read_folders

    return read_catalogue() if side == OURS else read_folders([Path(side)])


def _catalogue_lines(found: CatalogueDifference, words: Words) -> list[str]:
    lines = [f"+ {name}" for name in found.added] + [f"- {name}" for name in found.removed]
    for name, fields in found.changed.items():
        lines.append(f"~ {name}")
        lines += [f"    {field}: {one} -> {other}" for field, (one, other) in fields.items()]
    return lines or [words("diff.same")]


def _tables(before: str, after: str, json_file: Path | None, words: Words) -> int:
    """Day by day where both sides have several; a lone day against a lone day, whatever days they are."""
    from features.differences import compare_tables

    one, other = _days(before), _days(after)
    pairs = {day: (one[day], other[day]) for day in one if day in other}
    if len(one) == len(other) == 1:
        pairs = {" / ".join(dict.fromkeys([*one, *other])): (next(iter(one.values())), next(iter(other.values())))}
    found = {day: compare_tables(_read(a), _read(b)) for day, (a, b) in pairs.items()}
    alone = [] if len(one) == len(other) == 1 else sorted(set(one) ^ set(other))
    different = bool(alone) or any(found.values())
    report = {"kind": "tables", "different": different, "days": {day: asdict(each) for day, each in found.items()},
              "days_on_one_side": alone}  # fmt: skip
    lines = [line for day, each in found.items() for line in _table_lines(day, each, words)]
    lines += [words("diff.alone", days=", ".join(alone))] if alone else []
    publish(report, lines if different else [words("diff.same")], json_file)
    return int(different)


def _days(side: str) -> dict[str, Path]:
    """The files of a side by day: a folder of <day>.parquet, a folder of snapshots, or one stored day of the home."""
    from features.errors import Refusal
    from features.settings import read_settings
    from features.snapshot import DATA, partition

    folder = Path(side)
    if folder.is_dir():
        found = {path.stem: path for path in sorted(folder.glob("*.parquet")) if path.name != DATA}
        found |= {path.parent.name.removeprefix("as_of="): path for path in sorted(folder.glob(f"as_of=*/{DATA}"))}
        if (folder / DATA).is_file():
            found[folder.name.removeprefix("as_of=")] = folder / DATA
        if found:
            return found
        raise Refusal(
            "holds neither a catalogue nor signals", place=side, remedy="name a folder with *.yaml or *.parquet"
        )
    from features.moments import read_day

    path = partition(read_settings().home, read_day(side, place=side)) / DATA
    if not path.is_file():
        remedy = f"run 'forecare signals build --as-of {side}'"
        raise Refusal(f"no signals are stored for {side}", place=str(path.parent), remedy=remedy)
    return {side: path}


def _read(path: Path) -> Any:
    import pyarrow.parquet as pq

    return pq.ParquetFile(path).read()


def _table_lines(day: str, found: TableDifference, words: Words) -> list[str]:
    if not found:
        return [words("diff.day_same", day=day)]
    lines = [words("diff.day", day=day, customers=found.customers, before=found.only_before, after=found.only_after)]
    lines += [f"  + {name}" for name in found.added] + [f"  - {name}" for name in found.removed]
    for name, each in found.changed.items():
        largest = "-" if each.largest is None else f"{each.largest:,.6g}"
        lines.append("  " + words("diff.signal", name=f"{name:<34}", rows=each.rows, largest=largest, nulls=each.nulls,
                                  customers=", ".join(each.customers)))  # fmt: skip
    return lines


def add(group: typer.Typer) -> None:
    """Register the command."""
    example = "Example: forecare signals diff ours ./our-signals; forecare signals diff 2026-06-01 2026-07-01"
    group.command(
        "diff", help=f"Compare two catalogues or built signals; exit code 1 if they differ.  {example} 比较。"
    )(diff)
