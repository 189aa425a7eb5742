"""Pages from templates: autoescaped, in the reader's language, with the words of web/words."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from api.bank import now
from api.security import SESSION_COOKIE, User
from api.service import service_of
from api.words import LANGUAGES, Words, read_words

HERE = Path(__file__).parent
LANGUAGE_COOKIE = "forecare_language"
YEAR = 365 * 86400


def language_of(request: Request) -> str:
    """?lang=, else the cookie, else the browser's wish, else Chinese."""
    for given in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if given in LANGUAGES:
            return str(given)
    wished = request.headers.get("accept-language", "").lower()
    return "en" if wished.startswith("en") else "zh"


def web_words(language: str) -> Words:
    """The workbench's words."""
    return read_words(HERE / "words", language)


def page(request: Request, template: str, user: User | None, *, status: int = 200, **shown: Any) -> Response:
    """One page; a language that was asked for in the address is kept in a cookie."""
    service, language = service_of(request), language_of(request)
    other = next(name for name in LANGUAGES if name != language)
    query = [(name, value) for name, value in request.query_params.multi_items() if name not in ("lang", "notice")]
    frame = {
        "t": web_words(language),
        "language": language,
        "other_language": other,
        "user": user,
        "demo": service.gate.demo,
        "other_language_url": f"?{urlencode([*query, ('lang', other)])}",
        "here": "",
        "notice": _notice(request, language),
        "token": service.gate.form_token(user or User("")),
        "about": None,
    }
    answer = HTMLResponse(_templates().get_template(template).render(**{**frame, **shown}), status)
    if request.query_params.get("lang") == language:
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR, samesite="strict", httponly=True, path="/")
    return answer


def message_page(request: Request, status: int) -> Response:
    """A page that says what went wrong and where to go next."""
    kind = "missing" if status in (404, 405) else "refused"
    user = service_of(request).gate.by_session(request.cookies.get(SESSION_COOKIE, ""), now())
    title, following = f"message.{kind}_title", f"message.{kind}_next"
    return page(request, "message.html", user, status=status, title=title, next=following)


def _notice(request: Request, language: str) -> str:
    """What the last form came to; the address holds only a word of ours, so nothing foreign is shown."""
    key, words = f"{request.query_params.get('notice', '')}.saved", web_words(language)
    return words(key) if key in words else ""


@cache
def _templates() -> Environment:
    loader = FileSystemLoader(HERE / "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
