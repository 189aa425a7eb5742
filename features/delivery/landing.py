"""Land what a SELECT reads: every column of every file, each row with its place, before any of it is used."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from features.delivery.careful import Dialect
from features.delivery.lines import DelimitedText
from features.delivery.parquet import check_parquet
from features.delivery.quarantine import Complaint
from features.delivery.readers import find_calls, find_files, read_dialect
from features.errors import Refusal


@dataclass
class Landed:
    """A SELECT whose files were landed: its text over the landed relations, what they hold, broken lines, files."""

    sql: str
    columns: dict[str, list[str]] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)
    files: dict[str, list[str]] = field(default_factory=dict)


def land(connection: duckdb.DuckDBPyConnection, sql: str, data: Path, *, name: str, place: str) -> Landed:
    """Land every `read_csv(...)` and `read_parquet(...)` of a source's SELECT from the folder `data`.

    The landed relations are called `name`_0, `name`_1 ...; they have all columns of their files (CSV as text), `_file`
    (relative to `data`) and `_line` (1 is the first line of a CSV file, the first row of a Parquet file). Raises
    Refusal for a text that is no SQL, an option that is not known, or a file that is not there.
    """
    landed = Landed(sql)
    for number, call in reversed(list(enumerate(find_calls(sql, place)))):
        relation = f"{name}_{number}"
        files = find_files(data, call.path, place)
        landed.files[relation] = [path.relative_to(data).as_posix() for path in files]
        if call.reader == "read_csv":
            _land_csv(connection, relation, files, data, read_dialect(call.options, place), landed)
        else:
            _land_parquet(connection, relation, files, data, place)
        described = connection.execute(f"DESCRIBE {relation}").fetchall()
        landed.columns[call.path] = [row[0] for row in described if not row[0].startswith("_")]
        landed.sql = landed.sql[: call.start] + relation + landed.sql[call.end :]
    return landed


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
    for path in files:
        check_parquet(path)
    try:
        connection.execute(f"""
            CREATE OR REPLACE TEMP VIEW {relation} AS
            SELECT * EXCLUDE (filename, file_row_number), substr(filename, {skip}) AS _file,
                   file_row_number + 1 AS _line
            FROM read_parquet([{listed}], filename = true, file_row_number = true, union_by_name = true)""")
    except duckdb.Error as error:
        reason = str(error).split("\n")[0]
        raise Refusal(f"cannot be read as Parquet ({reason})", place=place, remedy="deliver the file again") from None
