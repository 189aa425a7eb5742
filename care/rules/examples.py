"""The examples a rule carries, run as its tests."""

from __future__ import annotations

import math
from collections.abc import Mapping

from care.rules.book import Book
from care.rules.check import Compiled
from care.rules.rule import Verdict
from features.expression import evaluate


def check_examples(book: Book) -> list[str]:
    """One line (`file:line: reason`) for every example to which its rule says something else than expected."""
    problems: list[str] = []
    for rule_id, rule in book.rules.items():
        for position, example in enumerate(rule.examples):
            place = book.documents[rule_id].place(("examples", position))
            said = verdict(book.compiled[rule_id], rule.key, example.given)
            if said != example.expect:
                problems.append(f"{place}: '{example.why}': expected {example.expect}, the rule says {said}")
    return problems


def verdict(compiled: Compiled, key: tuple[str, ...], row: Mapping[str, object]) -> Verdict:
    """What a rule says to one row: a match also needs its value and its key to be known, as in the nightly run."""
    answer = evaluate(compiled.when, row)
    if answer is None:
        return "not enough data"
    if not answer:
        return "none"
    value = evaluate(compiled.value, row)
    known = isinstance(value, float) and math.isfinite(value) and all(row.get(name) is not None for name in key)
    return "match" if known else "not enough data"
