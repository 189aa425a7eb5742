"""Pre-answers as channels get them: one indexed read, the texts of one language and channel."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from string import Template
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from care.preanswers.fill import fill, say_slot
from care.preanswers.form import read_prediction, read_words
from care.preanswers.knowledge import Topic, Topics
from features.database import metadata
from features.errors import Refusal, nearest

if TYPE_CHECKING:
    import pandas as pd

LANGUAGES = ("zh", "en")
SHOWN: Mapping[str, int] = {"phone": 1, "desktop": 3, "app": 3, "wechat": 3}
"""How many pre-answers a channel shows: one spoken sentence, or three to choose from."""

pre_answers = sa.Table(
    "pre_answers", metadata,
    sa.Column("as_of", sa.Date, primary_key=True),
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("rank", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("topic_id", sa.Text, nullable=False),
    sa.Column("topic_version", sa.Integer, nullable=False),
    sa.Column("confidence", sa.Float(53), nullable=False),
    sa.Column("slots", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
)  # fmt: skip
"""The pre-answers of every night that was run; slots and why are canonical JSON."""

pre_answer_days = sa.Table(
    "pre_answer_days", metadata,
    sa.Column("as_of", sa.Date, primary_key=True),
    sa.Column("customers", sa.Integer, nullable=False),
    sa.Column("topics", sa.Integer, nullable=False),
)  # fmt: skip
"""The days that have been predicted. The newest one is in force, also for a customer to whom it gives nothing."""


def write_pre_answers(connection: sa.Connection, frame: pd.DataFrame, as_of: date) -> None:
    """Store a day's pre-answers (columns of predict.PRE_ANSWER_COLUMNS) in the caller's transaction.

    They replace the day's earlier ones; the same call twice leaves the same rows.
    """
    for table in (pre_answers, pre_answer_days):
        connection.execute(table.delete().where(table.c.as_of == as_of))
    rows: list[dict[str, Any]] = [{"as_of": as_of, **row} for row in frame.to_dict("records")]  # type: ignore[dict-item]
    if rows:
        connection.execute(pre_answers.insert(), rows)
    counts = {"customers": int(frame["customer_id"].nunique()), "topics": int(frame["topic_id"].nunique())}
    connection.execute(pre_answer_days.insert(), {"as_of": as_of, **counts})


def replace_pre_answers(
    connection: sa.Connection, frame: pd.DataFrame, customer_ids: Sequence[str], as_of: date
) -> None:
    """The same for a few customers of a day that was predicted; the others' stay."""
    mine = sa.and_(pre_answers.c.as_of == as_of, pre_answers.c.customer_id.in_(customer_ids))
    connection.execute(pre_answers.delete().where(mine))
    rows: list[dict[str, Any]] = [{"as_of": as_of, **row} for row in frame.to_dict("records")]  # type: ignore[dict-item]
    if rows:
        connection.execute(pre_answers.insert(), rows)


def pre_answers_for(
    connection: sa.Connection,
    customer_id: str,
    *,
    channel: str,
    language: str,
    topics: Topics,
    currency: str,
    identified: bool = False,
) -> list[dict[str, Any]]:
    """The customer's pre-answers of the newest night, best first, in the words of `channel` and `language`.

    Each is {topic_id, rank, question, answer, confidence, mode, evidence}; on the desktop also {script, version,
    owner}, and evidence says in words why (elsewhere it is empty: it is the agent's, not the customer's). The phone
    gives one, and none before the caller is `identified`. A topic that is withdrawn since the night is left out.
    Refusal for an unknown channel or language.
    """
    _check("channel", channel, tuple(SHOWN))
    _check("language", language, LANGUAGES)
    if channel == "phone" and not identified:
        return []
    said = []
    for row in connection.execute(_NEWEST, {"customer_id": customer_id}):
        topic = topics.topics.get(row.topic_id)
        if topic is not None and topic.served_on(row.as_of):
            said.append(_said(topic, row, channel, language, topics, currency))
    return [one for one in said if one is not None][: SHOWN[channel]]


_NEWEST = (
    sa.select(pre_answers)
    .where(
        pre_answers.c.as_of == sa.select(sa.func.max(pre_answer_days.c.as_of)).scalar_subquery(),
        pre_answers.c.customer_id == sa.bindparam("customer_id"),
    )
    .order_by(pre_answers.c.rank)
)


def _check(what: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise Refusal(f"unknown {what} '{name}'", place=what, remedy=nearest(name, known))


def _said(
    topic: Topic, row: sa.Row[Any], channel: str, language: str, topics: Topics, currency: str
) -> dict[str, Any] | None:
    slots = json.loads(row.slots)
    question, answer = fill(topic, "question", language, slots), fill(topic, channel, language, slots)
    if question is None or answer is None:  # the topic was rewritten since the night and asks for more than was stored
        return None
    said = {
        "topic_id": topic.id, "rank": row.rank, "question": question, "answer": answer,
        "confidence": row.confidence, "mode": "list", "evidence": [],
    }  # fmt: skip
    if channel == "desktop":
        said["evidence"] = _evidence(topic, json.loads(row.why), language, topics, currency)
        said |= {"script": fill(topic, "script", language, slots), "version": topic.version, "owner": topic.owner}
    return said


def _evidence(topic: Topic, why: Mapping[str, Any], language: str, topics: Topics, currency: str) -> list[str]:
    words = read_words()
    because = {sign.condition.text: sign.because.say(language) for sign in topic.signs}
    lines = [because[condition] for condition in why["signs"] if condition in because]
    if asked := why["asked"]:
        days = {"span": read_prediction().recency.look_back_days, "days": asked["days_since"]}
        said_days = {name: say_slot({"value": value, "unit": "days"}, language) for name, value in days.items()}
        lines.append(_put(words.asked.say(language), times=asked["contacts"], **said_days))
    for name, value in why["signals"].items():
        signal = topics.names.get(name)
        if signal is not None and value is not None:
            said = say_slot({"value": value, "unit": signal.unit, "currency": currency}, language)
            lines.append(_put(words.signal.say(language), name=getattr(signal, language), value=said))
    return lines


def _put(words: str, **values: object) -> str:
    return Template(words).substitute({name: str(value) for name, value in values.items()})
