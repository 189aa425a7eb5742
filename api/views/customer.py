"""A customer as the workbench and the API show it."""

from __future__ import annotations

from datetime import date
from typing import Any

from api.privacy import without_numbers
from api.views.teller import Teller

_TAGS = ("segment", "risk_rating")


def header(facts: dict[str, Any], identity: dict[str, Any], as_of: date, teller: Teller) -> dict[str, Any]:
    """Masked name, tags and the line under the name."""
    said = []
    if facts["opened_on"] is not None:
        said.append(teller.words("customer.since", day=teller.day(facts["opened_on"])))
    if facts["birth_year"] is not None:
        said.append(teller.words("customer.age", age=as_of.year - facts["birth_year"]))
    if identity["phone"]:
        said.append(teller.words("customer.phone", phone=identity["phone"]))
    if identity["made_up"]:
        said.append(teller.words("customer.made_up"))
    tags = [teller.value(facts[name], "text") for name in _TAGS if facts[name] is not None]
    number = facts["customer_id"]
    return {"id": number, "name": identity["name"] or number, "tags": tags, "line": " · ".join(said)}


def figures(levels: list[tuple[date, int]], teller: Teller) -> list[dict[str, str]]:
    """The numbers above the chart: first, last, highest and lowest day."""
    if not levels:
        return []
    words, amounts = teller.words, [minor for _, minor in levels]
    return [
        {"name": words("customer.last"), "value": teller.money(amounts[-1])},
        {"name": words("customer.first", day=teller.day(levels[0][0])), "value": teller.money(amounts[0])},
        {"name": words("customer.high"), "value": teller.money(max(amounts))},
        {"name": words("customer.low"), "value": teller.money(min(amounts))},
    ]


def contact_view(row: dict[str, Any], teller: Teller) -> dict[str, Any]:
    """One contact: when, what, on which topic, how it ended."""
    words = teller.words
    channel, kind = teller.code("by", row["channel"], "unknown"), teller.code("kind", row["kind"])
    said = words("timeline.contact", kind=kind, channel=channel)
    if row["topic_id"]:
        said += words("timeline.comma") + words("timeline.about", topic=teller.value(row["topic_id"], "text"))
    details = [] if row["resolved_at"] else [words("timeline.unresolved")]
    if row["csat"] is not None:
        details.append(words("timeline.csat", n=row["csat"]))
    text = without_numbers(row["text"]) if row["text"] else ""
    return {
        "at": row["event_at"],
        "when": teller.moment(row["event_at"]),
        "said": said,
        "detail": words("timeline.comma").join(details),
        "kind": "complaint" if row["kind"] == "complaint" else "contact",
        "text": text,
        "amount": "",
        "money_in": False,
    }


def transaction_view(row: dict[str, Any], teller: Teller) -> dict[str, Any]:
    """One transaction: when, what, how much, and what went wrong."""
    details = [] if row["channel"] is None else [teller.code("by", row["channel"], "unknown")]
    if row["status"] != "booked":
        details.append(teller.words(f"timeline.{row['status']}"))
    return {
        "at": row["event_at"],
        "when": teller.moment(row["event_at"]),
        "said": teller.code("kind", row["kind"]),
        "detail": " · ".join(details),
        "kind": "transaction",
        "amount": teller.money(row["amount"]),
        "money_in": row["amount"] > 0,
    }


def subjects(signals: dict[str, Any], teller: Teller) -> list[dict[str, Any]]:
    """The customer's signals by subject, in the catalogue's order; what is unknown is left out."""
    groups: dict[str, list[dict[str, str]]] = {}
    for name, signal in teller.service.catalogue.signals.items():
        if signals.get(name) is not None:
            groups.setdefault(signal.subject, []).append(teller.signal(name, signals[name]))
    return [{"name": _subject(subject, teller), "signals": items} for subject, items in groups.items()]


def _subject(subject: str, teller: Teller) -> str:
    key = f"subject.{subject}"
    return teller.words(key) if key in teller.words else subject


def pre_answer_view(answer: dict[str, Any], teller: Teller) -> dict[str, Any]:
    """One pre-answer with its confidence in words."""
    return {"script": "", **answer, "confidence": teller.value(answer["confidence"], "probability")}
