"""The demo's home: its mark (demo.json), what the demo made there, and how that is cleared for another demo."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.console import write_json
from features.errors import Refusal

if TYPE_CHECKING:
    import sqlalchemy as sa

MARK = "demo.json"
MADE = ("made", "warehouse", "quarantine", "snapshots", "scores", "models", "forecare.db", "mlflow.db")
"""What lies in a home that was used; databases may have companions (-wal, -shm)."""


def read_mark(home: Path) -> dict[str, Any] | None:
    """What the demo that owns this home was asked for and came to; None where no demo owns it."""
    try:
        mark: dict[str, Any] = json.loads((home / MARK).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        raise Refusal(
            "cannot be read", place=str(home / MARK), remedy="remove the whole home, or set FORECARE_HOME"
        ) from None
    return mark


def write_mark(home: Path, mark: Mapping[str, Any]) -> None:
    """Make the home the demo's, or note how far the demo came."""
    write_json(home / MARK, mark)


def is_used(home: Path) -> bool:
    """Whether anything of a bank lies in the home."""
    return any((home / name).exists() for name in MADE)


def refuse_foreign(home: Path, engine: sa.Engine) -> None:
    """Refusal where the home, or the database it is set to, holds data that no demo made."""
    remedy = "give the demo a home of its own: FORECARE_HOME=./another-home"
    if is_used(home):
        raise Refusal("holds data that no demo made", place=str(home), remedy=remedy)
    if engine.dialect.name != "sqlite" and _filled(engine):
        place = "FORECARE_DATABASE_URL"
        raise Refusal("holds data that no demo made", place=place, remedy="give the demo a database of its own")


def clear(home: Path, engine: sa.Engine) -> None:
    """Remove what the demo made; the mark goes last, so that a killed clearing is begun again."""
    if engine.dialect.name != "sqlite":
        _empty(engine)
    engine.dispose()
    for name in MADE:
        for path in sorted(home.glob(f"{name}*")):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    (home / MARK).unlink(missing_ok=True)


def data_fingerprint(source: Path, data: Path) -> str:
    """A short hash of the source's SQL and of the files it names: path, size and time of change of each."""
    digest = sha256()
    for sql in sorted(source.glob("*.sql")):
        text = sql.read_text(encoding="utf-8")
        digest.update(text.encode())
        for pattern in sorted(set(re.findall(r"'([^'\n]+)'", text))):
            for path in _files(data, pattern):
                stat = path.stat()
                digest.update(f"{path}|{stat.st_size}|{stat.st_mtime_ns}".encode())
    return digest.hexdigest()[:16]


def _files(data: Path, pattern: str) -> list[Path]:
    """Files a quoted text of the SQL means; most quoted texts mean none."""
    if "." not in pattern or pattern.startswith("/"):
        return []
    try:
        return sorted(path for path in data.glob(pattern) if path.is_file())
    except ValueError:
        return []


def _tables(connection: sa.Connection) -> list[sa.Table]:
    import sqlalchemy as sa

    found = sa.MetaData()
    found.reflect(bind=connection)
    return [table for table in reversed(found.sorted_tables) if table.name != "alembic_version"]


def _filled(engine: sa.Engine) -> bool:
    import sqlalchemy as sa

    with engine.connect() as connection:
        return any(connection.execute(sa.select(table).limit(1)).first() for table in _tables(connection))


def _empty(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for table in _tables(connection):
            connection.execute(table.delete())
