"""Around every request: size, origin and host are checked, and answers carry the headers that keep a browser honest."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.security import is_loopback

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
TOO_LARGE = "the request is too large"
_SAFE = ("GET", "HEAD", "OPTIONS")


class Shield:
    """`loopback_only`: an open demo answers to this machine's own names alone (a foreign page cannot rebind a name)."""

    def __init__(self, app: ASGIApp, *, body_limit: int, loopback_only: bool) -> None:
        self.app = app
        self._limit = body_limit
        self._loopback_only = loopback_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or hand on with a counted body and guarded headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        guarded = _guarded(send, fresh=not scope["path"].startswith("/static/"))
        refusal = self._refuse(scope)
        if refusal is not None:
            await refusal(scope, receive, guarded)
            return
        await self.app(scope, self._counted(receive), guarded)

    def _refuse(self, scope: Scope) -> JSONResponse | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self._loopback_only and not is_loopback(_name(host)):
            return JSONResponse({"detail": "an open demo answers on this machine only"}, 421)
        origin = headers.get("origin")
        if scope["method"] not in _SAFE and origin is not None and urlsplit(origin).netloc != host:
            return JSONResponse({"detail": "the request comes from another site"}, 403)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._limit:
            return JSONResponse({"detail": TOO_LARGE}, 413)
        return None

    def _counted(self, receive: Receive) -> Receive:
        seen = 0

        async def count() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit:
                raise HTTPException(413, TOO_LARGE)
            return message

        return count


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _guarded(send: Send, *, fresh: bool) -> Send:
    async def add(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            # Pages hold persons: no browser or proxy keeps them.
            headers["Cache-Control"] = "no-store" if fresh else "no-cache"
        await send(message)

    return add
