"""One table of a delivery on its way to being wrong: loaded whole, changed by SQL, written back file by file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from features.errors import Refusal

if TYPE_CHECKING:
    from features.sources.simulated.faults import Fault, FaultyTable

OWN = "_id, _file, _copy, _mangled, _gbk"
"""Beside a table's own columns: number, file, 1 for an added row, the record as it is written wrongly, its encoding."""


def record_sql(expressions: Iterable[str]) -> str:
    """SQL of a row as one record of CSV, without its line's end; `expressions`: SQL of each field."""
    return " || ',' || ".join(_field(one) for one in expressions)


def _field(expression: str) -> str:
    text = f"coalesce(CAST({expression} AS VARCHAR), '')"
    quoted = f"""'"' || replace({text}, '"', '""') || '"'"""
    return f"""CASE WHEN regexp_matches({text}, '[",\r\n]') THEN {quoted} ELSE {text} END"""


class SpoiledRows:
    """The rows of one table in the relation `rows`, and every value that was touched in `touches`."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        table: FaultyTable,
        types: Mapping[str, str],
        seed: int,
    ) -> None:
        self.connection, self.folder, self.table, self.types, self.seed = connection, folder, table, types, seed
        self.became_text = False
        self.column_types: dict[str, str] = {}
        self.kind = ""
        self.files: list[str] = []
        self.done = 0

    def load(self, *, text: bool) -> None:
        """Read all files. `text`: as they would be written; Parquet files then become CSV."""
        paths = sorted(path for path in self.folder.glob(self.table.files) if path.suffix in (".parquet", ".csv"))
        if not paths:
            place = str(self.folder / self.table.files)
            raise Refusal("no Parquet or CSV file is there", place=place, remedy="give the folder of a delivery")
        kinds = {path.suffix for path in paths}
        if len(kinds) > 1:
            raise Refusal("Parquet and CSV are mixed", place=str(self.folder / self.table.files))
        (self.kind,) = kinds
        files = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
        read = f"read_parquet([{files}], filename = true, file_row_number = true, union_by_name = true)"
        if self.kind == ".csv":
            read = f"""(SELECT *, row_number() OVER () AS file_row_number FROM read_csv([{files}], filename = true,
                all_varchar = true, union_by_name = true, header = true, delim = ',', quote = '"', escape = '"'))"""
        described = self.connection.execute(f"DESCRIBE FROM {read}").fetchall()
        self.column_types = {row[0]: row[1] for row in described if row[0] not in ("filename", "file_row_number")}
        self.became_text = text and self.kind == ".parquet"
        shown = [f'CAST("{name}" AS VARCHAR) AS "{name}"' if text else f'"{name}"' for name in self.column_types]
        skip = len(self.folder.as_posix()) + 2
        self.connection.execute(f"""
            CREATE TABLE rows AS SELECT {", ".join(shown)},
                row_number() OVER (ORDER BY filename, file_row_number) AS _id, substr(filename, {skip}) AS _file,
                0 AS _copy, NULL::VARCHAR AS _mangled, false AS _gbk FROM {read};
            CREATE TABLE touches (number INTEGER, fault VARCHAR, _id BIGINT, file VARCHAR, key VARCHAR,
                "column" VARCHAR, before VARCHAR, after VARCHAR)""")
        self.files = [path.relative_to(self.folder).as_posix() for path in paths]
        for role, name in self.table.roles.items():
            if name not in self.column_types:
                raise Refusal(f"column '{name}' ({role}) is missing", place=str(self.folder / self.table.files))

    def spoil(self, fault: Fault) -> None:
        """Do what the fault says to the units that its seed chooses, and note what was touched."""
        self._choose(fault)
        self.done += 1
        getattr(self, f"_{fault.act}")(fault)

    def _choose(self, fault: Fault) -> None:
        """The relation `chosen` of _id: of each unit's rows, as many units as the share says, at least one."""
        time = self._sql("{time}")
        unit = {"row": "_id", "day": f"CAST({time} AS DATE)", "file": "_file"}[fault.unit]
        # Before the first day and after the last nobody expects a row.
        inner = (
            f"AND {unit} NOT IN (SELECT unnest([min({unit}), max({unit})]) FROM rows)" if fault.unit == "day" else ""
        )
        self.connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE units AS
            SELECT DISTINCT {unit} AS unit FROM rows WHERE ({self._sql(fault.among)}) {inner};
            CREATE OR REPLACE TEMP TABLE picked AS SELECT unit FROM units
            ORDER BY hash(CAST(unit AS VARCHAR) || '{fault.name}' || {self.seed}), unit
            LIMIT (SELECT greatest(1, round({fault.share} * count(*))) FROM units);
            CREATE OR REPLACE TEMP TABLE chosen AS
            SELECT _id FROM rows WHERE {unit} IN (FROM picked) AND ({self._sql(fault.among)})""")

    def _sql(self, expression: str) -> str:
        """An expression over roles as one over columns, each of the type that it has by its role."""

        def column(found: re.Match[str]) -> str:
            role = found.group(1)
            return f'CAST("{self.table.roles[role]}" AS {self.types.get(role, "VARCHAR")})'

        return re.sub(r"\{(\w+)\}", column, expression)

    def note(self, fault: Fault, rows: str, column: str, before: str, after: str) -> None:
        """Note a value of each chosen row of the relation `rows`; `before` and `after` are SQL over it."""
        key = f'CAST("{self.table.roles["key"]}" AS VARCHAR)'
        self.connection.execute(f"""
            INSERT INTO touches SELECT {self.done}, '{fault.name}', _id, _file, {key}, '{column}',
                CAST({before} AS VARCHAR), CAST({after} AS VARCHAR) FROM {rows} WHERE _id IN (FROM chosen)""")

    def _set(self, fault: Fault) -> None:
        values = {self.table.roles[role]: self._sql(said) for role, said in fault.values.items()}
        for name, said in values.items():
            self.note(fault, "rows", name, f'"{name}"', said)
        written = ", ".join(f'"{name}" = {said}' for name, said in values.items())
        self.connection.execute(f"UPDATE rows SET {written} WHERE _id IN (FROM chosen)")

    def _repeat(self, fault: Fault) -> None:
        values = {self.table.roles[role]: self._sql(said) for role, said in fault.values.items()}
        for name, said in values.items() or [("", "NULL")]:
            self.note(fault, "rows", name, f'"{name}"' if name else "NULL", said)
        named = "".join(f', {said} AS "{name}"' for name, said in values.items())
        self.connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE more AS SELECT * REPLACE (1 AS _copy, _id + (SELECT max(_id) FROM rows) AS _id
                {named}) FROM rows WHERE _id IN (FROM chosen);
            UPDATE touches SET _id = _id + (SELECT max(_id) FROM rows) WHERE number = {self.done};
            INSERT INTO rows SELECT * FROM more""")

    def _remove(self, fault: Fault) -> None:
        self.note(fault, "rows", "", "NULL", "NULL")
        self.connection.execute("DELETE FROM rows WHERE _id IN (FROM chosen)")

    def _line(self, fault: Fault) -> None:
        forms = list(fault.values.values())
        which = f"CAST(hash(_id, {self.seed}) % {len(forms)} AS INTEGER)"
        cases = " ".join(f"WHEN {number} THEN {said}" for number, said in enumerate(forms))
        record = record_sql([f'"{name}"' for name in self.column_types])
        recorded = f"(SELECT *, {record} AS record FROM rows)"
        self.note(fault, recorded, "", "record", f"CASE {which} {cases} END")
        self.connection.execute(f"""
            UPDATE rows SET _mangled = touches.after FROM touches
            WHERE touches.number = {self.done} AND touches._id = rows._id""")

    def _encode(self, fault: Fault) -> None:
        self.note(fault, "rows", "", "NULL", "'gbk'")
        self.connection.execute("UPDATE rows SET _gbk = true WHERE _id IN (FROM chosen)")
