"""Tasks as pages and the API show them: a day, one task with its why, a customer's tasks."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from api import desk
from api.console import plain
from api.privacy import shown_identity
from api.service import Service
from api.views.reasons import findings, reason_view, talk_track
from api.views.teller import Teller

SNOOZE_DAYS = (1, 3, 7)
Row = Mapping[str, Any]


def teller_for(service: Service, language: str) -> Teller:
    """Says things in a language."""
    from api.web.render import web_words

    return Teller(service, web_words(language))


def task_view(connection: Any, row: Row, teller: Teller) -> dict[str, Any]:
    """A task for a page."""
    reasons = [reason_view(reason, teller) for reason in row["reasons"]]
    name = shown_identity(connection, teller.service.bank.settings, row["customer_id"])["name"]
    words = teller.words
    return {
        "id": row["task_id"],
        "position": row["position"],
        "customer_id": row["customer_id"],
        "customer": name or row["customer_id"],
        "tags": [],
        "reasons": reasons,
        "deadline": row["deadline"],
        "value": teller.money(row["value_minor"]),
        "per_minute": teller.value(round(row["per_minute"], 2), "money"),
        "minutes": words("task.minutes", n=row["minutes"]),
        "talk_track": _first(talk_track(one, teller) for one in row["reasons"]),
        "state": row["state"],
        "open": row["state"] in desk.OPEN + desk.SNOOZED,
        "outcome": row["outcome"],
        "manager_id": row["manager_id"],
        "manager": teller_manager(connection, row["manager_id"]),
        "day_said": teller.day(row["as_of"]),
        "once": secrets.token_urlsafe(18),
        "snoozes": _snoozes(row["as_of"], teller),
    }


def day_view(connection: Any, teller: Teller, *, manager: str, state: str, day: date | None) -> dict[str, Any]:
    """A manager's day: who else there is, the load, the tasks in their order, and what to do where there are none."""
    as_of = day or desk.newest_day(connection)
    counts = desk.managers_on(connection, as_of) if as_of else {}
    known = manager if manager in counts else next(iter(counts), "")
    rows = desk.tasks_on(connection, as_of, known, None, 1000) if as_of and known else []
    chosen = [row for row in rows if desk.group(row["state"]) == state]
    tabs = [
        {"state": name, "count": sum(desk.group(row["state"]) == name for row in rows)}
        for name in ("open", "snoozed", "closed")
    ]
    load = desk.load(connection, as_of, known) if as_of and known else None
    back = f"/tasks?manager={known}&state={state}"
    return {
        "tasks": [task_view(connection, row, teller) for row in chosen],
        "tabs": tabs,
        "state": state,
        "manager": known,
        "managers": [{"id": one, "name": teller_manager(connection, one), "tasks": n} for one, n in counts.items()],
        "day_said": teller.day(as_of) if as_of else "",
        "load": _load(load),
        "back": back,
        "waiting": desk.waiting(connection, as_of, known) if as_of and known else 0,
        "empty": "none" if as_of is None else "managers" if not counts else state,
    }


def detail_view(connection: Any, row: Row, teller: Teller) -> dict[str, Any]:
    """Everything behind one task."""
    task = task_view(connection, row, teller)
    for reason, stored in zip(task["reasons"], row["reasons"], strict=True):
        reason["findings"] = findings(stored, row["as_of"], teller)
    return {
        "task": task,
        "arithmetic": _arithmetic(row, teller),
        "others": _others(connection, row, teller),
        "events": [_event(event, teller) for event in desk.events_of(connection, row["task_id"])],
        "back": f"/task?id={row['task_id']}",
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
    same = ("task_id", "as_of", "position", "manager_id", "customer_id", "state", "deadline", "care_class", "minutes")
    return {
        **{name: row[name] for name in (*same, "outcome", "snoozed_until")},
        "customer": view["customer"],
        "value": money(row["value_minor"]),
        "expected": money(row["expected_minor"]),
        "per_minute": plain(row["per_minute"]),
        "rules": [one["rule_id"] for one in reasons],
        "reasons": reasons,
        "talk_track": view["talk_track"],
    }


def detail_json(connection: Any, row: Row, teller: Teller) -> dict[str, Any]:
    """A task for the API, with everything behind it."""
    others = [
        {
            "rule_id": one["rule_id"],
            "stage": one["stage"],
            "fate": one["fate"],
            "reason": one["reason"],
            "said": desk.why_not(one, teller.language),
        }
        for one in desk.others_of(connection, row)
    ]
    events = [
        {"at": one["at"], "who": one["who"], "event": one["event"], "said": _event(one, teller)["said"]}
        for one in desk.events_of(connection, row["task_id"])
    ]
    return {**item_json(connection, row, teller), "others": others, "events": events}


def customer_tasks(connection: Any, customer_id: str, teller: Teller) -> list[dict[str, Any]]:
    """A customer's tasks, the newest first."""
    return [
        {
            "id": row["task_id"],
            "rules": rule_names(row["reasons"], teller),
            "state": row["state"],
            "day": teller.day(row["as_of"]),
            "manager": teller_manager(connection, row["manager_id"]),
        }
        for row in desk.tasks_of_customer(connection, customer_id)
    ]


def task_events(connection: Any, customer_id: str, teller: Teller) -> list[dict[str, Any]]:
    """What happened to a customer's tasks, for the timeline."""
    told = []
    for row in desk.tasks_of_customer(connection, customer_id):
        rules = teller.words("timeline.task", rules=rule_names(row["reasons"], teller))
        for event in desk.events_of(connection, row["task_id"]):
            said = _event(event, teller)
            told.append(
                {
                    "at": event["at"].replace(tzinfo=None),
                    "when": said["when"],
                    "said": rules,
                    "detail": said["said"],
                    "kind": "task-event",
                    "amount": "",
                    "money_in": False,
                }
            )
    return told


def todays_customers(connection: Any, as_of: date | None, teller: Teller) -> list[dict[str, str]]:
    """Customers with a task on a day, first things first."""
    rows = desk.tasks_on(connection, as_of, None, None, 12) if as_of else []
    return [
        {
            "id": row["customer_id"],
            "rules": rule_names(row["reasons"], teller),
            "name": shown_identity(connection, teller.service.bank.settings, row["customer_id"])["name"]
            or row["customer_id"],
        }
        for row in rows
    ]


def rule_names(reasons: Sequence[Row], teller: Teller) -> str:
    """The names of the rules behind a task."""
    return " · ".join(reason_view(reason, teller)["rule"] for reason in reasons)


def teller_manager(connection: Any, manager_id: str) -> str:
    """A manager's name, else the number."""
    return desk.manager_name(connection, manager_id) or manager_id


def _first(texts: Any) -> str:
    return next((text for text in texts if text), "")


def _load(load: tuple[int, int] | None) -> dict[str, Any] | None:
    if load is None:
        return None
    used, available = load
    share = min(100, round(100 * used / available)) if available else 100
    return {"used": used, "available": available, "share": share}


def _snoozes(as_of: date, teller: Teller) -> list[dict[str, str]]:
    choices = []
    for days in SNOOZE_DAYS:
        day = as_of + timedelta(days=days)
        key = "snooze.tomorrow" if days == 1 else "snooze.days"
        slots = {"day": teller.day(day)} | ({} if days == 1 else {"n": str(days)})
        choices.append({"day": day.isoformat(), "said": teller.words(key, **slots)})
    return choices


def _arithmetic(row: Row, teller: Teller) -> list[dict[str, Any]]:
    """Value x probability x effect, less minutes and disturbance, by reason and for the task."""
    lines = [{**line, "total": False} for line in desk.arithmetic(row, teller)]
    total = teller.value(round(row["per_minute"], 2), "money")
    return [*lines, {"name": teller.words("arithmetic.task"), "value": total, "total": True}]


def _others(connection: Any, row: Row, teller: Teller) -> list[dict[str, Any]]:
    others = []
    for one in desk.others_of(connection, row):
        rule = teller.service.book.rules.get(one["rule_id"])
        name = teller.of(rule.name) if rule else one["rule_id"]
        others.append({"rule": name, "fate": one["fate"], "reason": desk.why_not(one, teller.language)})
    return others


def _event(event: Row, teller: Teller) -> dict[str, Any]:
    return {"when": teller.moment(event["at"]), "who": event["who"], "said": desk.say_event(event, teller)}
