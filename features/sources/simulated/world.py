"""The numbers and words of the made bank, as its SQL steps see them: variables, tables and wheels of chance."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from features.documents import read_documents
from features.errors import Refusal

HERE = Path(__file__).parent


def read_world(folder: Path = HERE) -> dict[str, Any]:
    """world.yaml and words.yaml as one mapping, `numbers` lifted to the top. Refusal names file, line, reason."""
    world: dict[str, Any] = {}
    for name in ("world.yaml", "words.yaml"):
        documents = read_documents(folder / name)
        if len(documents) != 1:
            raise Refusal("is not one mapping", place=str(folder / name), remedy="write one YAML document")
        world |= documents[0].data
    numbers = world.pop("numbers", None)
    if not isinstance(numbers, dict) or not isinstance(world.get("first_day"), date):
        raise Refusal("lacks 'numbers' or 'first_day'", place=str(folder / "world.yaml"))
    return world | numbers


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
    even = [{key: float(value) if key in broken else value for key, value in row.items()} for row in rows]
    given = pa.Table.from_pylist([{"position": place, **row} for place, row in enumerate(even)])
    connection.register("given", given)
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
    connection.unregister("given")
    if "weight" in given.column_names:
        wheel = f"SELECT name, position, unnest(range(weight)) AS n FROM {name}"
        connection.execute(f"SET VARIABLE {name}_wheel = (SELECT list(name ORDER BY position, n) FROM ({wheel}))")
