"""Land what a SELECT reads: every column of every file, each row with its place, before any of it is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from features.delivery.parquet import check_parquet
from features.delivery.quarantine import Complaint
from features.delivery.readers import Call, find_calls, find_files, read_dialect
from features.delivery.source_database import SourceDatabase
from features.delivery.staging import Staging
from features.errors import Refusal

FILES_AT_ONCE = 2


@dataclass(frozen=True)
class LandedFile:
    """One delivered file, by its name below the data folder, and the Parquet file in which its rows lie."""

    name: str
    lies_in: Path
    columns: Mapping[str, str]


@dataclass
class Landed:
    """A SELECT whose files were landed: its text over the landed relations, what they hold, broken lines, files."""

    sql: str
    columns: dict[str, list[str]] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)
    files: dict[str, list[LandedFile]] = field(default_factory=dict)

    @property
    def layouts(self) -> dict[str, dict[str, list[str]]]:
        """The columns of each file, by relation."""
        return {name: {file.name: list(file.columns) for file in files} for name, files in self.files.items()}

    def rows(self, relation: str, files: Sequence[LandedFile]) -> str:
        """SQL of a landed relation cut to some of its files, with all its columns."""
        every = self.files[relation]
        if all(file.columns == every[0].columns for file in every):
            return f"FROM {_reader(files)}"
        # A column that only other files have is there too, and empty.
        return f"FROM {_reader(files)} UNION ALL BY NAME (FROM {_reader(every)} WHERE false)"


def land(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    data: Path,
    staging: Staging,
    database: SourceDatabase,
    *,
    name: str,
    place: str,
) -> Landed:
    """Land every `read_csv(...)`, `read_parquet(...)` of files in `data` and `read_database(...)` of a source's SELECT.

    The landed relations are called `name`_0, `name`_1 ...; they have all columns of their files (CSV as text, kept in
    `staging`), `_file` (relative to `data`) and `_line` (1 is the first line of a CSV file, the first row of a Parquet
    file, or of what the database gave). Raises Refusal for a text that is no SQL, an option that is not known, a file
    that is not there, damaged Parquet, what the database refuses.
    """
    landed = Landed(sql)
    for number, call in reversed(list(enumerate(find_calls(sql, place)))):
        relation = f"{name}_{number}"
        if call.reader == "read_database":
            called = f"read_database in {Path(place).name}{f' ({number + 1})' if number else ''}"
            found = [(called, path) for path in staging.land_rows(database.rows(call.path, place), called)]
        else:
            paths = find_files(data, call.path, place)
            with ThreadPoolExecutor(FILES_AT_ONCE) as pool:
                read = list(pool.map(lambda path, call=call: _landed(path, data, call, staging, place), paths))
            found = [
                (path.relative_to(data).as_posix(), lies_in) for path, (lies_in, _) in zip(paths, read, strict=True)
            ]
            landed.complaints.extend(complaint for _, complaints in read for complaint in complaints)
        files = [LandedFile(file, lies_in, _columns(connection, lies_in, place)) for file, lies_in in found]
        landed.files[relation] = files
        try:
            connection.execute(f"CREATE OR REPLACE TEMP VIEW {relation} AS FROM {_reader(files)}")
        except duckdb.Error as error:
            raise _unreadable(error, place) from None
        landed.columns[call.path] = list({name: None for file in files for name in file.columns})
        landed.sql = landed.sql[: call.start] + relation + landed.sql[call.end :]
    return landed


def _landed(path: Path, data: Path, call: Call, staging: Staging, place: str) -> tuple[Path, list[Complaint]]:
    """Where a file's rows lie, and its broken lines."""
    if call.reader == "read_parquet":
        check_parquet(path)
        return path, []
    return staging.land(path, path.relative_to(data).as_posix(), read_dialect(call.options, place))


def _columns(connection: duckdb.DuckDBPyConnection, path: Path, place: str) -> dict[str, str]:
    try:
        described = connection.execute(f"DESCRIBE FROM read_parquet({_quoted(path)})").fetchall()
    except duckdb.Error as error:
        raise _unreadable(error, place) from None
    return {row[0]: str(row[1]) for row in described if row[0] not in ("_file", "_line")}


def _unreadable(error: duckdb.Error, place: str) -> Refusal:
    reason = str(error).split("\n")[0]
    return Refusal(f"cannot be read as Parquet ({reason})", place=place, remedy="deliver the file again")


def _reader(files: Sequence[LandedFile]) -> str:
    """SQL of the rows of some landed files of one relation, with their places."""
    listed = ", ".join(_quoted(file.lies_in) for file in files)
    first = files[0]
    if first.lies_in.as_posix().endswith(f"/{first.name}"):
        skip = len(first.lies_in.as_posix()) - len(first.name) + 1
        return f"""(SELECT * EXCLUDE (filename, file_row_number), substr(filename, {skip}) AS _file,
            file_row_number + 1 AS _line
            FROM read_parquet([{listed}], filename = true, file_row_number = true, union_by_name = true))"""
    return f"read_parquet([{listed}], union_by_name = true)"


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
