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
    register, one row a thing as known. time: the column that windows cut, `ts` (an instant) or `day`; None for a
    register. as_of: expressions may read it. made_of: the tables of the contract that a derived one is made of, each
    of which must have been handed over; of a table of the contract itself.
    """

    names: Mapping[str, Type]
    money: frozenset[str]
    key: tuple[str, ...]
    event: bool
    time: str | None
    as_of: bool
    made_of: tuple[str, ...]


def _row(table: str, added: Mapping[str, Type], added_money: tuple[str, ...] = ()) -> Row:
    contract = TABLES[table]
    names: dict[str, Type] = {column.name: _TYPES[column.kind] for column in contract.columns}
    money = {column.name for column in contract.columns if column.kind is Kind.MONEY}
    # Where the bank states no balances, they are derived from its transactions.
    made_of = ("accounts", "transactions") if table == "balances" else (table,)
    return Row(
        names={**names, **added}, money=frozenset(money | {*added_money}), key=contract.key,
        event=contract.event is not None, time=contract.event, as_of="as_of" in added, made_of=made_of,
    )  # fmt: skip


# One row a credit card account and statement: day is the one on which it was drawn up, due_on the first due day after;
# owed: the account's debt at the end of that day; repaid: what was booked on it from then to the due day (or so far).
_STATEMENTS = Row(
    names={
        "account_id": "text", "customer_id": "text", "day": "day", "due_on": "day", "owed": "number",
        "repaid": "number", "as_of": "day",
    },
    money=frozenset({"owed", "repaid"}), key=("account_id", "day"), event=True, time="day", as_of=True,
    made_of=("accounts", "transactions"),
)  # fmt: skip
# One row a recurring payment, by the numbers of features.series. direction: 'in' or 'out', the sign of amount; amount:
# the last payment, amount_before: the lower median of those before; next_due_on: the earliest of the customer's.
_SERIES = Row(
    names={
        "customer_id": "text", "counterparty_id": "text", "direction": "text", "amount": "number",
        "amount_before": "number", "payments": "number", "rhythm_days": "number", "last_on": "day", "next_on": "day",
        "confidence": "number", "next_due_on": "day", "as_of": "day",
    },
    money=frozenset({"amount", "amount_before"}), key=("counterparty_id", "direction"), event=False, time=None,
    as_of=True, made_of=("accounts", "transactions"),
)  # fmt: skip

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
        "statements": _STATEMENTS,
        "series": _SERIES,
    }
)
"""The tables that the catalogue may name in `from`."""
