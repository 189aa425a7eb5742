"""The files of a table that was spoiled: columns and whole files go wrong here, and everything is written back."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from features.sources.simulated.spoiled import SpoiledRows, record_sql

if TYPE_CHECKING:
    from features.sources.simulated.faults import Fault, FaultyTable

LATE = "late"
"""Where the files lie that come later, with all that is not late, so that it is a delivery of its own."""

_NO_DELIVERY = (LATE, "source", "faults.parquet", "manifest.json", "truth", "world.json")
_ORDER = "ORDER BY _copy, _id"


class SpoiledTable(SpoiledRows):
    """One table of a delivery: load it, spoil it, write it, ask what was touched."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        table: FaultyTable,
        types: Mapping[str, str],
        seed: int,
    ) -> None:
        super().__init__(connection, folder, table, types, seed)
        self._fields: dict[str, dict[str, str]] = {}
        self._late: set[str] = set()
        self._only_late: list[int] = []
        self._cut_off: list[tuple[str, Fault, int]] = []

    def load(self, *, text: bool) -> None:
        """Read all files; see SpoiledRows.load."""
        super().load(text=text)
        self._fields = {file: {name: f'"{name}"' for name in self.column_types} for file in self.files}

    def write(self) -> None:
        """Put every file of the table back as it is now; late ones into late/."""
        self.connection.execute("CREATE TABLE places (_id BIGINT, file VARCHAR, line BIGINT)")
        changed = self._changed_files()
        for file in self.files:
            text = self.became_text or self.kind == ".csv"
            written = str(Path(file).with_suffix(".csv")) if self.became_text else file
            target = self.folder / (LATE if file in self._late else "") / written
            target.parent.mkdir(parents=True, exist_ok=True)
            if file in changed:
                (self.folder / file).unlink()
                (self._write_text if text else self._write_parquet)(file, target, "" if file in self._late else written)
            elif file in self._late:
                (self.folder / file).replace(target)
        for file, fault, number in self._cut_off:
            self._break_off(file, fault, number)
        if self._late:
            self._hand_over_later()

    def touched(self, schema: pa.Schema) -> pa.Table:
        """What was touched, as the table that faults.parquet documents."""
        csv = self.became_text
        file = "regexp_replace(t.file, '[.]parquet$', '.csv')" if csv else "t.file"
        query = f"""SELECT fault, '{self.table.name}' AS "table", {file} AS file, coalesce(p.line, 0) AS line, key,
                nullif("column", '') AS "column", before, after
            FROM touches AS t LEFT JOIN (FROM places WHERE file <> '') AS p USING (_id)
            ORDER BY number, t.file, line, key, "column" """
        return self.connection.execute(query).to_arrow_table().cast(schema)

    def _changed_files(self) -> set[str]:
        """All where the table becomes text, else those in which anything changed; what is only late stays as it is."""
        if self.became_text:
            return set(self.files)
        late = ", ".join(map(str, [0, *self._only_late]))
        query = f"SELECT DISTINCT file FROM touches WHERE number NOT IN ({late})"
        return {row[0] for row in self.connection.execute(query).fetchall()} | {one[0] for one in self._cut_off}

    def _write_parquet(self, file: str, target: Path, place: str) -> None:
        shown = ", ".join(f'{expression} AS "{name}"' for name, expression in self._fields[file].items())
        rows = self.connection.execute(f"SELECT {shown} FROM rows WHERE _file = $1 {_ORDER}", [file]).to_arrow_table()
        pq.write_table(rows, target, compression="zstd", row_group_size=200_000, write_page_checksum=True)
        self.connection.execute(
            f"INSERT INTO places SELECT _id, $1, row_number() OVER ({_ORDER}) FROM rows WHERE _file = $2", [place, file]
        )

    def _write_text(self, file: str, target: Path, place: str) -> None:
        record = f"coalesce(_mangled, {record_sql(self._fields[file].values())})"
        self.connection.execute(f"""CREATE OR REPLACE TEMP TABLE records AS
            SELECT _id, _gbk, {record} AS record, row_number() OVER ({_ORDER}) AS place
            FROM rows WHERE _file = $1 ORDER BY place""", [file])  # fmt: skip
        self.connection.execute(
            """INSERT INTO places SELECT _id, $1, 2 + coalesce(sum(1 + length(record)
                - length(replace(record, chr(10), ''))) OVER
                (ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) FROM records""",
            [place],
        )
        written = (
            self.connection.execute("SELECT record, _gbk FROM records ORDER BY place").to_arrow_table().to_pydict()
        )
        with target.open("wb") as out:
            out.write((",".join(self._fields[file]) + "\n").encode())
            for one, gbk in zip(written["record"], written["_gbk"], strict=True):
                out.write(one.encode("gbk" if gbk else "utf-8") + b"\n")

    def _withhold(self, fault: Fault) -> None:
        self.note(fault, "rows", "", "NULL", "NULL")
        self._late |= set(self._chosen_files())
        self._only_late.append(self.done)

    def _rename(self, fault: Fault) -> None:
        self._columns(fault, {self.table.roles[role]: name for role, name in fault.values.items()})

    def _drop(self, fault: Fault) -> None:
        self._columns(fault, {self.table.roles[role]: None for role in fault.values})

    def _columns(self, fault: Fault, names: Mapping[str, str | None]) -> None:
        for file in self._chosen_files():
            kept = {names.get(name, name): said for name, said in self._fields[file].items()}
            self._fields[file] = {name: said for name, said in kept.items() if name is not None}
            for before, after in names.items():
                self._note_file(fault, file, before, before, after)

    def _add(self, fault: Fault) -> None:
        for file in self._chosen_files():
            self._fields[file] |= fault.values
            for name in fault.values:
                self._note_file(fault, file, name, None, name)

    def _reorder(self, fault: Fault) -> None:
        for file in self._chosen_files():
            before = self._fields[file]
            self._fields[file] = dict(reversed(before.items()))
            self._note_file(fault, file, "", ",".join(before), ",".join(self._fields[file]))

    def _cut(self, fault: Fault) -> None:
        self._cut_off += [(file, fault, self.done) for file in self._chosen_files()]

    def _break_off(self, file: str, fault: Fault, number: int) -> None:
        """Half the file, in the midst of a record; where records are lines, each that is gone or broken is noted."""
        path = self.folder / (Path(file).with_suffix(".csv") if self.became_text else file)
        content = path.read_bytes()
        if path.suffix == ".parquet":
            path.write_bytes(content[: len(content) // 2])
            self._note_file(fault, file, "", str(len(content)), str(len(content) // 2))
            return
        begins = content.rindex(b"\n", 0, len(content) // 2 + 1) + 1
        ends = begins + (content.index(b"\n", begins) - begins) // 2
        path.write_bytes(content[:ends])
        broken = content[:begins].count(b"\n") + 1
        key = f'CAST("{self.table.roles["key"]}" AS VARCHAR)'
        place = path.relative_to(self.folder).as_posix()
        self.connection.execute(f"""
            INSERT INTO touches SELECT {number}, '{fault.name}', _id, _file, {key}, '', NULL, NULL
            FROM rows JOIN places USING (_id) WHERE file = $1 AND line >= $2""", [place, broken])  # fmt: skip
        self.connection.execute("UPDATE places SET file = '' WHERE file = $1 AND line > $2", [place, broken])

    def _chosen_files(self) -> list[str]:
        query = "SELECT DISTINCT _file FROM rows WHERE _id IN (FROM chosen) ORDER BY _file"
        return [row[0] for row in self.connection.execute(query).fetchall()]

    def _note_file(self, fault: Fault, file: str, column: str, before: str | None, after: str | None) -> None:
        values = [self.done, fault.name, file, column, before, after]
        self.connection.execute("INSERT INTO touches VALUES ($1, $2, NULL, $3, NULL, $4, $5, $6)", values)

    def _hand_over_later(self) -> None:
        """Copies of all other tables beside the late files: the late delivery is one that can be taken in by itself."""
        for path in sorted(self.folder.rglob("*")):
            inside = path.relative_to(self.folder)
            own = inside.match(self.table.files) or inside.parts[0] in _NO_DELIVERY
            if path.is_file() and not own:
                (self.folder / LATE / inside).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, self.folder / LATE / inside)
