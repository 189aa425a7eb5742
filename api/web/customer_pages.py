"""The customer's page, the way to it, and the preview of pre-answers by channel."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from api import audit, desk
from api.bank import now
from api.doors import TheService, Visitor
from api.privacy import shown_identity
from api.routes.customers import known_customer
from api.schemas import CustomerId, Text
from api.service import Service
from api.views import customer as views
from api.views import history
from api.views.tasks import customer_tasks, customers_of_day, teller_for
from api.views.teller import Teller
from api.views.why import task_events
from api.web.chart import balance_chart
from api.web.render import language_of, page
from care.tasks.store import newest_day

router = APIRouter()
CHANNELS = ("phone", "desktop", "app", "wechat")
Asked = Annotated[Text, Query(max_length=100)]


@router.get("/customer/{customer_id}")
def customer_page(request: Request, service: TheService, user: Visitor, customer_id: CustomerId) -> Response:
    """Everything about one customer on one page, as of the newest night."""
    teller = teller_for(service, language_of(request))
    with service.bank.engine.begin() as connection:
        as_of, facts = known_customer(service, connection, customer_id)
        identity = shown_identity(connection, service.bank.settings, customer_id)
        tasks = customer_tasks(connection, customer_id, teller)
        events = task_events(connection, customer_id, teller)
        answers = _answers(service, connection, customer_id, "desktop", teller)
        audit.note(
            connection,
            at=now(),
            who=user.name,
            action="show customer",
            customer_ids=[customer_id],
            path=request.url.path,
        )
    with history.rows_of(service, customer_id, as_of) as mine:
        levels = history.assets_of(service, mine, customer_id, as_of)
        contacts = history.contacts_of(service, mine, customer_id)
        transactions = history.notable_transactions(service, mine, customer_id, as_of)
    contacts = [views.contact_view(row, teller) for row in contacts]
    moves = [views.transaction_view(row, teller) for row in transactions]
    since = min((move["at"] for move in moves), default=None)
    told = [contact for contact in contacts if since is None or contact["at"] >= since]
    timeline = sorted([*moves, *told, *events], key=lambda event: event["at"], reverse=True)
    return page(
        request,
        "customer.html",
        user,
        here="customers",
        customer=views.header(facts, identity, as_of, teller),
        chart=balance_chart(levels, teller.words, teller.currency),
        chart_days=service.api.levels_days,
        figures=views.figures(levels, teller),
        timeline=timeline,
        contacts=contacts,
        tasks=tasks,
        pre_answers=answers,
        subjects=views.subjects(history.signals_of(service, customer_id, as_of), teller),
        day_said=teller.day(as_of),
        about=service.about(teller.language),
    )


@router.get("/customers")
def find_customer(request: Request, service: TheService, user: Visitor, id: Asked = "") -> Response:  # noqa: A002
    """Open a customer by number."""
    asked, teller = id.strip(), teller_for(service, language_of(request))
    with service.bank.engine.begin() as connection:
        as_of = newest_day(connection)
        if asked and as_of and history.facts_of(service, asked, as_of) is not None:
            return RedirectResponse(request.url_for("customer_page", customer_id=asked).path, 303)
        examples = customers_of_day(connection, as_of, teller)
        seen = [one["id"] for one in examples]
        audit.note(connection, at=now(), who=user.name, action="list customers", customer_ids=seen, path="/customers")
    shown: dict[str, Any] = {"asked": asked, "examples": examples, "about": service.about(teller.language)}
    return page(request, "customers.html", user, here="customers", **shown)


@router.get("/pre-answers")
def pre_answers_page(request: Request, service: TheService, user: Visitor, customer: Asked = "") -> Response:
    """What each channel would show one customer."""
    asked, teller = customer.strip(), teller_for(service, language_of(request))
    shown: dict[str, Any] = {"asked": asked, "channels": [], "unknown": False, "customer": asked}
    with service.bank.engine.begin() as connection:
        as_of = newest_day(connection)
        known = asked and as_of is not None and history.facts_of(service, asked, as_of) is not None
        shown["examples"] = desk.customers_with_answers(connection, as_of) if as_of else []
        shown["unknown"] = bool(asked) and not known
        if known:
            identity = shown_identity(connection, service.bank.settings, asked)
            shown["customer"] = f"{identity['name']} {asked}".strip()
            found = {channel: _answers(service, connection, asked, channel, teller) for channel in CHANNELS}
            shown["channels"] = [{"id": channel, "answers": answers} for channel, answers in found.items()]
            audit.note(
                connection, at=now(), who=user.name, action="pre-answers", customer_ids=[asked], path="/pre-answers"
            )
    return page(request, "pre_answers.html", user, here="pre_answers", about=service.about(teller.language), **shown)


def _answers(service: Service, connection: Any, customer_id: str, channel: str, teller: Teller) -> list[dict[str, Any]]:
    from care.preanswers.serve import pre_answers_for

    said = pre_answers_for(
        connection,
        customer_id,
        channel=channel,
        language=teller.language,
        topics=service.topics,
        currency=teller.currency,
        identified=True,
    )
    return [views.pre_answer_view(answer, teller) for answer in said]
