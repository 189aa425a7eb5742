from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from care.preanswers.knowledge import Topics, read_topics
from care.preanswers.recency import RECENCY

AS_OF = date(2026, 3, 1)

# A small bank's signals: name -> (unit, type, arrow type).
SIGNALS: dict[str, tuple[str, str, pa.DataType]] = {
    "declines": ("count", "number", pa.int64()),
    "pending": ("count", "number", pa.int64()),
    "loans": ("count", "number", pa.int64()),
    "owed": ("money", "number", pa.float64()),
    "due_on": ("day", "day", pa.date32()),
    "share": ("ratio", "number", pa.float64()),
    "shop": ("text", "text", pa.string()),
}

HEAD = """---
id: {id}
version: {version}
owner: card-service
valid_from: 2026-01-01
valid_to: 2026-12-31
approved_by: {approved_by}
class: service
sensitive: {sensitive}
family: {family}
base: 0.02
when:
{when}
{more}
slots: {slots}
evidence: [owed]
---
"""

ZH = ("question", "phone", "desktop", "script", "app", "wechat")


def body(**texts: str) -> str:
    """Every section in both languages; `zh_phone=...` replaces one, with its variants if it holds headings."""
    lines = []
    for language, said in (("zh", "请问有什么可以帮您。"), ("en", "How can I help you.")):
        for section in ZH:
            lines += [f"## {language} {section}", texts.get(f"{language}_{section}", said)]
    return "\n".join(lines) + "\n"


@pytest.fixture
def catalogue() -> Any:
    return SimpleNamespace(
        signals={
            name: SimpleNamespace(name=name, zh=f"{name}（中文）", en=f"{name} in words", unit=unit)
            for name, (unit, _, _) in SIGNALS.items()
        },
        types={name: type_ for name, (_, type_, _) in SIGNALS.items()},
    )


@pytest.fixture
def write_topic(tmp_path: Path) -> Callable[..., Path]:
    """Writes a valid topic; anything given replaces that part of it."""

    def write(
        id_: str = "transfer_blocked", *, when: str = "declines >= 2", likelihood: float = 0.5, **parts: Any
    ) -> Path:
        folder = tmp_path / "topics"
        folder.mkdir(exist_ok=True)
        sign = (
            f"  - condition: {when}\n    likelihood: {likelihood}\n    because: {{zh: 有原因, en: There is a reason}}"
        )
        head = HEAD.format(
            id=parts.pop("id", id_), version=parts.pop("version", 1), approved_by=parts.pop("approved_by", "quality"),
            sensitive=parts.pop("sensitive", "false"), family=parts.pop("family", id_), when=parts.pop("signs", sign),
            more=parts.pop("more", ""), slots=parts.pop("slots", "{}"),
        )  # fmt: skip
        path = folder / f"{id_}.md"
        path.write_text(head + parts.pop("body", body(**parts)), encoding="utf-8")
        return path

    return write


@pytest.fixture
def read(tmp_path: Path, catalogue: Any) -> Callable[[], Topics]:
    return lambda: read_topics(tmp_path / "topics", catalogue)


@pytest.fixture
def snapshot() -> Callable[..., pa.Table]:
    """A snapshot of the small bank: customer_id -> its signals; a signal not given is not known."""

    def build(**people: dict[str, Any]) -> pa.Table:
        schema = pa.schema(
            [
                ("customer_id", pa.string()),
                ("as_of", pa.date32()),
                *((name, kind) for name, (_, _, kind) in SIGNALS.items()),
            ]
        )
        rows = [{"customer_id": id_, "as_of": AS_OF, **signals} for id_, signals in people.items()]
        return pa.Table.from_pylist(rows, schema=schema)

    return build


@pytest.fixture
def asked() -> Callable[..., pa.Table]:
    """Recency from (customer, topic, contacts, days since the newest) rows."""

    def build(*rows: tuple[str, str, int, int]) -> pa.Table:
        return pa.Table.from_pylist([dict(zip(RECENCY.names, row, strict=True)) for row in rows], schema=RECENCY)

    return build
