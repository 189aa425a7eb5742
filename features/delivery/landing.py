"""Land what a SELECT reads: every column of every file, each row with its place, before any of it is used."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType

from features.delivery.lines import DelimitedText, Dialect
from features.delivery.quarantine import Complaint
from features.errors import Refusal, nearest

READERS = ("read_csv", "read_parquet")
# A line feed is one byte in each of these, and no part of another character: lines can be told before they are decoded.
ENCODINGS = ("utf-8", "gbk", "gb18030", "latin-1")
CSV_OPTIONS = ("delim", "sep", "quote", "header", "encoding")


@dataclass
class Landed:
    """A SELECT whose files were landed: its text over the landed relations, what they hold, the broken lines."""

    sql: str
    columns: dict[str, list[str]] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)


@dataclass(frozen=True)
class _Call:
    start: int
    end: int
    reader: str
    path: str
    options: dict[str, str]


def land(connection: duckdb.DuckDBPyConnection, sql: str, data: Path, *, name: str, place: str) -> Landed:
    """Land every `read_csv(...)` and `read_parquet(...)` of a source's SELECT from the folder `data`.

    The landed relations are called `name`_0, `name`_1 ...; they have all columns of their files (CSV as text), `_file`
    (relative to `data`) and `_line` (1 is the first line of a CSV file, the first row of a Parquet file). Raises
    Refusal for a text that is no SQL, an option that is not known, or a file that is not there.
    """
    landed = Landed(sql)
    for number, call in reversed(list(enumerate(_calls(sql, place)))):
        relation = f"{name}_{number}"
        files = _files(data, call.path, place)
        if call.reader == "read_csv":
            _land_csv(connection, relation, files, data, _dialect(call.options, place), landed)
        else:
            _land_parquet(connection, relation, files, data, place)
        described = connection.execute(f"DESCRIBE {relation}").fetchall()
        landed.columns[call.path] = [row[0] for row in described if not row[0].startswith("_")]
        landed.sql = landed.sql[: call.start] + relation + landed.sql[call.end :]
    return landed


def _calls(sql: str, place: str) -> list[_Call]:
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


def _closing(tokens: list[Any], at: int, place: str) -> int:
    depth = 0
    for token in tokens[at:]:
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
        if depth == 0:
            return int(token.end) + 1
    raise Refusal("a bracket is not closed", place=place)


def _call(sql: str, start: int, end: int, reader: str, place: str) -> _Call:
    written = sql[start:end]
    try:
        node: Any = sqlglot.parse_one(written, read="duckdb")
        path = node.this if reader == "read_csv" else node.expressions[0]
        given = node.expressions if reader == "read_csv" else node.expressions[1:]
        options = {str(one.this.name).lower(): str(one.expression.name) for one in given}
        if not path.is_string or (reader == "read_parquet" and options):
            raise ValueError
    except (SqlglotError, AttributeError, IndexError, ValueError):
        remedy = "write read_csv('folder/file.csv', delim = ';') or read_parquet('folder/*.parquet')"
        raise Refusal(f"{written} cannot be landed", place=place, remedy=remedy) from None
    return _Call(start, end, reader, str(path.this), options)


def _files(data: Path, pattern: str, place: str) -> list[Path]:
    """The files below `data` that the pattern names, sorted."""
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


def _dialect(options: dict[str, str], place: str) -> Dialect:
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


def _land_csv(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    files: list[Path],
    data: Path,
    dialect: Dialect,
    landed: Landed,
) -> None:
    tables: list[pa.Table] = []
    for path in files:
        text = DelimitedText(path, path.relative_to(data).as_posix(), dialect)
        tables.extend(text.batches())
        landed.complaints.extend(text.complaints)
    arrived = pa.concat_tables(tables, promote_options="default")
    connection.register("arrived", arrived)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS SELECT * FROM arrived")
    connection.unregister("arrived")


def _land_parquet(
    connection: duckdb.DuckDBPyConnection, relation: str, files: list[Path], data: Path, place: str
) -> None:
    listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
    skip = len(data.as_posix()) + 2
    try:
        connection.execute(f"""
            CREATE OR REPLACE TEMP VIEW {relation} AS
            SELECT * EXCLUDE (filename, file_row_number), substr(filename, {skip}) AS _file,
                   file_row_number + 1 AS _line
            FROM read_parquet([{listed}], filename = true, file_row_number = true, union_by_name = true)""")
    except duckdb.Error as error:
        reason = str(error).split("\n")[0]
        raise Refusal(f"cannot be read as Parquet ({reason})", place=place, remedy="deliver the file again") from None
