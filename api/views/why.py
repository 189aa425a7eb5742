"""Everything behind one task: evidence, condition, arithmetic, the other candidates, what happened to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from api import desk
from api.views.reasons import findings
from api.views.tasks import item_json, rule_names, score_said, task_view
from api.views.teller import Teller
from care.decisions.explain import say_why
from care.tasks.outcomes import task_words
from care.tasks.store import events_of, tasks_of_customer

Row = Mapping[str, Any]


def detail_view(connection: Any, row: Row, teller: Teller) -> dict[str, Any]:
    """One task for its page."""
    task = task_view(connection, row, teller)
    for reason, stored in zip(task["reasons"], row["reasons"], strict=True):
        reason["findings"] = findings(stored, row["day"], teller)
    return {
        "score": score_said(connection, row, teller),
        "task": task,
        "day_said": teller.day(row["day"]),
        "arithmetic": arithmetic(row, desk.candidates_of_task(connection, row), teller),
        "others": [_other_view(one, teller) for one in desk.other_candidates(connection, row)],
        "events": [event_view(event, teller) for event in events_of(connection, row["task_id"])],
        "back": f"/task?id={row['task_id']}",
    }


def detail_json(connection: Any, row: Row, teller: Teller) -> dict[str, Any]:
    """One task for the API, with everything behind it."""
    others = [
        {**{name: one[name] for name in ("rule_id", "stage", "fate", "reason")}, "said": why_not(one, teller)}
        for one in desk.other_candidates(connection, row)
    ]
    events = [
        {"at": one["at"], "who": one["who"], "event": one["event"], "said": event_view(one, teller)["said"]}
        for one in events_of(connection, row["task_id"])
    ]
    score = score_said(connection, row, teller)
    return {**item_json(connection, row, teller), "score": score, "others": others, "events": events}


def arithmetic(row: Row, candidates: list[dict[str, Any]], teller: Teller) -> list[dict[str, Any]]:
    """How the priority came about: each reason's expected money, the strongest one less its costs, by the minute."""
    words, lines = teller.words, []
    details = [json.loads(one["detail"]) for one in candidates]
    for one, detail in zip(candidates, details, strict=True):
        lines.append({"name": rule_names([one], teller), "value": "", "kind": "heading"})
        lines.append(_line("value", teller.money(one["value_minor"]), words))
        lines.append(_line("probability", teller.value(detail["probability"], "probability"), words))
        lines.append(_line("effect", teller.value(detail["effect"], "probability"), words))
        lines.append(_line("gross", teller.money(detail["gross_minor"]), words, kind="sum"))
    if details:
        gross = max(detail["gross_minor"] for detail in details)
        disturbance = min(detail["disturbance_minor"] for detail in details)
        lines.append({"name": words("arithmetic.task"), "value": "", "kind": "heading"})
        lines.append(_line("strongest", teller.money(gross), words))
        cost = gross - disturbance - row["expected_minor"]
        lines.append(_line("minutes", teller.money(-cost), words, n=row["minutes"]))
        lines.append(_line("disturbance", teller.money(-disturbance), words))
    lines.append(_line("expected", teller.money(row["expected_minor"]), words, kind="sum"))
    per_minute = teller.value(round(row["per_minute"], 2), "money")
    lines.append(_line("per_minute", per_minute, words, kind="total", n=row["minutes"]))
    return lines


def task_events(connection: Any, customer_id: str, teller: Teller) -> list[dict[str, Any]]:
    """What happened to a customer's tasks, for the timeline."""
    told = []
    for row in tasks_of_customer(connection, customer_id):
        rules = teller.words("timeline.task", rules=rule_names(row["reasons"], teller))
        for event in events_of(connection, row["task_id"]):
            view = event_view(event, teller)
            at = event["at"].replace(tzinfo=None)
            told.append({**view, "at": at, "said": rules, "detail": view["said"], "kind": "task-event", "amount": ""})
    return told


def why_not(one: Row, teller: Teller) -> str:
    """Why a candidate did not become a task, in words."""
    return say_why(one, teller.language)


def event_view(event: Row, teller: Teller) -> dict[str, Any]:
    """One change of a task in words."""
    known = task_words()["events"]
    said = teller.of(known[event["event"]]) if event["event"] in known else event["event"]
    if event["note"]:
        said += teller.words("timeline.colon") + event["note"]
    return {"when": teller.moment(event["at"]), "who": event["who"], "said": said, "money_in": False}


def _line(key: str, value: str, words: Any, *, kind: str = "", **slots: object) -> dict[str, str]:
    return {"name": words(f"arithmetic.{key}", **slots), "value": value, "kind": kind}


def _other_view(one: Row, teller: Teller) -> dict[str, str]:
    return {"rule": rule_names([one], teller), "fate": one["fate"], "reason": why_not(one, teller)}
