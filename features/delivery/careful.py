"""One record of delimited text, read with care: quotes that span lines, quotes that are never closed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

csv.field_size_limit(1 << 30)  # a long text is no broken line
MOST_LINES_A_RECORD = 20  # a quote that is still open then was never meant to be


@dataclass(frozen=True)
class Dialect:
    """How the text is written."""

    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"


def split_whole(text: str, dialect: Dialect) -> list[str] | None:
    """The fields of one complete record; None while a quote is open or out of place."""
    text = text.rstrip("\r\n") if text.endswith("\n") else text
    if dialect.quote not in text:
        return text.split(dialect.delimiter)
    try:
        return next(csv.reader([text], delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True), None)
    except csv.Error:
        return None


def read_record(
    text: str, width: int, following: Iterator[tuple[int, str]], dialect: Dialect
) -> tuple[list[str] | None, int]:
    """The fields of the record that begins with the line `text`, and the number of the last further line it took (-1).

    `following` gives the next lines with their numbers. Where the line is no whole record, some next ones are added if
    they close its quote and fill its `width` columns; else the fields are None and the lines are left.
    """
    record = split_whole(text, dialect)
    if record is not None:
        return record, -1
    for _ in range(MOST_LINES_A_RECORD - 1):
        more = next(following, None)
        if more is None:
            break
        text += more[1]
        record = split_whole(text, dialect)
        if record is not None and len(record) == width:
            return record, more[0]
    return None, -1
