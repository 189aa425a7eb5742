"""What happens by day: rows of transactions, contacts and app events, judged at once; one or up to a thousand."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, HTTPException, Response

from api import audit
from api.bank import now
from api.doors import Caller, TheService
from api.event_queue import as_json
from api.schemas import EventAnswers
from care.event import LIMIT, Given
from care.event_answers import State, counted

router = APIRouter(tags=["events"])
Kind = Literal["transactions", "contacts", "app_events"]
Rows = Annotated[
    Any, Body(description="A row of the contract's table, or a list of up to 1,000. Instants carry their zone.")
]


@router.post(
    "/events/{kind}",
    response_model=EventAnswers,
    responses={409: {"description": "Known under this id with another content."}, 422: {"description": "Broken."}},
)
def take_events(service: TheService, user: Caller, response: Response, kind: Kind, given: Rows) -> Any:
    """Store rows and judge their customers at once: tasks of class service P1 and pre-answers stand when this answers.

    A row is known by its id: sent again it is answered as before. In a list what is wrong with a row is said under its
    index and the others go on; the status is 409 or 422 only where no row at all was taken.
    """
    rows = given if isinstance(given, list) else [given]
    if not 1 <= len(rows) <= LIMIT:
        raise HTTPException(422, f"give one row, or a list of 1 to {LIMIT}")
    at = now()
    answers = service.events.take([Given(kind, row) for row in rows], at)
    taken = sorted({one.customer_id for one in answers if one.customer_id})
    with service.bank.engine.begin() as connection:
        audit.note(
            connection, at=at, who=user.name, action=f"events {kind}", customer_ids=taken, path=f"/v1/events/{kind}"
        )
    states = {one.state for one in answers}
    if not states & {State.ACCEPTED, State.HELD}:
        response.status_code = 409 if State.CONFLICT in states else 422
    return {"counts": counted(answers), "rows": as_json(answers)}
