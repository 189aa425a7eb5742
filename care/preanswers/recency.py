"""What each customer has asked lately: contacts by topic."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa

from care.preanswers.form import read_prediction
from features.engine import open_history
from features.moments import midnight
from features.settings import Settings
from features.warehouse import Warehouse

RECENCY = pa.schema(
    [("customer_id", pa.string()), ("topic_id", pa.string()), ("contacts", pa.int64()), ("days_since", pa.int64())]
)
"""One row a customer and topic: contacts in the look-back, whole days since the newest (1: yesterday)."""


def recency(warehouse: Warehouse, settings: Settings, as_of: date, known_by: date | None = None) -> pa.Table:
    """Contacts with a topic before `as_of`, as the bank knew them at `known_by` (default as_of), within the look-back.

    Praise is no question and does not count; the look-back is whole days of the bank. Columns of RECENCY, sorted by
    customer and topic.
    """
    before = midnight(as_of, settings.zone)
    known = midnight(known_by or as_of, settings.zone)
    since = midnight(as_of - timedelta(days=read_prediction().recency.look_back_days), settings.zone)
    connection = open_history(warehouse, settings, known_by=known, before=before)
    try:
        found = connection.execute(_CONTACTS, {"since": since, "as_of": as_of})
        return found.to_arrow_table().cast(RECENCY)
    finally:
        connection.close()


_CONTACTS = """
    SELECT customer_id, topic_id, count(*)::BIGINT AS contacts,
           date_diff('day', max(local_time(event_at))::DATE, $as_of::DATE)::BIGINT AS days_since
    FROM contacts
    WHERE topic_id IS NOT NULL AND kind <> 'praise' AND event_at >= $since::TIMESTAMP
    GROUP BY customer_id, topic_id
    ORDER BY customer_id, topic_id
"""
