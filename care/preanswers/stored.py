"""What is stored about a pre-answer: its slots and its reasons as canonical JSON, written column by column."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import date

import pyarrow as pa

from care.preanswers.knowledge import Topic


def write_slots(topic: Topic, found: pa.Table, people: pa.Table, currency: str) -> list[str]:
    """{name: {value, unit, currency for money}} of the slots that have a value, one text a row.

    `found`: column slots, flags in the order of the topic's slots; `people`: the topic's signals, in the same order.
    """
    names = sorted(topic.slots)
    heads = {name: _slot_head(topic, name, currency) for name in names}
    values = {name: _texts(people[topic.slots[name].signal]) for name in names}
    places = [(name, list(topic.slots).index(name)) for name in names]
    written = []
    for at, present in enumerate(found["slots"].to_pylist()):
        parts = [f"{heads[name]}{values[name][at]}}}" for name, place in places if present[place]]
        written.append("{" + ",".join(parts) + "}")
    return written


def write_why(topic: Topic, found: pa.Table, people: pa.Table) -> list[str]:
    """{signs: [conditions that are true], signals: {name: value}, asked: {contacts, days_since} or null}, a text a row.

    The signals are those of the true conditions and of the topic's evidence, as they stood; unknown ones are null.
    """
    columns = {name: _texts(people[name]) for name in topic.signals}
    seen: dict[tuple[bool, ...], tuple[list[str], str]] = {}
    written = []
    rows = zip(*(found[name].to_pylist() for name in ("signs", "contacts", "days_since")), strict=True)
    for at, (signs, contacts, days_since) in enumerate(rows):
        if (key := tuple(signs)) not in seen:
            seen[key] = _reasons(topic, signs)
        names, conditions = seen[key]
        asked = "null" if contacts is None else f'{{"contacts":{contacts},"days_since":{days_since}}}'
        signals = ",".join([f'"{name}":{columns[name][at]}' for name in names])
        written.append(f'{{"asked":{asked},"signals":{{{signals}}},"signs":{conditions}}}')
    return written


def _slot_head(topic: Topic, name: str, currency: str) -> str:
    unit = topic.slots[name].unit
    money = f'"currency":{_text(currency)},' if unit == "money" else ""
    return f'{_text(name)}:{{{money}"unit":{_text(unit)},"value":'


def _reasons(topic: Topic, signs: Sequence[bool]) -> tuple[list[str], str]:
    true = [sign.condition for sign, holds in zip(topic.signs, signs, strict=True) if holds]
    names = {name for condition in true for name in condition.names} | set(topic.evidence)
    return sorted(names), f"[{','.join(_text(condition.text) for condition in true)}]"


def _texts(column: pa.ChunkedArray) -> list[str]:
    """Each value as JSON; a number that is none (NaN, infinite) is unknown."""
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        return [repr(value) if value is not None and math.isfinite(value) else "null" for value in column.to_pylist()]
    coded = column.combine_chunks().dictionary_encode()
    words = [_text(value) for value in coded.dictionary.to_pylist()]
    return ["null" if place is None else words[place] for place in coded.indices.to_pylist()]


def _text(value: str | bool | date) -> str:
    return json.dumps(value.isoformat() if isinstance(value, date) else value, ensure_ascii=False)
