"""Who a customer is: names and numbers, encrypted at rest, masked on screen, apart from everything else."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from features.database import metadata, upsert
from features.errors import Refusal
from features.settings import Settings

PERSONAL = ("name", "phone", "id_number", "wechat_id")
KEY_BYTES = 32
MASK = "*"

identities = sa.Table(
    "identities",
    metadata,
    sa.Column("customer_id", sa.Text, primary_key=True),
    *(sa.Column(name, sa.LargeBinary) for name in PERSONAL),
    sa.Column("made_up", sa.Boolean, nullable=False),
)
"""Personal values, each AES-SIV (RFC 5297) under customer and column: moved to another row it does not decrypt."""


@dataclass(frozen=True)
class Identity:
    """Who a customer is; `made_up` says that the source invented it."""

    customer_id: str
    name: str | None = field(repr=False)  # no log line shows a person by accident
    phone: str | None = field(repr=False)
    id_number: str | None = field(repr=False)
    wechat_id: str | None = field(repr=False)
    made_up: bool


def write_identities(connection: duckdb.DuckDBPyConnection, engine: sa.Engine, settings: Settings) -> None:
    """Encrypt and store the relation `ready_identities`; rows that say what is stored already are left alone."""
    cipher = AESSIV(_key(settings))
    newest = f"""
        SELECT customer_id, {", ".join(PERSONAL)}, made_up FROM ready_identities
        QUALIFY row_number() OVER (
            PARTITION BY customer_id ORDER BY known_at DESC, _file DESC, _line DESC) = 1
        ORDER BY customer_id"""
    rows = [_encrypted(cipher, row) for row in connection.execute(newest).to_arrow_table().to_pylist()]
    with engine.begin() as database:
        known = {row.customer_id: dict(row._mapping) for row in database.execute(sa.select(identities))}
        upsert(database, identities, [row for row in rows if known.get(row["customer_id"]) != row])


def read_identity(connection: sa.Connection, settings: Settings, customer_id: str) -> Identity | None:
    """One customer's identity in clear, or None; the caller writes the audit. Refusal if the key does not fit."""
    row = connection.execute(sa.select(identities).where(identities.c.customer_id == customer_id)).first()
    if row is None:
        return None
    cipher = AESSIV(_key(settings))
    clear = {name: _decrypt(cipher, getattr(row, name), row.customer_id, name) for name in PERSONAL}
    return Identity(customer_id=row.customer_id, made_up=row.made_up, **clear)


def masked(identity: Identity) -> Identity:
    """The same with all but the family name, the phone's last two digits and nothing of the numbers hidden.

    Little is shown on purpose: masks add up, and a few more characters beside age and branch name one person.
    """
    name = identity.name and identity.name[:1] + MASK * max(1, min(3, len(identity.name) - 1))
    phone = identity.phone and MASK * (len(identity.phone) - 2) + identity.phone[-2:]
    number, wechat = (value and MASK * 8 for value in (identity.id_number, identity.wechat_id))
    return replace(identity, name=name, phone=phone, id_number=number, wechat_id=wechat)


def _encrypted(cipher: AESSIV, row: dict[str, Any]) -> dict[str, Any]:
    customer = row["customer_id"]
    sealed = {
        name: None if row[name] is None else cipher.encrypt(row[name].encode(), [customer.encode(), name.encode()])
        for name in PERSONAL
    }
    return {"customer_id": customer, **sealed, "made_up": row["made_up"]}


def _decrypt(cipher: AESSIV, sealed: bytes | None, customer_id: str, name: str) -> str | None:
    if sealed is None:
        return None
    try:
        return cipher.decrypt(sealed, [customer_id.encode(), name.encode()]).decode()
    except InvalidTag:
        remedy = "restore the key with which it was written"
        raise Refusal(
            "the identity key does not fit the stored identities", place="FORECARE_IDENTITY_KEY", remedy=remedy
        ) from None


def _key(settings: Settings) -> bytes:
    written = settings.identity_key or _kept(settings.home / "identity.key")
    try:
        key = bytes.fromhex(written)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise Refusal(f"is not {KEY_BYTES} bytes in hex", place="FORECARE_IDENTITY_KEY", remedy="openssl rand -hex 32")
    return key


def _kept(path: Path) -> str:
    """The home's own key, made at the first use; readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        waiting = path.with_suffix(".writing")
        waiting.unlink(missing_ok=True)
        descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES))
        waiting.replace(path)
    return path.read_text(encoding="ascii").strip()
