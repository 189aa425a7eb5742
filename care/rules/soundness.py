"""What may be wrong with a book as a whole: examples, thresholds, conflicts, twins, rules that never fire."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

from care.rules.book import Book, read_problems
from care.rules.check import Problem
from care.rules.examples import example_problems
from care.rules.rule import Rule, Words
from care.rules.thresholds import uncovered
from features.catalogue import Catalogue
from features.documents import read_documents
from features.expression import Call, Literal, Name, Node, evaluate

YEAR = Path(__file__).with_name("year.yaml")
"""Matches of each condition over a year of the made bank, by the condition's hash; see benchmarks/rule_truth.py."""
ALIKE = 0.9
"""Share of the customers of either rule whom both match, from which on two rules are one rule written twice."""
FEWEST = 20
"""Below so many matches two rules are not compared: chance makes few customers alike."""
_EITHER_WAY = ("and", "or", "=", "<>", "+", "*", "least", "greatest")


@dataclass(frozen=True)
class Day:
    """A day's signals that the rules are tried on."""

    as_of: date
    table: Any  # pa.Table


def check_whole(
    folder: Path | None, catalogue: Catalogue, rule_ids: Sequence[str] | None = None, days: Sequence[Day] = ()
) -> tuple[Book, list[Problem]]:
    """What can be read of a book (None: the one that comes with the service), and everything that is wrong with it.

    `rule_ids`: tell of these rules only. `days`: snapshots on which each rule should fire at least once and no two
    alike; without them the stored year of the made bank tells which conditions never fire. In order of file and line.
    """
    book, problems = read_problems(folder, catalogue)
    found = [*problems, *example_problems(book), *_thresholds(book), *_ends(book), *_conflicts(book), *_words(book)]
    found += _twins(book)
    found += _on_days(book, days) if days else _dead(book, _year())
    wanted = set(book.rules if rule_ids is None else rule_ids)
    told = [one for one in found if rule_ids is None or _file(one) in wanted]
    return book, sorted(told, key=_where)


def condition_version(book: Book, rule_id: str) -> str:
    """A hash of a rule's condition as it is meant: however it is spaced, and in whichever order its parts stand."""
    return hashlib.sha256(normalised(book.compiled[rule_id].when.tree).encode()).hexdigest()[:16]


@cache
def normalised(node: Node) -> str:
    """A condition in one form whatever its order: what may be swapped is sorted."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Literal):
        return f"{node.type}:{node.value!r}"
    if node.of in (">", ">="):
        flipped = {">": "<", ">=": "<="}[node.of]
        return normalised(Call(flipped, (node.arguments[1], node.arguments[0]), node.type))
    parts = [normalised(argument) for argument in node.arguments]
    parts = sorted(set(parts) if node.of in ("and", "or") else parts) if node.of in _EITHER_WAY else parts
    return f"({node.of} {' '.join(parts)})"


def _problem(book: Book, rule_id: str, field: str, reason: str, remedy: str) -> Problem:
    document = book.documents[rule_id]
    location = tuple(int(part) if part.isdecimal() else part for part in field.split("."))
    return Problem(reason, place=document.place(location), field=field, remedy=remedy)


def _thresholds(book: Book) -> Iterator[Problem]:
    for rule_id in book.rules:
        for one in uncovered(book, rule_id):
            low, high = sorted((_written(one.threshold), _written(one.neighbour)), key=_size)
            reason = f"no example holds the threshold {_written(one.threshold)}: all would say the same were it "
            reason += _written(one.neighbour)
            yield _problem(book, rule_id, "when", reason, f"add an example between {low} and {high}")


def _ends(book: Book) -> Iterator[Problem]:
    for rule in book.rules.values():
        for at, example in enumerate(rule.examples):
            if example.expect == "match" and evaluate(book.compiled[rule.id].until, example.given) is True:
                reason = f"the episode of example '{example.why}' would end as it begins"
                yield _problem(book, rule.id, "until", reason, f"mend 'until' or example {at + 1}")


def _conflicts(book: Book) -> Iterator[Problem]:
    for field in ("suppressed_by", "supersedes"):
        for rule in book.rules.values():
            for other in getattr(rule, field):
                if other in book.rules and rule.id in getattr(book.rules[other], field) and rule.id < other:
                    reason = f"'{rule.id}' and '{other}' each give way to the other, so that neither has its say"
                    yield _problem(book, rule.id, field, reason, "keep one of the two")
    for rule in book.rules.values():
        for other in sorted(set(rule.supersedes) & set(rule.suppressed_by)):
            reason = f"'{other}' both stops this rule and is stopped by it"
            yield _problem(book, rule.id, "supersedes", reason, "keep one of the two")


def _words(book: Book) -> Iterator[Problem]:
    for rule in book.rules.values():
        said: dict[str, Words] = {"name": rule.name, "reason": rule.reason, "talk_track": rule.talk_track}
        for field, words in said.items():
            if not _chinese(words.zh):
                yield _problem(book, rule.id, f"{field}.zh", "has no Chinese in it", "write it in Chinese")
            if _chinese(words.en):
                yield _problem(book, rule.id, f"{field}.en", "has Chinese in it", "write it in English")


def _chinese(text: str) -> bool:
    return re.search("[一-鿿]", text) is not None


def _twins(book: Book) -> Iterator[Problem]:
    for rule, other in _pairs(book):
        if condition_version(book, rule.id) == condition_version(book, other.id):
            reason = f"the condition is that of '{other.id}'"
            yield _problem(book, rule.id, "when", reason, "keep one of the two, or say what differs")


def _pairs(book: Book) -> Iterator[tuple[Rule, Rule]]:
    """Every two rules that may run, the later of them first."""
    return ((later, earlier) for earlier, later in combinations([r for r in book.rules.values() if r.enabled], 2))


def _on_days(book: Book, days: Sequence[Day]) -> Iterator[Problem]:
    from care.rules.matching import compile_book  # it brings the engine along, which most checks do without

    compiled = compile_book(book)
    matches: dict[str, set[tuple[int, int]]] = {rule_id: set() for rule_id in book.rules}
    for at, day in enumerate(days):
        found = compiled.match(day.table, day.as_of)
        for rule_id in found.rules:
            matches[rule_id] |= {(at, int(row)) for row in found.rows_of(rule_id)}
    for rule_id, rows in matches.items():
        if not rows and book.rules[rule_id].enabled and book.rules[rule_id].waits_for is None:
            yield _never(book, rule_id, f"on any of {len(days)} days")
    for rule, other in _pairs(book):
        one, two = matches[rule.id], matches[other.id]
        both = len(one & two)
        if min(len(one), len(two)) >= FEWEST and both >= ALIKE * len(one | two):
            reason = f"{both} of {len(one | two)} matches are also those of '{other.id}'"
            yield _problem(book, rule.id, "when", reason, "keep one of the two, or let one supersede the other")


def _never(book: Book, rule_id: str, when: str) -> Problem:
    remedy = "mend the condition, or say in 'waits_for' what is not handed over yet"
    return _problem(book, rule_id, "when", f"the condition was not true of any customer {when}", remedy)


def _dead(book: Book, year: Mapping[str, int]) -> Iterator[Problem]:
    for rule in book.rules.values():
        fires = year.get(condition_version(book, rule.id))
        if fires == 0 and rule.enabled and rule.waits_for is None:
            yield _never(book, rule.id, "in a year of the made bank")


def _year() -> Mapping[str, int]:
    if not YEAR.exists():
        return {}
    return {str(one["condition"]): int(one["fires"]) for one in read_documents(YEAR)[0].data["rules"]}


def _written(value: float | date) -> str:
    return value.isoformat() if isinstance(value, date) else f"{round(value, 9):f}".rstrip("0").rstrip(".")


def _size(written: str) -> tuple[float, str]:
    try:
        return float(written), written
    except ValueError:
        return 0.0, written


def _file(problem: Problem) -> str:
    return Path(problem.place.rpartition(":")[0] or problem.place).stem


def _where(problem: Problem) -> tuple[str, int, str]:
    path, _, line = problem.place.rpartition(":")
    return (path, int(line), problem.field) if line.isdecimal() else (problem.place, 0, problem.field)
