"""What an intake has done so far: after an interruption the same delivery goes on from there.

Nothing here counts: the warehouse's manifest alone says what is stored. The journal saves work, and it keeps the moment
of delivery, so that an intake that was cut off and one that was not end in the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any


@dataclass
class Journal:
    """The steps of one delivery that are done, each with what there is to remember of it."""

    folder: Path
    delivered_at: datetime
    _done: dict[str, Any] = field(default_factory=dict, repr=False)
    _one: Lock = field(default_factory=Lock, repr=False)  # files are read in threads

    def noted(self, step: str) -> Any:
        """What was noted of a step, or None."""
        return self._done.get(step)

    def note(self, step: str, what: Any) -> None:
        """Remember that a step is done; files that it wrote are on the disk already."""
        with self._one, self._path.open("a", encoding="utf-8") as file:
            self._done[step] = what
            file.write(json.dumps([step, what], ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def files(self) -> set[str]:
        """The names of the stored files that were written already."""
        noted = (what["files"].values() for step, what in self._done.items() if step.startswith("store "))
        return {name for names in noted for name in names}

    def holds(self, path: Path, sha256: str) -> bool:
        """Whether a file is there with the bytes that were noted."""
        return path.is_file() and self.hash_of(path) == sha256

    def is_named_by_hash(self, path: Path) -> bool:
        """Whether a stored file is there whole: the hash of its bytes is its name."""
        return path.is_file() and self.hash_of(path).startswith(path.stem)

    @staticmethod
    def hash_of(path: Path) -> str:
        """SHA-256 of a file's bytes, which are on the disk when this returns."""
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        return found

    def close(self) -> None:
        """Forget everything: the delivery was taken in, or refused."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _path(self) -> Path:
        return self.folder / "journal"


def open_journal(folder: Path, delivery: str, delivered_at: datetime) -> Journal:
    """The journal in `folder` of the delivery that `delivery` identifies; that of another one is thrown away.

    Of one that was cut off, delivered_at is the moment at which it first came.
    """
    lines = _lines(folder / "journal")
    if lines and lines[0] == ["delivery", delivery] and len(lines) > 1:
        whole = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / "journal").write_text(whole, encoding="utf-8")
        return Journal(folder, datetime.fromisoformat(lines[1][1]), {str(step): what for step, what in lines[2:]})
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    folder.chmod(0o700)  # what lies here is customers' data
    journal = Journal(folder, delivered_at)
    journal.note("delivery", delivery)
    journal.note("delivered_at", delivered_at.isoformat())
    return journal


def _lines(path: Path) -> list[Any]:
    """The lines that were written whole; a kill may have torn the last one."""
    found = []
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            found.append(json.loads(line))
    except (OSError, ValueError):
        pass
    return found
