"""What a caller is told when a request cannot be answered: never what they sent, never how we are built."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from api.doors import NotLoggedIn
from features.errors import Refusal

log = logging.getLogger("forecare.api")


def install(app: FastAPI) -> None:
    """Answers for every kind of failure; pages get a page, the API gets JSON."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(NotLoggedIn, _log_in)
    app.add_exception_handler(Exception, _fault)


def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    said = [
        # The name of a field that is too much is the caller's own text as well.
        {
            "loc": list(one["loc"][:-1] if one["type"] == "extra_forbidden" else one["loc"]),
            "type": one["type"],
            "msg": one["msg"],
        }
        for one in error.errors()
    ]
    return _answer(request, 422, said)


def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return _answer(request, error.status_code, error.detail, dict(error.headers or {}))


def _refused(request: Request, error: Exception) -> Response:
    return _answer(request, 422, str(error))


def _log_in(request: Request, error: Exception) -> Response:
    return RedirectResponse("/login", 303)


def _fault(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _answer(request, 500, "this is our fault; it is logged")


def _answer(request: Request, status: int, detail: object, headers: dict[str, str] | None = None) -> Response:
    path = request.url.path
    if path.startswith(("/v1", "/static")):
        return JSONResponse({"detail": detail}, status, headers)
    from api.web.render import message_page

    return message_page(request, status)
