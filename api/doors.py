"""Who stands at the door of a request: by API key, by session, or by an open demo; and what the form must bring."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import APIKeyHeader

from api.bank import now
from api.security import SESSION_COOKIE, User
from api.service import Service, service_of

_key_header = APIKeyHeader(
    name="X-API-Key", auto_error=False, description="Key of FORECARE_API_KEYS; not needed by an open demo."
)
TheService = Annotated[Service, Depends(service_of)]


class NotLoggedIn(Exception):  # noqa: N818 - not an error: the answer is the log-in page
    """A page was asked for without a session."""


def caller(service: TheService, key: Annotated[str | None, Depends(_key_header)]) -> User:
    """The user of an API request; 401 without a known key."""
    if service.gate.demo:
        return User("demo")
    user = service.gate.by_key(key) if key else None
    if user is None:
        raise HTTPException(401, "a known X-API-Key is needed", headers={"WWW-Authenticate": "ApiKey"})
    return user


def visitor(request: Request, service: TheService) -> User:
    """The user of a page; the log-in page comes instead without a session."""
    user = service.gate.by_session(request.cookies.get(SESSION_COOKIE, ""), now())
    if user is None:
        raise NotLoggedIn
    return user


Caller = Annotated[User, Depends(caller)]
Visitor = Annotated[User, Depends(visitor)]
