"""The rule book: one YAML document a rule, read, checked against the catalogue and versioned by its content."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

from care.rules.check import AS_OF, Compiled, Problem, RuleCheck, names_of
from care.rules.event_columns import event_types
from care.rules.evidence import read_evidence
from care.rules.rule import Rule
from features.catalogue import Catalogue
from features.documents import Document, read_documents, validate
from features.errors import Refusal, nearest
from features.expression import Type, evaluate


@dataclass(frozen=True)
class Book:
    """The rules in the order of their ids, their compiled expressions and documents, and a hash of what they say.

    texts: what was read, by rule id, also of rules that others name and that are out of force: with it the book can be
    read again, wherever it came from.
    """

    rules: Mapping[str, Rule]
    version: str
    compiled: Mapping[str, Compiled]
    documents: Mapping[str, Document]
    texts: Mapping[str, str]
    catalogue: Catalogue

    @property
    def types(self) -> dict[str, Type]:
        """The names that expressions may use, those of each rule's event included."""
        events = (event_types(rule.on) for rule in self.rules.values())
        return {**names_of(self.catalogue), **{name: type_ for part in events for name, type_ in part.items()}}

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id; Refusal with the nearest one if the book has none."""
        if rule_id not in self.rules:
            raise Refusal(f"unknown rule '{rule_id}'", remedy=nearest(rule_id, self.rules))
        return self.rules[rule_id]

    def likelihood(self, rule_id: str, evidence: str | Mapping[str, object], as_of: date) -> float | None:
        """How likely a match's loss is without us, 0..1: the rule's prior, or its expression over the evidence."""
        self.rule(rule_id)
        row = {**read_evidence(evidence, self.types), AS_OF: as_of}
        value = evaluate(self.compiled[rule_id].probability, row)
        return min(max(value, 0.0), 1.0) if isinstance(value, float) and math.isfinite(value) else None


def read_book(folder: Path | None, catalogue: Catalogue) -> Book:
    """The book in `folder` (None: the one that comes with the service); Refusal (file:line) at the first problem."""
    book, problems = read_problems(folder, catalogue)
    if problems:
        raise problems[0]
    return book


def check_book(folder: Path | None, catalogue: Catalogue) -> tuple[Book, list[str]]:
    """What can be read of a book, and everything that is wrong with it, one line (`file:line: reason; remedy`) each."""
    book, problems = read_problems(folder, catalogue)
    return book, [str(problem) for problem in problems]


def read_problems(folder: Path | None, catalogue: Catalogue) -> tuple[Book, list[Problem]]:
    """What can be read of a book, and what is wrong with its fields, names, expressions and sentences."""
    folder = folder or Path(__file__).with_name("book")
    problems: list[Problem] = []
    rules: dict[str, Rule] = {}
    documents: dict[str, Document] = {}
    for path in _files(folder):
        try:
            document = _document(path)
            rule = validate(document, Rule)
        except Refusal as refusal:
            named = re.search("field '([^']*)'", refusal.reason)
            problems.append(Problem.of(refusal, named[1] if named else ""))
            continue
        rules[path.stem], documents[path.stem] = rule, document
    # Rules that could not be read still count as known, so that one mistake is reported once.
    known = {path.stem for path in _files(folder)}
    compiled: dict[str, Compiled] = {}
    for rule_id, rule in rules.items():
        check = RuleCheck(rule, documents[rule_id], catalogue)
        problems += check.problems(known)
        if check.compiled:
            compiled[rule_id] = check.compiled
    sound = _silenced({rule_id: rules[rule_id] for rule_id in sorted(compiled)})
    texts = {rule_id: document.path.read_text(encoding="utf-8-sig") for rule_id, document in documents.items()}
    book = Book(MappingProxyType(sound), _version(documents), compiled, documents, texts, catalogue)
    return book, sorted(problems, key=_where)


def _silenced(rules: Mapping[str, Rule]) -> dict[str, Rule]:
    """The rules, each giving way also to those that silence its class; two that silence the same stand together."""
    found = {}
    for rule in rules.values():
        louder = [
            other.id
            for other in rules.values()
            if rule.care_class in other.silences and not set(other.silences) <= set(rule.silences)
        ]
        given_way = tuple(dict.fromkeys((*rule.suppressed_by, *louder)))
        found[rule.id] = rule.model_copy(update={"suppressed_by": given_way})
    return found


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise Refusal("no such folder", place=str(folder), remedy="give a folder of rules, one <id>.yaml each")
    files = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
    if not files:
        raise Refusal("no rules in it", place=str(folder), remedy="put one <id>.yaml a rule there")
    return files


def _document(path: Path) -> Document:
    documents = read_documents(path)
    if path.suffix != ".yaml" or len(documents) != 1:
        raise Refusal("is not one rule in one .yaml file", place=f"{path}:1", remedy="write one document a file")
    # YAML reads a bare `on` as true.
    return replace(
        documents[0], data={"on" if str(key) == "True" else key: value for key, value in documents[0].data.items()}
    )


def _where(problem: Problem) -> tuple[str, int]:
    path, _, line = problem.place.rpartition(":")
    return (path, int(line)) if line.isdecimal() else (problem.place, 0)


def _version(documents: Mapping[str, Document]) -> str:
    said = {rule_id: document.data for rule_id, document in documents.items()}
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:16]
