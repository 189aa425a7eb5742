"""The rows in which recurring payments are looked for: booked, with a payee, not among the customer's own accounts."""

from __future__ import annotations

from features.measures import Projection
from features.relations import Source, rows

_PROJECTION = Projection("transactions")
COUNTS = _PROJECTION.bit("status = 'booked' AND NOT internal AND counterparty_id IS NOT NULL AND \"amount minor\" <> 0")
AMOUNT = _PROJECTION.column('"amount minor"', "n")
PAYEE = _PROJECTION.column('coalesce(hash(counterparty_id, "amount minor" > 0), 0)', "v")
NAME = _PROJECTION.column("counterparty_id", "t")


def payments(source: Source) -> str:
    """A SELECT of those rows: the bit COUNTS, the columns AMOUNT, PAYEE (tells payees and directions apart), NAME."""
    relation = rows("transactions", frozenset({"status", "internal", "counterparty_id", "amount"}), source)
    return _PROJECTION.select(relation, clocks=source.told("transactions"), event=True, sparse=True)
