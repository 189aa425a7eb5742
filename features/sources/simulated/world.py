"""The numbers and words of the made bank, as its SQL steps see them: variables, tables and wheels of chance."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from features.documents import read_documents
from features.errors import Refusal

HERE = Path(__file__).parent
MARK = "world.json"


def read_world(folder: Path = HERE / "world") -> dict[str, Any]:
    """Every YAML file of `folder` as one mapping, the `numbers` of each lifted to the top.

    Raises Refusal that names file, line and reason; also for a name that two files give.
    """
    world: dict[str, Any] = {}
    for path in sorted(folder.glob("*.yaml")):
        documents = read_documents(path)
        if len(documents) != 1:
            raise Refusal("is not one mapping", place=str(path), remedy="write one YAML document")
        given = dict(documents[0].data)
        given |= given.pop("numbers", {})
        twice = sorted(world.keys() & given.keys())
        if twice:
            raise Refusal(f"gives '{twice[0]}' again", place=str(path), remedy="keep it in one file")
        world |= given
    if not isinstance(world.get("first_day"), date):
        raise Refusal("lacks 'first_day'", place=str(folder), remedy="write the first day of the period")
    return world


def fingerprint(folder: Path = HERE) -> str:
    """SHA-256 over every number, word and SQL step that the made bank is made from."""
    found = hashlib.sha256()
    for path in sorted([*folder.glob("world/*.yaml"), *folder.glob("steps/*/*.sql")]):
        found.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def lay_out(connection: duckdb.DuckDBPyConnection, world: dict[str, Any]) -> None:
    """Make the world known to SQL.

    A single value or a list of words becomes a variable of its name. A list of mappings becomes a table of its name;
    where its rows have a `weight`, the variable `<table>_wheel` lists each `name` as often as it weighs, for `pick`.
    """
    for name, value in world.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            _lay_table(connection, name, value)
        else:
            connection.execute(f"SET VARIABLE {name} = $1", [value])


def _lay_table(connection: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, Any]]) -> None:
    # A column with whole and broken numbers is a column of numbers.
    broken = {key for row in rows for key, value in row.items() if isinstance(value, float)}
    even = [
        {key: float(value) if key in broken and value is not None else value for key, value in row.items()}
        for row in rows
    ]
    given = pa.Table.from_pylist([{"position": place, **row} for place, row in enumerate(even)])
    connection.register("given", given)
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
    connection.unregister("given")
    if "weight" in given.column_names:
        wheel = f"SELECT name, position, unnest(range(weight)) AS n FROM {name}"
        connection.execute(f"SET VARIABLE {name}_wheel = (SELECT list(name ORDER BY position, n) FROM ({wheel}))")
