"""The bank's own word on a delivery, `manifest.json`: which files, how many rows, which totals, in which order."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import duckdb
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, field_validator

from features.delivery.landing import Landed
from features.documents import Document, validate
from features.errors import Refusal, nearest

NAME = "manifest.json"
AGAIN = "deliver the file and its manifest again"
_NUMBER = "^[+-]?[0-9]{1,18}([.][0-9]{1,10}0*)?$"
_MOST = 10**15
Count = Annotated[StrictInt, Field(ge=0, le=_MOST)]


class ListedFile(BaseModel):
    """What the manifest says of one file: records without the header, SHA-256 of its bytes, totals by column."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: Count
    sha256: Annotated[StrictStr, Field(pattern="^[0-9a-f]{64}$")]
    totals: dict[str, Annotated[StrictStr, Field(pattern=r"^[+-]?[0-9]{1,28}(\.[0-9]{1,10})?$")]] = {}


class Form(BaseModel):
    """What `manifest.json` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    business_date: date
    sequence: Annotated[StrictInt, Field(ge=1, le=_MOST)]
    files: Annotated[dict[str, ListedFile], Field(min_length=1)]

    @field_validator("business_date", mode="before")
    @classmethod
    def _written_as_a_day(cls, given: object) -> object:
        if not isinstance(given, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
            raise ValueError("write the day as 2026-06-30")
        return given


@dataclass(frozen=True)
class Manifest:
    """A delivery's manifest: `content` is the hash of all it says, `again` that this very content is in force."""

    path: Path
    form: Form
    content: str
    again: bool

    @property
    def remembered(self) -> dict[str, Any]:
        """What the warehouse keeps of an accepted delivery."""
        day = self.form.business_date.isoformat()
        return {"sequence": self.form.sequence, "business_date": day, "content": self.content}

    def check_landed(self, connection: duckdb.DuckDBPyConnection, landed: Landed) -> None:
        """Refusal for a landed file that is not listed, has other rows than the manifest says, or other totals."""
        for relation, files in landed.files.items():
            counted = connection.execute(f"SELECT _file, count(*) FROM {relation} GROUP BY _file").fetchall()
            rows: dict[str, int] = dict(counted)
            for name in (file.name for file in files):
                listed = self.form.files.get(name)
                if listed is None:
                    reason = f"file '{name}' is read but not listed"
                    raise Refusal(reason, place=str(self.path), remedy=nearest(name, self.form.files))
                broken = len({one.line for one in landed.complaints if one.file == name})
                found = rows.get(name, 0) + broken
                if found != listed.rows:
                    reason = f"holds {found} rows; its manifest says {listed.rows}"
                    raise Refusal(reason, place=str(self.path.parent / name), remedy=AGAIN)
                for column, total in listed.totals.items():
                    self._check_total(connection, relation, name, column, Decimal(total))

    def _check_total(
        self, connection: duckdb.DuckDBPyConnection, relation: str, name: str, column: str, total: Decimal
    ) -> None:
        place = str(self.path.parent / name)
        known = [row[0] for row in connection.execute(f"DESCRIBE {relation}").fetchall() if row[0][0] != "_"]
        if column not in known:
            raise Refusal(f"has no column '{column}' to total", place=place, remedy=nearest(column, known))
        quoted = column.replace('"', '""')
        text = f"nullif(trim(CAST(\"{quoted}\" AS VARCHAR)), '')"
        found = connection.execute(
            f"""SELECT sum(CASE WHEN number THEN CAST(text AS DECIMAL(28,10)) END),
                       min(CASE WHEN NOT number THEN _line END)
                FROM (SELECT _line, {text} AS text, regexp_matches({text}, '{_NUMBER}') AS number
                      FROM {relation} WHERE _file = ?)""",
            [name],
        ).fetchall()
        handed, line = found[0]
        if line is not None:
            remedy = f"leave '{column}' out of the totals, or deliver numbers"
            raise Refusal(
                f"column {column}: is no number, so that its total proves nothing",
                place=f"{place}:{line}",
                remedy=remedy,
            )
        if (handed or Decimal()) != total:
            reason = f"column {column} adds up to {_plain(handed or Decimal())}; its manifest says {_plain(total)}"
            raise Refusal(reason, place=place, remedy=AGAIN)


def read_manifest(data: Path, last: Mapping[str, Any] | None) -> Manifest | None:
    """The manifest of the delivery in `data`, its order and its files' hashes checked; None where there is none.

    `last` is what was remembered of the last accepted delivery. Raises Refusal (file, field) for a manifest that is
    not of the form, a file that is missing or whose bytes are others, a sequence that is not the next one (or the
    last one with the same content), a business date before the last one.
    """
    path = data / NAME
    if not path.exists() and not path.is_symlink():
        return None
    said = _read(path)
    form = validate(Document(path, 1, said), Form)
    content = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    again = _follows(path, form, content, last or {})
    for name, listed in form.files.items():
        _check_bytes(path, name, listed)
    return Manifest(path, form, content, again)


def _read(path: Path) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise Refusal(f"field '{name}' stands twice", place=str(path))
            found[name] = value
        return found

    try:
        said = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise Refusal(f"is not JSON ({error.msg})", place=f"{path}:{error.lineno}", remedy="deliver it again") from None
    except (OSError, ValueError, RecursionError) as error:
        reason = f"cannot be read ({error.__class__.__name__})"
        raise Refusal(reason, place=str(path), remedy="save it as UTF-8 JSON") from None
    if not isinstance(said, dict):
        raise Refusal("is not one JSON object", place=str(path), remedy="write business_date, sequence and files")
    return said


def _follows(path: Path, form: Form, content: str, last: Mapping[str, Any]) -> bool:
    """Whether this is the last accepted delivery again; Refusal where it does not follow on it."""
    if not last:
        return False
    before, day = int(last["sequence"]), date.fromisoformat(last["business_date"])
    if form.sequence == before:
        if content == last["content"]:
            return True
        reason = f"sequence {before} was taken in before with other content"
        raise Refusal(reason, place=str(path), remedy=f"the next delivery is sequence {before + 1}")
    if form.sequence != before + 1:
        kind = "is older than the last one" if form.sequence < before else "skips what comes before it"
        reason = f"sequence {form.sequence} {kind}: {before} was taken in last"
        raise Refusal(reason, place=str(path), remedy=f"deliver sequence {before + 1}")
    if form.business_date < day:
        reason = f"business_date {form.business_date} is before {day}, that of sequence {before}"
        raise Refusal(reason, place=str(path), remedy="correct business_date or the order of deliveries")
    return False


def _check_bytes(path: Path, name: str, listed: ListedFile) -> None:
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise Refusal(f"file '{name}' leaves the data folder", place=str(path), remedy="list paths below --data")
    file = path.parent / name
    if not file.is_file():
        raise Refusal(
            f"file '{name}' is listed but missing", place=str(path), remedy="deliver it, or list what is there"
        )
    with file.open("rb") as handed:
        found = hashlib.file_digest(handed, "sha256").hexdigest()
    if found != listed.sha256:
        reason = f"its SHA-256 is {found[:12]}...; its manifest says {listed.sha256[:12]}..."
        raise Refusal(reason, place=str(file), remedy=AGAIN)


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
