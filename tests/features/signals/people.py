"""Li, who banks in Shanghai, on the first of July: rows of a life, written in days before that day."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from features.moments import midnight

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 7, 1)
NEEDED = frozenset({"customers", "accounts", "transactions"})
LI = {"customer_id": "li", "opened_on": date(2020, 1, 1), "birth_year": 1990, "segment": "mass", "is_staff": False}


def days_ago(days, hour=12):
    return midnight(DAY - timedelta(days=days), ZONE) + timedelta(hours=hour)


def account(name, product, **more):
    opened = date(2020, 1, 1)
    return {"account_id": name, "customer_id": "li", "product": product, "opened_on": opened, "currency": "CNY", **more}


def moved(number, amount, *, days, account_id="C", kind="transfer", status="booked", **more):
    row = {"transaction_id": f"T{number}", "account_id": account_id, "customer_id": "li", "ts": days_ago(days)}
    return {**row, "amount": amount, "kind": kind, "status": status, **more}


def said(number, *, days, **more):
    row = {
        "contact_id": f"K{number}",
        "customer_id": "li",
        "ts": days_ago(days),
        "kind": "complaint",
        "channel": "phone",
    }
    return {**row, **more}


def stated(account_id, balance, *, days):
    """The bank's own balance at the end of a day."""
    return {"account_id": account_id, "customer_id": "li", "day": DAY - timedelta(days=days), "balance": balance}
