"""The tables a bank hands over: columns, types, keys, ranges. Pure data; intake checks it, the warehouse stores it."""

from __future__ import annotations

from types import MappingProxyType

from features.columns import Column, Kind, Table

# 10^15 currency units is beyond any account; 10^17 minor units still adds up within 64 bits for a customer.
MOST_MONEY = 10**17

SEGMENTS = ("mass", "affluent", "private", "business")
RISK_RATINGS = ("R1", "R2", "R3", "R4", "R5")
PRODUCTS = ("current", "savings", "term", "wealth", "credit_card", "loan", "mortgage")
TRANSACTION_KINDS = (
    "salary", "transfer", "card", "cash", "fee", "interest", "repayment", "wealth", "refund", "other",
)  # fmt: skip
TRANSACTION_CHANNELS = ("app", "web", "branch", "atm", "pos", "phone", "auto")
STATUSES = ("booked", "declined", "pending")
CONTACT_CHANNELS = ("phone", "chat", "wechat", "branch", "app")
CONTACT_KINDS = ("question", "complaint", "request", "praise")
PURPOSES = ("service", "care", "marketing", "profiling")
CALENDAR_KINDS = ("payday", "statement", "due", "holiday", "make_up_workday", "campaign", "release")


def _text(name: str, *choices: str, needed: bool = False) -> Column:
    return Column(name, Kind.TEXT, needed, choices)


def _money(name: str, *, needed: bool = False) -> Column:
    return Column(name, Kind.MONEY, needed, low=-MOST_MONEY, high=MOST_MONEY)


def _whole(name: str, low: int, high: int) -> Column:
    return Column(name, Kind.INTEGER, low=low, high=high)


def _instant(name: str, *, needed: bool = False) -> Column:
    return Column(name, Kind.INSTANT, needed)


def _day(name: str, *, needed: bool = False) -> Column:
    return Column(name, Kind.DAY, needed)


def _flag(name: str, *, needed: bool = False) -> Column:
    return Column(name, Kind.FLAG, needed)


_CUSTOMER = _text("customer_id", needed=True)
_OF_CUSTOMER = ("customer_id", "customers")

_TABLES = (
    Table(
        "customers",
        ("customer_id",),
        (
            _CUSTOMER,
            _day("opened_on", needed=True),
            _whole("birth_year", 1880, 2100),
            _text("segment", *SEGMENTS),
            _text("branch_id"),
            _text("manager_id"),
            _text("risk_rating", *RISK_RATINGS),
            _text("language"),
            _flag("is_staff"),
            _day("document_expires_on"),
        ),
        needed=True,
    ),
    Table(
        "identities",
        ("customer_id",),
        (
            _CUSTOMER,
            _text("name"),
            _text("phone"),
            _text("id_number"),
            _text("wechat_id"),
            _flag("made_up", needed=True),
        ),
        refers=(_OF_CUSTOMER,),
    ),
    Table(
        "accounts",
        ("account_id",),
        (
            _text("account_id", needed=True),
            _CUSTOMER,
            _text("product", *PRODUCTS, needed=True),
            _text("currency", needed=True),
            _day("opened_on", needed=True),
            _day("closed_on"),
            _money("credit_limit"),
            Column("rate", Kind.NUMBER, low=-1, high=1),
            _day("matures_on"),
            _whole("due_day", 1, 31),
            _whole("statement_day", 1, 31),
        ),
        needed=True,
        refers=(_OF_CUSTOMER,),
    ),
    Table(
        "transactions",
        ("transaction_id",),
        (
            _text("transaction_id", needed=True),
            _text("account_id", needed=True),
            _CUSTOMER,
            _instant("ts", needed=True),
            _money("amount", needed=True),
            _money("balance_after"),
            _text("kind", *TRANSACTION_KINDS, needed=True),
            _text("channel", *TRANSACTION_CHANNELS),
            _text("counterparty_id"),
            _text("counterparty_bank"),
            _flag("own_account"),
            _text("category"),
            _text("status", *STATUSES, needed=True),
            _text("decline_reason"),
        ),
        event="ts",
        needed=True,
        refers=(_OF_CUSTOMER, ("account_id", "accounts")),
    ),
    Table(
        "balances",
        ("account_id", "day"),
        (
            _text("account_id", needed=True),
            _CUSTOMER,
            _day("day", needed=True),
            _money("balance", needed=True),
        ),
        event="day",
        refers=(_OF_CUSTOMER, ("account_id", "accounts")),
    ),
    Table(
        "contacts",
        ("contact_id",),
        (
            _text("contact_id", needed=True),
            _CUSTOMER,
            _instant("ts", needed=True),
            _text("channel", *CONTACT_CHANNELS),
            _text("topic_id"),
            _text("text"),
            _text("kind", *CONTACT_KINDS, needed=True),
            _instant("first_response_at"),
            _instant("resolved_at"),
            _flag("reopened"),
            _whole("handle_seconds", 0, 10**6),
            _text("agent_id"),
            _whole("csat", 1, 5),
            _whole("nps", 0, 10),
            _text("case_id"),
        ),
        event="ts",
        refers=(_OF_CUSTOMER,),
    ),
    Table(
        "app_events",
        ("event_id",),
        (
            _text("event_id", needed=True),
            _CUSTOMER,
            _instant("ts", needed=True),
            _text("name", needed=True),
            _text("detail"),
        ),
        event="ts",
        refers=(_OF_CUSTOMER,),
    ),
    Table(
        "consents",
        ("customer_id", "purpose", "channel"),
        (
            _CUSTOMER,
            _text("purpose", *PURPOSES, needed=True),
            _text("channel", needed=True),
            _flag("granted", needed=True),
            _instant("ts", needed=True),
        ),
        refers=(_OF_CUSTOMER,),
    ),
    Table(
        "managers",
        ("manager_id",),
        (
            _text("manager_id", needed=True),
            _text("name"),
            _text("branch_id"),
            _text("team_id"),
            _text("skills"),
            _whole("daily_minutes", 0, 1440),
            _day("away_from"),
            _day("away_to"),
        ),
    ),
    Table(
        "calendar",
        ("day", "kind"),
        (
            _day("day", needed=True),
            _text("kind", *CALENDAR_KINDS, needed=True),
            _text("topic_ids"),
        ),
    ),
    Table(
        "incidents",
        ("incident_id",),
        (
            _text("incident_id", needed=True),
            _text("topic_id"),
            _instant("opened_at", needed=True),
            _instant("fixed_at"),
            _text("affected"),
            _text("message"),
        ),
    ),
)

TABLES: MappingProxyType[str, Table] = MappingProxyType({table.name: table for table in _TABLES})
"""The contract by table name, in the order in which intake reads (what is referred to comes first)."""
