"""Rows that broke the contract: where each stands, what is wrong, what it said."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SHOWN_OF_A_ROW = 2_000


@dataclass(frozen=True)
class Complaint:
    """One line set aside: `line` counts from 1 as an editor does; `column` is empty when the line itself is broken."""

    file: str
    line: int
    column: str
    reason: str
    row: str

    def __str__(self) -> str:
        column = f"column {self.column}: " if self.column else ""
        return f"{self.file}:{self.line}: {column}{self.reason}"


def read_complaint(said: str) -> Complaint:
    """A complaint as checked_sql makes it: JSON with file, line, broken ('column|fault') and row."""
    one = json.loads(said)
    column, _, fault = one["broken"].partition("|")
    row = json.dumps(one["row"], ensure_ascii=False)
    return Complaint(one["file"], one["line"], column, fault, row[:SHOWN_OF_A_ROW])


def write_quarantine(folder: Path, table: str, complaints: Iterable[Complaint]) -> Path:
    """All complaints about a table as `<table>.csv`, in the order of files and lines; replaces the last intake's.

    Rows are customers' data: folder and files are for the owner of the service alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    path, waiting = folder / f"{table}.csv", folder / f"{table}.writing"
    with waiting.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "line", "column", "reason", "row"])
        for one in sorted(complaints, key=lambda one: (one.file, one.line, one.column)):
            writer.writerow([one.file, one.line, one.column, one.reason, one.row])
    waiting.chmod(0o600)
    waiting.replace(path)
    return path
