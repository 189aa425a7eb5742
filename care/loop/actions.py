"""What the service did, as the bank that answers to it wants to know: calls that reached people, pre-answers shown."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from care.decisions.holdout import places
from care.loop.settings import Shown
from care.loop.work import REQUEST
from care.preanswers.serve import pre_answers
from care.tasks.lifecycle import Change
from care.tasks.outcomes import outcomes
from care.tasks.tables import task_events, task_reasons, tasks
from features.database import reading
from features.engine import quieten
from features.sources.simulated.day import ACTIONS

_OUTCOMES = pa.schema(
    [
        ("customer_id", pa.string()), ("task_id", pa.string()), ("rule_id", pa.string()), ("key", pa.string()),
        ("rank", pa.int64()), ("last_as_of", pa.date32()), ("day", pa.date32()),
    ]
)  # fmt: skip
OFFERS = pa.schema([("customer_id", pa.string()), ("topic_id", pa.string()), ("as_of", pa.date32())])
"""A pre-answer that a channel would show to a customer on the day of a night."""


def actions_until(engine: sa.Engine, day: date, settings: Shown) -> pa.Table:
    """Everything that was done up to `day` (included), schema ACTIONS, in the order of days and customers.

    It is read from what the service stored, so that a loop that was killed knows it again.
    """
    told = offers(engine, day, settings)
    held_out = pa.array(places(told["customer_id"].to_pylist(), settings.experiment) < settings.holdout, pa.bool_())
    with duckdb.connect(config={"threads": 1}) as connection:
        quieten(connection)
        connection.register("outcomes", _reached(engine, day))
        connection.register("offers", told.filter(pc.invert(held_out)))
        query = Path(__file__).with_name("actions.sql").read_text(encoding="utf-8")
        found = connection.execute(query, {"rest_days": settings.rest_days}).to_arrow_table()
    return found.cast(ACTIONS)


def offers(engine: sa.Engine, until: date, settings: Shown) -> pa.Table:
    """OFFERS of all nights up to `until`, held out or not."""
    columns = [pre_answers.c.customer_id, pre_answers.c.topic_id, pre_answers.c.as_of]
    query = sa.select(*columns).where(
        pre_answers.c.as_of <= until,
        pre_answers.c.rank <= settings.most,
        pre_answers.c.confidence >= settings.confidence,
    )
    return _table(engine, query.order_by(pre_answers.c.as_of, pre_answers.c.customer_id), OFFERS)


def _reached(engine: sa.Engine, until: date) -> pa.Table:
    """A row a reason of each task whose call reached the customer."""
    reached = [code for code, outcome in outcomes().items() if outcome.reached]
    columns = [tasks.c.customer_id, tasks.c.task_id]
    columns += [task_reasons.c[name] for name in ("rule_id", "key", "rank", "last_as_of")]
    query = sa.select(*columns, tasks.c.day).select_from(tasks)
    query = query.join(task_events, task_events.c.task_id == tasks.c.task_id)
    query = query.join(task_reasons, task_reasons.c.task_id == tasks.c.task_id)
    query = query.where(
        task_events.c.event == str(Change.OUTCOME),
        task_events.c.request_key.like(f"{REQUEST}%"),
        tasks.c.outcome.in_(reached),
        tasks.c.day <= until,
    )
    return _table(engine, query.order_by(tasks.c.task_id), _OUTCOMES)


def _table(engine: sa.Engine, query: sa.Select[Any], schema: pa.Schema) -> pa.Table:
    with reading(engine).connect() as connection:
        rows = connection.execute(query).all()
    columns = [[row[place] for row in rows] for place in range(len(schema))]
    return pa.table([pa.array(one, field.type) for one, field in zip(columns, schema, strict=True)], schema=schema)
