"""The calls of read_csv, read_parquet, read_database in a source's SELECT: where they stand and what they read."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType

from features.delivery.careful import Dialect
from features.errors import Refusal, nearest

READERS = ("read_csv", "read_parquet", "read_database")
# A line feed is one byte in each of these, and no part of another character: lines can be told before they are decoded.
ENCODINGS = ("utf-8", "gbk", "gb18030", "latin-1")
CSV_OPTIONS = ("delim", "sep", "quote", "header", "encoding")


@dataclass(frozen=True)
class Call:
    """One call: its place in the text, its reader, a path or pattern below the data folder or a query, its options."""

    start: int
    end: int
    reader: str
    path: str
    options: dict[str, str]


def find_calls(sql: str, place: str) -> list[Call]:
    """Where the text calls a reader, in order; the text around the calls stays as its author wrote it."""
    try:
        tokens = sqlglot.tokenize(sql, read="duckdb")
    except SqlglotError as error:
        raise Refusal(f"is not SQL ({error})", place=place, remedy="write one SELECT") from None
    calls = []
    for at, token in enumerate(tokens[:-1]):
        if token.text.lower() in READERS and tokens[at + 1].token_type == TokenType.L_PAREN:
            end = _closing(tokens, at + 1, place)
            calls.append(_call(sql, token.start, end, token.text.lower(), place))
    return calls


def find_files(data: Path, pattern: str, place: str) -> list[Path]:
    """The files below `data` that the pattern names, sorted; Refusal where there is none."""
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise Refusal(f"'{pattern}' leaves the data folder", place=place, remedy="write a path below --data")
    files = sorted(data.glob(pattern)) if any(sign in pattern for sign in "*?[") else [data / pattern]
    files = [path for path in files if path.is_file()]
    if not files:
        beside = sorted(path.name for path in (data / pattern).parent.glob("*"))
        close = difflib.get_close_matches(Path(pattern).name, beside, n=1)
        remedy = f"did you mean '{close[0]}'?" if close else "check --data"
        raise Refusal(f"file {data / pattern} is not there", place=place, remedy=remedy)
    return files


def read_dialect(options: dict[str, str], place: str) -> Dialect:
    """How a CSV file is written, from the call's options; Refusal for one that is not known."""
    for name in options:
        if name not in CSV_OPTIONS:
            raise Refusal(f"unknown option '{name}' of read_csv", place=place, remedy=nearest(name, CSV_OPTIONS))
    if options.get("header", "true").lower() not in ("true", "1"):
        raise Refusal("read_csv without a header", place=place, remedy="columns go by name: give the file a header")
    encoding = options.get("encoding", "utf-8").lower()
    if encoding not in ENCODINGS:
        raise Refusal(f"unknown encoding '{encoding}'", place=place, remedy=nearest(encoding, ENCODINGS))
    delimiter = options.get("delim", options.get("sep", ",")).replace("\\t", "\t")
    quote = options.get("quote", '"')
    if len(delimiter) != 1 or len(quote) != 1:
        raise Refusal("delim and quote are one character each", place=place, remedy="write delim = ';'")
    return Dialect(delimiter, quote, encoding)


def _closing(tokens: list[Any], at: int, place: str) -> int:
    depth = 0
    for token in tokens[at:]:
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
        if depth == 0:
            return int(token.end) + 1
    raise Refusal("a bracket is not closed", place=place)


def _call(sql: str, start: int, end: int, reader: str, place: str) -> Call:
    written = sql[start:end]
    try:
        node: Any = sqlglot.parse_one(written, read="duckdb")
        path = node.this if reader == "read_csv" else node.expressions[0]
        given = node.expressions if reader == "read_csv" else node.expressions[1:]
        options = {str(one.this.name).lower(): str(one.expression.name) for one in given}
        if not path.is_string or (reader != "read_csv" and options):
            raise ValueError
    except (SqlglotError, AttributeError, IndexError, ValueError):
        remedy = "write read_csv('a.csv', delim = ';'), read_parquet('a/*.parquet') or read_database('SELECT ...')"
        raise Refusal(f"{written} cannot be landed", place=place, remedy=remedy) from None
    return Call(start, end, reader, str(path.this), options)
