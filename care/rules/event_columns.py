"""The columns of an event that a rule on it may read beside the signals: event_<column>, money in currency units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from care.rules.rule import Moment
from features.columns import Kind
from features.contract import TABLES
from features.expression import Type

EVENT_TABLES: Mapping[Moment, str] = MappingProxyType(
    {
        "transaction": "transactions",
        "contact": "contacts",
        "app_event": "app_events",
        "calendar": "calendar",
        "incident": "incidents",
    }
)
_TYPES: Mapping[Kind, Type] = MappingProxyType(
    {
        Kind.TEXT: "text",
        Kind.MONEY: "number",
        Kind.INTEGER: "number",
        Kind.NUMBER: "number",
        Kind.INSTANT: "instant",
        Kind.DAY: "day",
        Kind.FLAG: "flag",
    }
)

_UNITS: Mapping[Type, str] = MappingProxyType({"instant": "day"})


def event_types(moments: Iterable[Moment]) -> dict[str, Type]:
    """The names that a rule asked at these moments may read of its event, with their types.

    What several kinds of events have in common, where it is asked at several; nothing where it is asked every day.
    """
    asked = tuple(moments)
    if "day" in asked:
        return {}
    tables = [{column.name: _TYPES[column.kind] for column in TABLES[EVENT_TABLES[one]].columns} for one in asked]
    shared = {name: type_ for name, type_ in tables[0].items() if all(other.get(name) == type_ for other in tables)}
    return {f"event_{name}": type_ for name, type_ in shared.items()}


def event_units() -> dict[str, str]:
    """The unit of every column of an event: money, or what its type is called."""
    found = {}
    for table in EVENT_TABLES.values():
        for column in TABLES[table].columns:
            type_ = _TYPES[column.kind]
            found[f"event_{column.name}"] = "money" if column.kind is Kind.MONEY else _UNITS.get(type_, type_)
    return found
