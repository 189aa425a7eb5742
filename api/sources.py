"""Sources by name or by folder, and what they say about themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import features.sources
from features.errors import Refusal, nearest

BUILT_IN = Path(features.sources.__file__).parent


def find_source(name: str) -> Path:
    """The folder of a source: a built-in one by its name, another by its path; Refusal names the nearest."""
    known = {folder.name: folder for folder in sorted(BUILT_IN.iterdir()) if any(folder.glob("*.sql"))}
    if name in known:
        return known[name]
    folder = Path(name)
    if not folder.is_dir():
        remedy = f"{nearest(name, known)} (or give a folder with one SELECT a table)"
        raise Refusal(f"no source '{name}'", place="--source", remedy=remedy)
    if not any(folder.glob("*.sql")):
        raise Refusal("has no SELECT", place=str(folder), remedy="write one <table>.sql for each table of the contract")
    return folder.resolve()


def about_source(folder: Path) -> dict[str, Any]:
    """What the source's about.yaml says (zh, en, currency, as_of, note_zh, note_en); nothing where it has none."""
    from features.documents import read_documents

    path = folder / "about.yaml"
    return dict(read_documents(path)[0].data) if path.is_file() else {}
