"""A bank's own database as a source: read through SQLAlchemy, query by query in one read-only transaction."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from features.errors import Refusal

ROWS_A_BATCH = 100_000
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_REMEDY = "write database: postgresql://reader:${BANK_PASSWORD}@host/name into it"


@dataclass
class SourceDatabase:
    """The database that `address` (a SQLAlchemy URL; ${NAME} is an environment variable) names; opened when first read.

    All queries see the database as it was at the first one, where the database can do that (PostgreSQL, SQLite, MySQL).
    `place` is the file that holds the address.
    """

    address: str
    place: str
    _engine: sa.Engine | None = field(default=None, repr=False)
    _connection: sa.Connection | None = field(default=None, repr=False)

    def rows(self, query: str, place: str) -> Iterator[tuple[list[str], list[tuple[Any, ...]]]]:
        """The rows of a query in batches, each with the names of its columns; at least one batch, which may be empty.

        Refusal, naming `place`, for what the database refuses; its message never shows the password.
        """
        try:
            # A colon of the bank's SQL ('HH24:MI', ::date) is no parameter of ours.
            found = self._reading().execute(sa.text(query.replace(":", r"\:")))
            if not found.returns_rows:
                raise Refusal("read_database does not read", place=place, remedy="write a SELECT")
            names, some = list(found.keys()), False
            for batch in found.partitions(ROWS_A_BATCH):
                some = True
                yield names, [tuple(row) for row in batch]
            if not some:
                yield names, []
        except sa.exc.SQLAlchemyError as error:
            raise Refusal(f"the database says: {_said(error)}", place=place, remedy="mend the query") from None

    def close(self) -> None:
        """End the transaction and let the database go."""
        if self._connection is not None:
            self._connection.close()
        if self._engine is not None:
            self._engine.dispose()
        self._connection = self._engine = None

    def _reading(self) -> sa.Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> sa.Connection:
        url = self._url()
        try:
            self._engine = sa.create_engine(url)
            connection = self._engine.connect()
            if url.get_backend_name() == "sqlite":
                connection.exec_driver_sql("PRAGMA query_only = ON")
                connection.exec_driver_sql("BEGIN")
                return connection
            options: dict[str, Any] = {"stream_results": True, "max_row_buffer": ROWS_A_BATCH}
            if url.get_backend_name() == "postgresql":
                options |= {"postgresql_readonly": True}
            if url.get_backend_name() in ("postgresql", "mysql", "mariadb"):
                options |= {"isolation_level": "REPEATABLE READ"}
            return connection.execution_options(**options)
        except (sa.exc.SQLAlchemyError, ModuleNotFoundError) as error:
            shown = url.render_as_string(hide_password=True)
            raise Refusal(f"{shown} cannot be reached ({_said(error)})", place=self.place, remedy=_REMEDY) from None

    def _url(self) -> sa.URL:
        if not self.address:
            raise Refusal("names no database, and a SELECT calls read_database", place=self.place, remedy=_REMEDY)
        for name in _VARIABLE.findall(self.address):
            if name not in os.environ:
                raise Refusal(f"the environment has no {name}", place=self.place, remedy=f"export {name}=...")
        written = _VARIABLE.sub(lambda found: os.environ[found[1]], self.address)
        try:
            url = sa.make_url(written.replace("postgresql://", "postgresql+psycopg://", 1))
        except (sa.exc.ArgumentError, ValueError):
            raise Refusal("the address of its database is none", place=self.place, remedy=_REMEDY) from None
        if url.get_backend_name() == "sqlite" and not (url.database and Path(url.database).is_file()):
            raise Refusal(f"file {url.database} is not there", place=self.place, remedy="check database:")
        return url


def _said(error: Exception) -> str:
    """The driver's own first line: SQLAlchemy's would repeat the query."""
    origin = getattr(error, "orig", None) or error
    return (str(origin).strip().split("\n") or [""])[0]
