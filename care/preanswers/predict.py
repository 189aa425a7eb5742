"""Which questions each customer will ask next: conditions over signals, own recency, and how often all ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from care.preanswers.form import Prediction, read_prediction
from care.preanswers.knowledge import Slot, Topic, Topics, signals_of
from care.preanswers.stored import write_slots, write_why
from features.errors import Refusal, nearest
from features.expression import Expression, to_sql

PRE_ANSWER_COLUMNS = ("customer_id", "rank", "topic_id", "topic_version", "confidence", "slots", "why")
"""One row a pre-answer: rank from 1; confidence 0..1; slots and why as canonical JSON."""


def predict(
    topics: Topics,
    snapshot: pa.Table,
    recency: pa.Table,
    as_of: date,
    currency: str,
    *,
    prediction: Prediction | None = None,
) -> pd.DataFrame:
    """The likeliest questions of every customer, best first; customers with nothing likely enough get none.

    `snapshot`: one row a customer with the signals; `recency`: columns of `recency.RECENCY`. Only topics that may be
    served on `as_of` are predicted, and only where every channel has something to say in every language. A topic's
    confidence is 1 - (1 - base) * product of (1 - likelihood of each true sign) * (1 - own recency), to four digits; an
    unknown condition counts as false. One topic of a family a customer; ties go by topic id. Columns of
    PRE_ANSWER_COLUMNS, sorted by customer and rank; the order of the rows handed in changes nothing.
    `slots`: {name: {value, unit, currency for money}}; `why`: {signs: [conditions that are true], signals: {name:
    value}, asked: {contacts, days_since} or null}. Refusal if the snapshot lacks a signal.
    """
    prediction = prediction or read_prediction()
    served = tuple(topics.valid_on(as_of).topics.values())
    _check_columns(snapshot, served)
    if not served or not snapshot.num_rows:
        return _frame([])
    snapshot = snapshot.select(["customer_id", *signals_of(served)])
    likely = _likely(served, snapshot, recency, prediction)
    return _frame([_part(topic, likely, snapshot, currency) for topic in served])


def _check_columns(snapshot: pa.Table, served: Sequence[Topic]) -> None:
    for topic in served:
        for name in topic.signals:
            if name not in snapshot.column_names:
                remedy = f"build it again; {nearest(name, snapshot.column_names)}"
                raise Refusal(f"signal '{name}' of topic {topic.id} is missing", place="snapshot", remedy=remedy)


def _part(topic: Topic, likely: pa.Table, snapshot: pa.Table, currency: str) -> pd.DataFrame:
    found = likely.filter(pc.equal(likely["topic_id"], topic.id))
    people = snapshot.select(["customer_id", *topic.signals]).take(found["nth"])
    return pd.DataFrame(
        {
            "customer_id": people["customer_id"].to_pylist(),
            "rank": found["rank"].to_pylist(),
            "topic_id": topic.id,
            "topic_version": topic.version,
            "confidence": found["confidence"].to_pylist(),
            "slots": write_slots(topic, found, people, currency),
            "why": write_why(topic, found, people),
        }
    )


def _frame(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    frame = pd.concat(parts) if parts else pd.DataFrame(columns=list(PRE_ANSWER_COLUMNS))
    numbers = {"rank": "int64", "topic_version": "int64", "confidence": "float64"}
    frame = frame.astype({name: numbers.get(name, "str") for name in PRE_ANSWER_COLUMNS})
    return frame.sort_values(["customer_id", "rank"], ignore_index=True)


# --- the query ------------------------------------------------------------------------------------------------------


def _likely(served: Sequence[Topic], snapshot: pa.Table, recency: pa.Table, prediction: Prediction) -> pa.Table:
    """nth (row of the snapshot), topic_id, signs and slots (flags), contacts, days_since, confidence, rank."""
    numbers = prediction.recency.model_dump(exclude={"look_back_days"})
    nth = pa.array(range(snapshot.num_rows), pa.int64())
    with duckdb.connect() as connection:
        connection.register("snapshot", snapshot.append_column("nth", nth))
        connection.register("recency", recency)
        numbers |= {"floor": prediction.floor, "top": prediction.most}
        return connection.execute(_query(served), numbers).to_arrow_table()


def _query(served: Sequence[Topic]) -> str:
    facts = ",\n".join(_facts(topic) for topic in served)
    return f"""
        WITH asked AS (
            SELECT customer_id, topic_id, sum(contacts)::BIGINT AS contacts, min(days_since)::BIGINT AS days_since,
                   least($most, $strength + $again * (sum(contacts) - 1))
                       * pow(0.5, min(days_since) / $half_life_days) AS likelihood
            FROM recency WHERE days_since >= 0 GROUP BY customer_id, topic_id
        ), said AS (
            SELECT nth, customer_id, unnest([{facts}]) AS s FROM snapshot
        ), scored AS (
            SELECT said.nth, said.customer_id, s.topic AS topic_id, s.family AS family, s.signs AS signs,
                   s.slots AS slots, asked.contacts, asked.days_since,
                   round(1 - s.missed * (1 - coalesce(asked.likelihood, 0)), 4) AS confidence
            FROM said LEFT JOIN asked ON asked.customer_id = said.customer_id AND asked.topic_id = s.topic
            WHERE s.open
        ), best AS (
            SELECT * FROM scored WHERE confidence >= $floor
            QUALIFY row_number() OVER (PARTITION BY customer_id, family ORDER BY confidence DESC, topic_id) = 1
        )
        SELECT nth, topic_id, signs, slots, contacts, days_since, confidence,
               row_number() OVER (PARTITION BY customer_id ORDER BY confidence DESC, topic_id) AS rank
        FROM best QUALIFY rank <= $top ORDER BY topic_id, nth
    """


def _facts(topic: Topic) -> str:
    signs = [_true(sign.condition) for sign in topic.signs]
    slots = {name: _present(slot) for name, slot in topic.slots.items()}
    missed = [f"{1 - topic.base!r}::DOUBLE"]
    for sign, condition in zip(topic.signs, signs, strict=True):
        missed.append(f"CASE WHEN {condition} THEN {1 - sign.likelihood!r}::DOUBLE ELSE 1::DOUBLE END")
    closed = [f"NOT {_true(topic.forbid)}"] if topic.forbid else []
    parts = {
        "topic": _quoted(topic.id),
        "family": _quoted(topic.family),
        "missed": " * ".join(missed),
        "signs": f"[{', '.join(signs)}]::BOOLEAN[]",
        "slots": f"[{', '.join(slots.values())}]::BOOLEAN[]",
        "open": " AND ".join([*closed, *_sayable(topic, slots)]) or "true",
    }
    return "{" + ", ".join(f"'{name}': {part}" for name, part in parts.items()) + "}"


def _true(condition: Expression) -> str:
    return f"coalesce({to_sql(condition)}, false)"


def _present(slot: Slot) -> str:
    present = f'"{slot.signal}" IS NOT NULL'
    return f"({present} AND {_true(slot.where)})" if slot.where else f"({present})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _sayable(topic: Topic, slots: Mapping[str, str]) -> list[str]:
    """Conditions under which every language and section has a variant whose slots all have a value."""
    choices = {frozenset(text.slots for text in variants) for variants in topic.texts.values()}
    sayable = []
    for variants in sorted(choices, key=lambda one: sorted(map(sorted, one))):
        if frozenset() not in variants:
            ways = [" AND ".join(slots[name] for name in sorted(used)) for used in sorted(variants, key=sorted)]
            sayable.append(f"({' OR '.join(ways)})")
    return sayable
