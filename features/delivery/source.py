"""A bank's source: one folder with a SELECT a table, and what it says of itself."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from features.contract import TABLES
from features.delivery.readers import find_calls, find_files
from features.documents import read_documents
from features.errors import Refusal, nearest


@dataclass(frozen=True)
class Source:
    """SELECTs in the contract's order, the bank's base currency, the database that they read ('': none)."""

    folder: Path
    selects: Mapping[str, Path]
    currency: str
    database: str

    def text(self, table: str) -> str:
        """The SELECT of a table; Refusal where it is no UTF-8 text."""
        path = self.selects[table]
        try:
            return path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise Refusal("is no UTF-8 text", place=str(path), remedy="save it as UTF-8") from None

    def identity(self, data: Path) -> str:
        """A hash of the SELECTs and of name, size and time of every file they read; never the same with a database."""
        parts = [self.folder.name, self.currency, self.database]
        for table, path in self.selects.items():
            parts += [table, self.text(table)]
            for call in find_calls(self.text(table), str(path)):
                if call.reader == "read_database":  # what it hands over nobody knows before it does
                    parts.append(secrets.token_hex())
                    continue
                for file in find_files(data, call.path, str(path)):
                    found = file.stat()
                    parts += [str(file), str(found.st_size), str(found.st_mtime_ns)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def read_source(folder: Path) -> Source:
    """The source in a folder; Refusal for a table that the contract does not know, or lacks."""
    if not folder.is_dir():
        raise Refusal("no such source", place=str(folder), remedy="give the folder that holds <table>.sql files")
    found = {path.stem: path for path in sorted(folder.glob("*.sql"))}
    for name in found:
        if name not in TABLES:
            raise Refusal(f"no table '{name}' in the contract", place=str(found[name]), remedy=nearest(name, TABLES))
    for table in TABLES.values():
        if table.needed and table.name not in found:
            remedy = f"write {table.name}.sql"
            raise Refusal(f"has no SELECT for the needed table '{table.name}'", place=str(folder), remedy=remedy)
    about = folder / "about.yaml"
    said = read_documents(about)[0].data if about.exists() else {}
    selects = {name: found[name] for name in TABLES if name in found}
    return Source(folder, selects, str(said.get("currency", "CNY")), str(said.get("database", "")))
