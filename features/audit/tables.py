"""The contract's tables as the bank knew them at a moment."""

from __future__ import annotations

from datetime import date

from features.audit.question import Question
from features.audit.script import Script
from features.contract import TABLES


def known(script: Script, question: Question, table: str, since: date | None) -> str:
    """The step with each row in the version of then; events that happened before as_of.

    since: the first day that is needed, so that not every stored month is read; None for all.
    """
    moment = question.begins(question.known_by)
    event = TABLES[table].event is not None
    whole = f"_{table}" if since is None else f"_{table}_since_{since:%Y%m%d}"
    happened = f"\n          AND event_at < {question.begins(question.as_of)}" if event else ""
    happened += f"\n          AND event_at >= {question.begins(since)}" if event and since else ""
    mine = f"\n          AND customer_id = {question.dialect.text(question.customer)}" if question.customer else ""
    return script.step(
        whole,
        question.say("known" if event else "known_register", table=table, known_by=question.known_by),
        f"""
        SELECT * FROM {question.tables.relation(table, since, question.as_of, question.dialect)}
        WHERE known_at <= {moment}
          AND (superseded_at IS NULL OR superseded_at > {moment}){happened}{mine}""",
    )
