"""The stored history as views of a Spark session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from features.columns import Table
from features.contract import TABLES
from features.engine import History
from features.spark.dialect import PLACE
from features.warehouse import stored_columns

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_TYPES = {"VARCHAR": "STRING", "TIMESTAMP": "TIMESTAMP_NTZ", "INTEGER": "INT"}


@dataclass(frozen=True)
class Views(History):
    """The same files as a history's, read by Spark: relations are names of views with one more column, PLACE."""

    session: SparkSession | None = None
    made: set[str] = field(default_factory=set)

    @classmethod
    def over(cls, history: History, session: SparkSession) -> Views:
        """Views of a history's files."""
        told = {one.name: getattr(history, one.name) for one in fields(History)}
        return cls(**told, session=session)

    def between(self, since: date | None, before: date) -> dict[str, str]:
        """Views of events in the months between two days, and of whole registers."""
        named = {}
        for table in self.relations:
            files = self._months(table, since, before) if table in self.files else self.stored.get(table, {})
            named[table] = self._view(
                TABLES[table], f"{table}_{min(files, default='')}_{len(files)}", [*files.values()]
            )
        return named

    def _view(self, table: Table, name: str, paths: Sequence[Path]) -> str:
        name = name.replace("-", "_")
        if self.session is None or name in self.made:
            return name
        self.made.add(name)  # another build's view of that name may be over other files
        columns = ", ".join(f"`{column}` {_TYPES.get(kind, kind)}" for column, kind in stored_columns(table))
        if paths:
            # Not what a cluster takes for its own file system: files lie where the home is.
            rows = self.session.read.schema(columns).parquet(*(f"file://{path.absolute()}" for path in paths))
            # A file lies in the order of rows, so a row's place in it breaks ties in time as its key does.
            rows.select("*", rows["_metadata.row_index"].alias(PLACE)).createOrReplaceTempView(name)
        else:
            self.session.createDataFrame([], f"{columns}, {PLACE} BIGINT").createOrReplaceTempView(name)
        return name
