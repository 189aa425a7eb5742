"""Why the model thinks that a customer may leave: stored for those in the queue, told by theme with what may help."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from care.words import read_words, say_value
from features.database import metadata

if TYPE_CHECKING:
    import pyarrow as pa

    from features.signal import Signal
    from training.artefact import Champion

score_reasons = sa.Table(
    "score_reasons", metadata,
    sa.Column("as_of", sa.Date, primary_key=True),
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("rank", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("signal", sa.String(64), nullable=False),
    sa.Column("theme", sa.String(40), nullable=False),
    sa.Column("contribution", sa.Float(53), nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("model_version", sa.String(20), nullable=False),
)  # fmt: skip
"""The signals that spoke for leaving, strongest first (rank 1): contribution in log-odds (TreeSHAP, Lundberg et al.
2018), value as it stood (JSON)."""

_WORDS = Path(__file__).with_name("score_reasons.yaml")


def reasons_of_queue(
    model: Champion | None, signals: pa.Table, customers: Sequence[str], as_of: date
) -> list[dict[str, Any]]:
    """Rows of `score_reasons` for the scored ones of `customers` - the queue, since explaining is slow."""
    if model is None or not customers:
        return []
    import pyarrow as pa
    import pyarrow.compute as pc

    from training.score import reasons

    wanted = pc.and_(
        pc.is_in(signals["customer_id"], pa.array(sorted(customers))), pc.is_valid(signals["churn_probability"])
    )
    found = reasons(model, signals.filter(wanted).combine_chunks())
    return [
        {
            "as_of": as_of, "customer_id": customer, "rank": rank, "signal": one.signal, "theme": one.theme,
            "contribution": one.contribution, "value": json.dumps(one.value, default=str),
            "model_version": str(model.version),
        }
        for customer in sorted(found)
        for rank, one in enumerate(found[customer], start=1)
    ]  # fmt: skip


def write_score_reasons(connection: sa.Connection, rows: Sequence[Mapping[str, Any]], as_of: date) -> None:
    """Store a day's reasons in the caller's transaction, in place of the day's earlier ones."""
    connection.execute(score_reasons.delete().where(score_reasons.c.as_of == as_of))
    if rows:
        connection.execute(score_reasons.insert(), [dict(row) for row in rows])


def read_score_reasons(connection: sa.Connection, customer_id: str, as_of: date) -> list[dict[str, Any]]:
    """What was stored of a customer on a day, strongest first; empty for those who were not in the queue."""
    query = sa.select(score_reasons).where(score_reasons.c.as_of == as_of, score_reasons.c.customer_id == customer_id)
    return [dict(row._mapping) for row in connection.execute(query.order_by(score_reasons.c.rank))]


def say_score_reasons(
    rows: Sequence[Mapping[str, Any]], signals: Mapping[str, Signal], language: str, currency: str
) -> list[str]:
    """A line a theme, strongest first: its signals with their values, and what may keep the customer."""
    from training.themes import theme

    words: Mapping[str, str] = read_words(_WORDS)[language]
    themes = list(dict.fromkeys(row["theme"] for row in rows))
    lines = []
    for name in themes:
        facts = [_fact(row, signals, language, currency, words) for row in rows if row["theme"] == name]
        told = {"facts": words["between"].join(facts)}
        said = theme(name)
        zh = language == "zh"
        told |= {"theme": said.zh if zh else said.en, "action": said.action_zh if zh else said.action_en}
        lines.append(Template(words["line"]).substitute(told))
    return lines


def _fact(
    row: Mapping[str, Any], signals: Mapping[str, Signal], language: str, currency: str, words: Mapping[str, str]
) -> str:
    signal, value = signals.get(row["signal"]), json.loads(row["value"])
    if signal is None:  # the catalogue has lost it since
        return f"{row['signal']} {value}"
    name = signal.zh if language == "zh" else signal.en
    return Template(words["fact"]).substitute(name=name, value=say_value(value, signal.unit, language, currency))
