"""Pre-answers of a few customers anew, in the middle of the day: the night's prediction over what is known by now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from care.preanswers.form import read_prediction
from care.preanswers.predict import predict
from care.preanswers.recency import RECENCY
from care.preanswers.serve import replace_pre_answers
from features.build import ARROW
from features.latest import read_latest
from features.moments import day_of

if TYPE_CHECKING:
    from care.event_desk import EventDesk


def renew_pre_answers(
    connection: sa.Connection, desk: EventDesk, customer_ids: Sequence[str], more: Mapping[str, pa.Table], as_of: date
) -> None:
    """Predict for these customers again and put it in the place of what the newest night predicted for them.

    Signals that the rows of `more` may change are computed anew, the others stand as the night left them.
    """
    topics, catalogue = desk.books.topics, desk.books.catalogue
    wanted = sorted({name for topic in topics.topics.values() for name in topic.signals})
    touched = set().union(*(desk.told_by(kind) for kind in more))
    fresh = [one for one in wanted if {str(it.table) for it in catalogue.needed([one]) if it.table} & touched]
    found = desk.kept.signals(customer_ids, fresh, more, as_of)
    latest = [read_latest(connection, one) for one in found["customer_id"].to_pylist()]
    for name in wanted:
        if name not in fresh:
            values = [None if one is None else one["signals"].get(name) for one in latest]
            found = found.append_column(name, pa.array(values, ARROW[catalogue.signals[name].type]))
    asked = _recency(desk, customer_ids, more, as_of)
    answers = predict(topics, found, asked, desk.night, desk.currency)
    replace_pre_answers(connection, answers, customer_ids, desk.night)


def _recency(desk: EventDesk, customer_ids: Sequence[str], more: Mapping[str, pa.Table], as_of: date) -> pa.Table:
    """Columns of RECENCY, over the kept contacts of these customers and those that came in."""
    names = ["customer_id", "topic_id", "kind", "event_at"]
    rows = desk.kept.slices["contacts"].of(customer_ids).select(names)
    if "contacts" in more:
        rows = pa.concat_tables([rows, more["contacts"].select(names).cast(rows.schema)])
    rows = rows.filter(pc.and_(pc.is_valid(rows["topic_id"]), pc.not_equal(rows["kind"], "praise")))
    since = as_of - timedelta(days=read_prediction().recency.look_back_days)
    counted: dict[tuple[str, str], list[Any]] = {}
    for row in rows.to_pylist():
        day = day_of(row["event_at"], desk.settings.zone)
        if day >= since:
            counted.setdefault((row["customer_id"], row["topic_id"]), []).append((as_of - day).days)
    said = [(*who, len(days), min(days)) for who, days in sorted(counted.items())]
    return pa.Table.from_pylist([dict(zip(RECENCY.names, row, strict=True)) for row in said], schema=RECENCY)
