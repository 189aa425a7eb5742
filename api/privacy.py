"""What of a person is shown: masked names and numbers, and no long number inside a free text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlalchemy as sa

    from features.settings import Settings

_LONG_NUMBER = re.compile(r"\d[\d \-]{5,}\d")


def shown_identity(connection: sa.Connection, settings: Settings, customer_id: str) -> dict[str, Any]:
    """Masked name and phone, and whether they are made up; without an identity the name is empty."""
    from features.identities import masked, read_identity

    identity = read_identity(connection, settings, customer_id)
    if identity is None:
        return {"name": "", "phone": "", "made_up": False}
    hidden = masked(identity)
    return {"name": hidden.name or "", "phone": hidden.phone or "", "made_up": bool(identity.made_up)}


def without_numbers(text: str) -> str:
    """A free text whose long numbers (phones, cards, documents) keep only their last two digits."""
    return _LONG_NUMBER.sub(lambda found: "*" * (len(found.group()) - 2) + found.group()[-2:], text)
