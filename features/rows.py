"""What one row of each table offers to measures and conditions: the contract's columns, and a few that are derived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from features.columns import Kind
from features.contract import TABLES
from features.expression import Type

_TYPES: Mapping[Kind, Type] = {
    Kind.TEXT: "text",
    Kind.MONEY: "number",
    Kind.INSTANT: "instant",
    Kind.DAY: "day",
    Kind.INTEGER: "number",
    Kind.NUMBER: "number",
    Kind.FLAG: "flag",
}


@dataclass(frozen=True)
class Row:
    """A table that signals can be built from.

    names: what expressions may read, with types; money reads in currency units. money: the names among them that are
    money. key: columns that name a row and break ties. event: rows happen at a moment (windows apply); else it is a
    register, one row a thing as known, whose expressions may read `as_of`.
    """

    names: Mapping[str, Type]
    money: frozenset[str]
    key: tuple[str, ...]
    event: bool


def _row(table: str, added: Mapping[str, Type], added_money: tuple[str, ...] = ()) -> Row:
    contract = TABLES[table]
    names: dict[str, Type] = {column.name: _TYPES[column.kind] for column in contract.columns}
    money = {column.name for column in contract.columns if column.kind is Kind.MONEY}
    return Row({**names, **added}, frozenset(money | {*added_money}), contract.key, contract.event is not None)


ROWS: Mapping[str, Row] = MappingProxyType(
    {
        # day, month: the bank's day of the event and the first day of its month; product: the account's;
        # internal: between the customer's own accounts in this bank.
        "transactions": _row("transactions", {"product": "text", "day": "day", "month": "day", "internal": "flag"}),
        "contacts": _row("contacts", {"day": "day", "month": "day"}),
        "app_events": _row("app_events", {"day": "day", "month": "day"}),
        # One row an account and day with a level: the bank's own balance, else the day's last booked balance_after.
        "balances": _row("balances", {"product": "text"}),
        # age: years that the customer reaches in the year of as_of.
        "customers": _row("customers", {"as_of": "day", "age": "number"}),
        # balance: the account's last known level; next_due_on: the next day, as_of included, that its due_day falls on.
        "accounts": _row("accounts", {"as_of": "day", "balance": "number", "next_due_on": "day"}, ("balance",)),
    }
)
"""The tables that the catalogue may name in `from`."""
