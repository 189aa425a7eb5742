"""The examples a rule carries, run as its tests."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from care.rules.book import Book
from care.rules.check import Compiled, Problem
from care.rules.rule import Verdict
from features.expression import evaluate


def run_examples(book: Book, rule_ids: Sequence[str] | None = None) -> list[str]:
    """One line (`file:line: reason; remedy`) for every example to which its rule says something else than expected.

    `rule_ids`: only these rules; Refusal if the book has no such rule.
    """
    return [str(problem) for problem in example_problems(book, rule_ids)]


def check_examples(book: Book, rule_ids: Sequence[str] | None = None) -> None:
    """Refusal (file:line) at the first example to which its rule says something else than expected."""
    for problem in example_problems(book, rule_ids):
        raise problem


def example_problems(book: Book, rule_ids: Sequence[str] | None = None) -> Iterator[Problem]:
    """Every example to which its rule says something else than expected; Refusal for a rule the book does not have."""
    for rule in [book.rule(rule_id) for rule_id in (book.rules if rule_ids is None else rule_ids)]:
        for position, example in enumerate(rule.examples):
            said = verdict(book.compiled[rule.id], rule.key, example.given)
            if said != example.expect:
                place = book.documents[rule.id].place(("examples", position))
                reason = f"example '{example.why}' expects {example.expect}, the rule says {said}"
                field = f"examples.{position}"
                yield Problem(reason, place=place, field=field, remedy="mend the rule or the example")


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
