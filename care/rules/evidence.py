"""Signals as they stood at a match: written as canonical JSON, read back as a row."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from features.expression import Type


def write_evidence(row: Mapping[str, object], names: Sequence[str]) -> str:
    """The values of `names`, in that order, as JSON: whole numbers without a point, days as 2026-07-01, else null."""
    said = {name: plain(row.get(name)) for name in names}
    return as_json(said)


def read_evidence(text: str | Mapping[str, object], types: Mapping[str, Type]) -> dict[str, object]:
    """Stored evidence as a row that expressions can read: days and instants become days and instants again."""
    said: Mapping[str, Any] = json.loads(text) if isinstance(text, str) else text
    return {name: _value(value, types.get(name)) for name, value in said.items()}


def as_json(value: object) -> str:
    """A value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def plain(value: object) -> object:
    """A value as evidence keeps it: see write_evidence; a number that is not finite is none."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() else value
    return value.isoformat() if isinstance(value, date | datetime) else value


def _value(value: object, wanted: Type | None) -> object:
    if wanted == "day" and isinstance(value, str):
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if wanted == "instant" and isinstance(value, str) else value
