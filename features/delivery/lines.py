"""Delimited text read so that nothing passes unseen: every record keeps its line, every broken line is named."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from features.delivery.quarantine import Complaint
from features.errors import Refusal

MOST_LINES_A_RECORD = 20  # a quote that is still open then was never meant to be
ROWS_A_BATCH = 50_000


@dataclass(frozen=True)
class Dialect:
    """How the text is written."""

    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"


@dataclass
class DelimitedText:
    """One file being read: `batches` gives its records, `complaints` then holds its broken lines."""

    path: Path
    name: str
    dialect: Dialect
    header: list[str] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)

    def batches(self) -> Iterator[pa.Table]:
        """The records as text columns called as in the header, with `_file` and `_line`; an empty field is NULL."""
        records = self._records()
        _, self.header = next(records, (0, []))
        if not self.header or len(set(self.header)) != len(self.header) or not all(self.header):
            raise Refusal("has no header with a name for each column", place=f"{self.name}:1")
        rows: list[list[str]] = []
        lines: list[int] = []
        for line, record in records:
            rows.append(record)
            lines.append(line)
            if len(rows) == ROWS_A_BATCH:
                yield self._batch(rows, lines)
                rows, lines = [], []
        yield self._batch(rows, lines)

    def _batch(self, rows: list[list[str]], lines: list[int]) -> pa.Table:
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(self.header)
        table = {
            name: pa.array([value or None for value in values], pa.string())
            for name, values in zip(self.header, columns, strict=True)
        }
        return pa.table({**table, "_file": pa.array([self.name] * len(rows), pa.string()), "_line": lines})

    def _complain(self, line: int, reason: str) -> None:
        # The line itself stays in the bank's file: which of its fields are a person's name nobody can tell here.
        self.complaints.append(Complaint(self.name, line, "", reason, ""))

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """(line where it begins, fields) of every whole record, the header first."""
        lines = self._lines()
        waiting: list[tuple[int, str]] = []  # lines read ahead while a quote was open
        width = 0
        while True:
            number, text = waiting.pop(0) if waiting else next(lines, (0, ""))
            if not number:
                return
            if not text.strip("\r\n"):
                continue
            record = self._whole(text)
            if record is None:
                record = self._continued(text, width, lines, waiting)
            if record is None:
                self._complain(number, "a quote is not closed")
            elif width and len(record) != width:
                self._complain(number, f"{len(record)} fields instead of {width}")
            else:
                width = width or len(record)
                yield number, record

    def _whole(self, text: str) -> list[str] | None:
        """The fields of one complete record; None while a quote is open or out of place."""
        text = text.rstrip("\r\n") if text.endswith("\n") else text
        if self.dialect.quote not in text:
            return text.split(self.dialect.delimiter)
        try:
            return next(
                csv.reader([text], delimiter=self.dialect.delimiter, quotechar=self.dialect.quote, strict=True), None
            )
        except csv.Error:
            return None

    def _continued(
        self, text: str, width: int, lines: Iterator[tuple[int, str]], waiting: list[tuple[int, str]]
    ) -> list[str] | None:
        """The record if some next lines close its quote and fill its columns; else None, and the lines wait."""
        for ahead in range(MOST_LINES_A_RECORD - 1):
            if ahead == len(waiting):
                following = next(lines, None)
                if following is None:
                    return None
                waiting.append(following)
            text += waiting[ahead][1]
            record = self._whole(text)
            if record is not None and len(record) == width:
                del waiting[: ahead + 1]
                return record
        return None

    def _lines(self) -> Iterator[tuple[int, str]]:
        """(number, text with its line end) of every line that can be decoded; the file may end early."""
        number = 0
        opened = gzip.open if self.path.suffix == ".gz" else open
        try:
            with opened(self.path, "rb") as file:
                for raw in file:
                    number += 1
                    try:
                        text = raw.decode(self.dialect.encoding)
                    except UnicodeDecodeError:
                        self._complain(number, f"is not {self.dialect.encoding} text")
                        continue
                    if "\x00" in text:
                        self._complain(number, "holds a zero byte")
                        continue
                    yield number, text.removeprefix("\ufeff") if number == 1 else text
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            self._complain(number + 1, f"the file breaks off here ({error.__class__.__name__})")
