"""Log in with an API key, log out, and the way to the first page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from api.bank import now
from api.doors import TheService, Visitor
from api.security import SESSION_COOKIE, User
from api.web.render import page

router = APIRouter()
NOBODY = User("")


@router.get("/")
def first_page() -> Response:
    """The workbench begins with today's tasks."""
    return RedirectResponse("/tasks", 303)


@router.get("/login")
def log_in_page(request: Request, service: TheService) -> Response:
    """The form that asks for a key; an open demo needs none."""
    if service.gate.demo:
        return RedirectResponse("/tasks", 303)
    return page(request, "login.html", None, wrong=False, token=service.gate.form_token(NOBODY))


@router.post("/login")
def log_in(
    request: Request,
    service: TheService,
    key: Annotated[str, Form(max_length=500)],
    token: Annotated[str, Form(max_length=200)],
) -> Response:
    """A session for whoever shows a known key."""
    if not service.gate.form_is_ours(NOBODY, token):
        raise HTTPException(403)
    user = service.gate.by_key(key)
    if user is None:
        return page(request, "login.html", None, status=401, wrong=True, token=service.gate.form_token(NOBODY))
    answer = RedirectResponse("/tasks", 303)
    cookie = service.gate.open_session(user, now())
    lasts = service.api.session_hours * 3600
    secure = request.url.scheme == "https"
    answer.set_cookie(SESSION_COOKIE, cookie, max_age=lasts, httponly=True, samesite="strict", secure=secure, path="/")
    return answer


@router.post("/logout")
def log_out(service: TheService, user: Visitor, token: Annotated[str, Form(max_length=200)]) -> Response:
    """End the session."""
    check_form(service, user, token)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


def check_form(service: TheService, user: User, token: str) -> None:
    """403 for a form that another site, or an older session, made."""
    if not service.gate.form_is_ours(user, token):
        raise HTTPException(403)
