"""Customers: a summary, and the pre-answers that a channel may show."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException

from api import audit
from api.bank import now
from api.doors import Caller, TheService
from api.privacy import shown_identity
from api.schemas import Channel, CustomerId, CustomerSummary, Language, PreAnswers
from api.service import Service
from api.views import history
from care.tasks.store import newest_day, tasks_of_customer

router = APIRouter(tags=["customers"])


@router.get("/customers/{customer_id}", response_model=CustomerSummary)
def show_customer(service: TheService, user: Caller, customer_id: CustomerId) -> Any:
    """A customer as of the newest night: masked name, facts, assets, signals, tasks."""
    with service.bank.engine.begin() as connection:
        as_of, facts = known_customer(service, connection, customer_id)
        identity = shown_identity(connection, service.bank.settings, customer_id)
        tasks = [row["task_id"] for row in tasks_of_customer(connection, customer_id)]
        path = f"/v1/customers/{customer_id}"
        audit.note(connection, at=now(), who=user.name, action="show customer", customer_ids=[customer_id], path=path)
    with history.rows_of(service, customer_id, as_of) as mine:
        levels = history.assets_of(service, mine, customer_id, as_of)
    assets = {"amount_minor": levels[-1][1], "currency": service.currency} if levels else None
    shown = {name: facts[name] for name in ("opened_on", "segment", "risk_rating", "manager_id")}
    signals = service.plain_signals(history.signals_of(service, customer_id, as_of))
    masked = {"name": identity["name"], "phone": identity["phone"]}
    return {
        "customer_id": customer_id,
        "as_of": as_of,
        **shown,
        **masked,
        "assets": assets,
        "signals": signals,
        "tasks": tasks,
    }


@router.get("/customers/{customer_id}/pre-answers", response_model=PreAnswers)
def show_pre_answers(
    service: TheService,
    user: Caller,
    customer_id: CustomerId,
    channel: Channel,
    language: Language = "zh",
    identified: bool = False,
) -> Any:
    """What a channel shows this customer now. The phone says nothing before the caller is `identified`."""
    from care.preanswers.serve import pre_answers_for

    with service.bank.engine.begin() as connection:
        known_customer(service, connection, customer_id)
        said = pre_answers_for(
            connection,
            customer_id,
            channel=channel,
            language=language,
            topics=service.topics,
            currency=service.currency,
            identified=identified,
        )
        path = f"/v1/customers/{customer_id}/pre-answers"
        audit.note(
            connection, at=now(), who=user.name, action=f"pre-answers {channel}", customer_ids=[customer_id], path=path
        )
    return {"customer_id": customer_id, "channel": channel, "language": language, "pre_answers": said}


def known_customer(service: Service, connection: Any, customer_id: str) -> tuple[Any, dict[str, Any]]:
    """The newest night's day, and the customer as known then; 404 where there is none."""
    as_of = newest_day(connection)
    facts = history.facts_of(service, customer_id, as_of) if as_of is not None else None
    if facts is None:
        raise HTTPException(404, "no such customer")
    return as_of, facts
