"""One row that comes in by day, held against the contract: field by field, with what is wrong said in words."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from features.columns import Column, Kind, Table
from features.contract import TABLES
from features.errors import nearest

KINDS = ("transactions", "contacts", "app_events")
"""The tables of the contract whose rows may come in one by one."""
LONGEST = 2_000  # characters of a text
_MINOR = Decimal(100)
_REFUSED = object()


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field of a row."""

    field: str
    reason: str


@dataclass(frozen=True)
class Row:
    """A row that keeps the contract: its values as stored (money in minor units, instants UTC without a zone)."""

    kind: str
    key: str
    customer_id: str
    happened_at: datetime
    values: Mapping[str, Any]

    @property
    def content(self) -> str:
        """The values as canonical JSON."""
        return json.dumps(dict(self.values), ensure_ascii=False, sort_keys=True, default=_text, separators=(",", ":"))

    @property
    def sha(self) -> str:
        """A hash of the content: the same row sent again has the same."""
        return hashlib.sha256(self.content.encode()).hexdigest()


def read_row(kind: str, given: object) -> Row | list[Fault]:
    """The row, or everything that is wrong with it. `given`: an object of the contract's columns, as JSON has them."""
    table = TABLES[kind]
    if not isinstance(given, dict):
        return [Fault("", "is no object with the columns of the contract")]
    known = {column.name for column in table.columns}
    faults = [Fault("", f"has a field that is not in the contract; {nearest(str(name), known)}")
              for name in given if name not in known][:1]  # fmt: skip
    values: dict[str, Any] = {}
    for column in table.columns:
        value = _read(column, given.get(column.name), faults)
        values[column.name] = None if value is _REFUSED else value
    if faults:
        return faults
    happened: datetime = values[str(table.event)]
    return Row(
        kind, values[table.key[0]], values["customer_id"], happened.replace(tzinfo=UTC), MappingProxyType(values)
    )


def stored_row(kind: str, content: str) -> dict[str, Any]:
    """The values of a row from its content, as `Row.values`."""
    said: dict[str, Any] = json.loads(content)
    kinds = {column.name: column.kind for column in _table(kind).columns}
    return {name: _back(value, kinds[name]) for name, value in said.items()}


def _table(kind: str) -> Table:
    return TABLES[kind]


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _back(value: Any, kind: Kind) -> Any:
    if value is None or kind not in (Kind.INSTANT, Kind.DAY):
        return value
    return datetime.fromisoformat(value) if kind is Kind.INSTANT else date.fromisoformat(value)


def _read(column: Column, value: object, faults: list[Fault]) -> Any:
    """The value as it is stored, None for none; what is wrong goes to `faults`."""
    if value is None or value == "":
        if column.needed:
            faults.append(Fault(column.name, "is missing"))
        return None
    try:
        found = _READERS[column.kind](value)
    except (ValueError, TypeError, InvalidOperation, OverflowError):
        faults.append(Fault(column.name, _WHAT[column.kind]))
        return _REFUSED
    if column.choices and found not in column.choices:
        faults.append(Fault(column.name, f"is none of {', '.join(column.choices)}"))
    elif (column.low is not None and found < column.low) or (column.high is not None and found > column.high):
        faults.append(Fault(column.name, "is outside its range"))
    return found


def _read_text(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST or "\x00" in value:
        raise ValueError
    value.encode()  # a lone surrogate cannot be stored
    return value


def _read_money(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError
    amount = Decimal(repr(value) if isinstance(value, float) else value) * _MINOR
    if not amount.is_finite() or amount != amount.to_integral_value() or abs(amount) > 10**18:
        raise ValueError
    return int(amount)


def _read_instant(value: object) -> datetime:
    found = datetime.fromisoformat(_read_text(value))
    if found.tzinfo is None:
        raise ValueError
    return found.astimezone(UTC).replace(tzinfo=None)


def _read_whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _read_number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError
    return float(value)


def _read_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


_READERS: Mapping[Kind, Any] = MappingProxyType(
    {
        Kind.TEXT: _read_text,
        Kind.MONEY: _read_money,
        Kind.INSTANT: _read_instant,
        Kind.DAY: lambda value: date.fromisoformat(_read_text(value)),
        Kind.INTEGER: _read_whole,
        Kind.NUMBER: _read_number,
        Kind.FLAG: _read_flag,
    }
)
_WHAT = {
    Kind.TEXT: f"is no text of {LONGEST} characters at most",
    Kind.MONEY: "is no amount with at most two decimals, as 1234.56",
    Kind.INSTANT: "is no instant with its zone, as 2026-07-01T09:30:00+08:00",
    Kind.DAY: "is no day, as 2026-07-01",
    Kind.INTEGER: "is no whole number",
    Kind.NUMBER: "is no number",
    Kind.FLAG: "is neither true nor false",
}
