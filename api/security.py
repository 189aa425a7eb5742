"""Who may come in: API keys, sessions of the workbench, tokens on its forms."""

from __future__ import annotations

import base64
import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from features.errors import Refusal

SESSION_COOKIE = "forecare_session"
SHORTEST_KEY = 16
_REMEDY = "write FORECARE_API_KEYS=name:key,name2:key2 with keys of 16 characters or more"


@dataclass(frozen=True)
class User:
    """Somebody who was let in; `session` is the cookie that let them in, "" for an API key or an open demo."""

    name: str
    session: str = ""


class Gate:
    """Lets in by key or session; where `demo` is true, everybody is the user 'demo'."""

    def __init__(self, keys: Mapping[str, str], *, demo: bool, session_hours: int) -> None:
        self._keys = dict(keys)
        self.demo = demo
        self._hours = session_hours
        self._own = secrets.token_bytes(32)

    def by_key(self, key: str) -> User | None:
        """The user whose API key this is; the time taken does not depend on the key."""
        given, found = key.encode(), None
        for name, known in self._keys.items():
            if hmac.compare_digest(given, known.encode()):
                found = User(name)
        return found

    def by_session(self, cookie: str, now: datetime) -> User | None:
        """The user of a session cookie; None where it is forged, worn out, or of a user who has no key any more."""
        if self.demo:
            return User("demo")
        try:
            packed, expires, signature = cookie.split(".")
            name = base64.urlsafe_b64decode(packed.encode()).decode()
            ends = datetime.fromtimestamp(int(expires), now.tzinfo)
        except (ValueError, OverflowError, OSError):
            return None
        if name not in self._keys or ends <= now:
            return None
        right = hmac.compare_digest(signature.encode(), self._sign(name, f"session|{packed}|{expires}").encode())
        return User(name, cookie) if right else None

    def open_session(self, user: User, now: datetime) -> str:
        """A session cookie for a user who showed a key."""
        packed = base64.urlsafe_b64encode(user.name.encode()).decode()
        expires = int((now + timedelta(hours=self._hours)).timestamp())
        return f"{packed}.{expires}.{self._sign(user.name, f'session|{packed}|{expires}')}"

    def form_token(self, user: User) -> str:
        """The token that a form of this user's session must bring back."""
        return self._sign(user.name, f"form|{user.session}")

    def form_is_ours(self, user: User, token: str) -> bool:
        """Whether a form was made for this very session."""
        return hmac.compare_digest(token.encode(), self.form_token(user).encode())

    def _sign(self, name: str, text: str) -> str:
        key = self._keys.get(name, "").encode() or self._own
        return hmac.new(key, text.encode(), sha256).hexdigest()


def open_gate(api_keys: str, *, home: Path, host: str, session_hours: int) -> Gate:
    """The gate of a service on `host`; Refusal where nobody would be kept out of a home that is not a demo's."""
    if api_keys.strip():
        return Gate(_read_keys(api_keys), demo=False, session_hours=session_hours)
    if not (home / "demo.json").is_file():
        raise Refusal("no API key is set, and this home is not a demo's", place="FORECARE_API_KEYS", remedy=_REMEDY)
    if not is_loopback(host):
        raise Refusal(f"a demo without keys is served on loopback only, not on {host}", place="--host", remedy=_REMEDY)
    return Gate({}, demo=True, session_hours=session_hours)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _read_keys(text: str) -> dict[str, str]:
    keys: dict[str, str] = {}
    for position, item in enumerate(text.split(","), start=1):
        name, colon, key = (part.strip() for part in item.partition(":"))
        if not (name and colon) or len(key) < SHORTEST_KEY or name in keys or key in keys.values():
            # The item itself may be a secret: only its position is told.
            raise Refusal(f"key {position} is not a new name and a long key", place="FORECARE_API_KEYS", remedy=_REMEDY)
        keys[name] = key
    return keys
