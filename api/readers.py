"""Who reads a signal: other signals, rules, topics; and what it reads itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from features.catalogue import Catalogue
    from features.signal import Signal


def readers_of(catalogue: Catalogue, name: str) -> dict[str, list[str]]:
    """{signals, rules, topics}: the names of those that read the signal, directly."""
    from care.preanswers.knowledge import read_topics
    from care.rules import read_book

    book, topics = read_book(None, catalogue), read_topics(None, catalogue)
    signals = [one.name for one in catalogue.signals.values() if one.expression and name in one.expression.names]
    rules = [
        rule.id for rule in book.rules.values() if name in {*book.compiled[rule.id].names, *rule.evidence, *rule.key}
    ]
    return {
        "signals": signals,
        "rules": rules,
        "topics": [topic.id for topic in topics.topics.values() if name in topic.signals],
    }


def read_by(signal: Signal, catalogue: Catalogue) -> dict[str, list[str]]:
    """{table, columns} or {signals}: what a signal is computed from, directly."""
    if signal.expression is not None:
        return {"signals": sorted(signal.expression.names & set(catalogue.signals))}
    if signal.table is None:
        return {}
    parts = (signal.measure, *signal.others, signal.by, signal.where)
    return {"table": [signal.table], "columns": sorted({name for part in parts if part for name in part.names})}
