"""Tasks as pages and the API show them: a manager's day, one task with its why, a customer's tasks."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from api import desk
from api.console import plain
from api.privacy import shown_identity
from api.service import Service
from api.views.reasons import reason_view, talk_track
from api.views.teller import Teller
from care.score_reasons import read_score_reasons, say_score_reasons
from care.tasks.outcomes import declines, outcomes, task_words
from care.tasks.store import newest_day, tasks_of_customer, tasks_of_day

SNOOZE_DAYS = (1, 3, 7)
Row = Mapping[str, Any]


def teller_for(service: Service, language: str) -> Teller:
    """Says things in a language."""
    from api.web.render import web_words

    return Teller(service, web_words(language))


def task_view(connection: Any, row: Row, teller: Teller) -> dict[str, Any]:
    """A task for a page."""
    group = desk.group_of(row["state"])
    return {
        "id": row["task_id"],
        "position": row["position"] or "",
        "customer_id": row["customer_id"],
        "customer": name_of(connection, row["customer_id"], teller),
        "reasons": [reason_view(reason, teller) for reason in row["reasons"]],
        "score": score_said(connection, row, teller) if _reads_score(row) else [],
        "deadline": row["deadline"],
        "due": teller.day(row["due_on"]),
        "value": teller.money(row["value_minor"]),
        "per_minute": teller.value(round(row["per_minute"], 2), "money"),
        "minutes": teller.words("task.minutes", n=row["minutes"]),
        "talk_track": _first(talk_track(one, teller) for one in row["reasons"]),
        "state": row["state"],
        "state_said": state_said(row, teller),
        "open": group != "closed",
        "undoable": group == "closed" and row["outcome"] is not None,
        "manager_id": row["manager_id"],
        "day": row["day"],
        "once": secrets.token_urlsafe(18),
        "snoozes": snoozes(row["day"], teller),
    }


def score_said(connection: Any, row: Row, teller: Teller) -> list[str]:
    """Why the model thinks that the customer may leave, a line a theme; empty for those whom it did not score."""
    rows = read_score_reasons(connection, row["customer_id"], row["day"])
    return say_score_reasons(rows, teller.service.catalogue.signals, teller.language, teller.currency)


def _reads_score(row: Row) -> bool:
    return any("churn_probability" in reason["evidence"] for reason in row["reasons"])


def day_view(connection: Any, teller: Teller, *, manager: str, state: str, day: date | None) -> dict[str, Any]:
    """A manager's day: who else there is, the load, the tasks in their order, and what to do where there are none."""
    as_of = day or newest_day(connection)
    managers = desk.managers_on(connection, as_of) if as_of else []
    mine = next((one for one in managers if one["manager_id"] == manager), managers[0] if managers else None)
    rows = tasks_of_day(connection, as_of, mine["manager_id"]) if as_of and mine else []
    groups = [desk.group_of(row["state"]) for row in rows]
    chosen = [row for row, group in zip(rows, groups, strict=True) if group == state]
    return {
        "tasks": [task_view(connection, row, teller) for row in chosen],
        "tabs": [{"state": name, "count": groups.count(name)} for name in desk.GROUPS],
        "state": state,
        "manager": mine["manager_id"] if mine else "",
        "managers": [{"id": one["manager_id"], "name": manager_said(one), "tasks": one["tasks"]} for one in managers],
        "day_said": teller.day(as_of) if as_of else "",
        "load": _load(mine) if mine else None,
        "back": f"/tasks?manager={mine['manager_id'] if mine else ''}&state={state}",
        "waiting": mine["waiting"] if mine else 0,
        "empty": "none" if as_of is None else "managers" if mine is None else state,
    }


def item_json(connection: Any, row: Row, teller: Teller) -> dict[str, Any]:
    """A task for the API."""
    view, currency = task_view(connection, row, teller), teller.currency

    def money(minor: int) -> dict[str, Any]:
        return {"amount_minor": int(minor), "currency": currency}

    reasons = [
        {
            "rule_id": one["rule_id"],
            "rule_version": one["version"],
            "name": one["rule"],
            "care_class": one["care_class"],
            "sentence": one["sentence"],
            "value": money(one["value_minor"]),
            "evidence": plain(one["signals"]),
        }
        for one in view["reasons"]
    ]
    same = ("task_id", "as_of", "day", "position", "manager_id", "customer_id", "state", "deadline", "due_on")
    more = ("care_class", "minutes", "outcome", "snoozed_until")
    return {
        **{name: row[name] for name in (*same, *more)},
        "customer": view["customer"],
        "value": money(row["value_minor"]),
        "expected": money(row["expected_minor"]),
        "per_minute": plain(row["per_minute"]),
        "rules": [one["rule_id"] for one in reasons],
        "reasons": reasons,
        "talk_track": view["talk_track"],
    }


def customer_tasks(connection: Any, customer_id: str, teller: Teller) -> list[dict[str, Any]]:
    """A customer's tasks, the newest first."""
    return [
        {
            "id": row["task_id"],
            "rules": rule_names(row["reasons"], teller),
            "state": row["state"],
            "state_said": state_said(row, teller),
            "day": teller.day(row["as_of"]),
            "manager": row["manager_id"],
        }
        for row in tasks_of_customer(connection, customer_id)
    ]


def customers_of_day(connection: Any, day: date | None, teller: Teller) -> list[dict[str, str]]:
    """Customers with a task on a day, those with most at stake a minute first."""
    return [
        {
            "id": row["customer_id"],
            "rules": rule_names(row["reasons"], teller),
            "name": name_of(connection, row["customer_id"], teller),
        }
        for row in (desk.first_tasks(connection, day, 12) if day else [])
    ]


def name_of(connection: Any, customer_id: str, teller: Teller) -> str:
    """A customer's masked name, else the number."""
    name: str = shown_identity(connection, teller.service.bank.settings, customer_id)["name"]
    return name or customer_id


def rule_names(reasons: Sequence[Row], teller: Teller) -> str:
    """The names of the rules behind a task."""
    return " · ".join(reason_view(reason, teller)["rule"] for reason in reasons)


def manager_said(row: Row) -> str:
    """A manager's name with the number."""
    return f"{row['name']} {row['manager_id']}" if row["name"] else str(row["manager_id"])


def state_said(row: Row, teller: Teller) -> str:
    """A task's state, with what came of it or until when it rests."""
    said = teller.of(task_words()["states"][row["state"]])
    known = {**outcomes(), **declines()}
    if row["outcome"] in known:
        said += f" · {teller.of(known[row['outcome']])}"
    if row["snoozed_until"] is not None:
        said += f" · {teller.day(row['snoozed_until'])}"
    return said


def choices(teller: Teller) -> dict[str, Any]:
    """What a manager may choose from: outcomes, and reasons to hand a task back."""
    lists = {"outcomes": outcomes(), "declines": declines()}
    return {
        name: [{"code": code, "said": teller.of(words)} for code, words in known.items()]
        for name, known in lists.items()
    }


def snoozes(day: date, teller: Teller) -> list[dict[str, str]]:
    """The days until which a task may rest, from the day of its list."""
    choices = []
    for days in SNOOZE_DAYS:
        until = day + timedelta(days=days)
        key = "snooze.tomorrow" if days == 1 else "snooze.days"
        slots = {"day": teller.day(until)} | ({} if days == 1 else {"n": str(days)})
        choices.append({"day": until.isoformat(), "said": teller.words(key, **slots)})
    return choices


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")


def _load(manager: Row) -> dict[str, Any]:
    used, available = manager["minutes_given"], manager["minutes"]
    share = min(100, round(100 * used / available)) if available else 100 * bool(used)
    return {"used": used, "available": available, "share": share}
