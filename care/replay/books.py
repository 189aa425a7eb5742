"""The book in force, and the same with the rules that somebody would like to try."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from care.books import Books
from care.rules.versions.force import with_rules
from features.documents import read_documents
from features.errors import Refusal


@dataclass(frozen=True)
class Trial:
    """The books in force, the books to try, and the rules in which they differ."""

    live: Books
    tried: Books
    rule_ids: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """The signals that either book reads, for matches, evidence, keys and ends of episodes."""
        found: set[str] = set()
        for book in (self.live.book, self.tried.book):
            for rule in book.rules.values():
                compiled = book.compiled[rule.id]
                found |= compiled.names | compiled.until.names | set(rule.evidence) | set(rule.key)
        return sorted(found & set(self.live.catalogue.stored))


def read_trial(live: Books, path: Path) -> Trial:
    """The rule in a file, or those in a folder (one a file), put into the book in force over those of the same id.

    Refusal (file and line as they stand there) for anything wrong with them.
    """
    files = {_id_of(file): file for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])}
    if not files:
        raise Refusal("no rules in it", place=str(path), remedy="give a file or a folder of rules")
    try:
        tried = with_rules(live.book, {one: file.read_text(encoding="utf-8-sig") for one, file in files.items()}, set())
    except Refusal as refusal:
        name, _, line = refusal.place.partition(".yaml")
        place = f"{files[name]}{line}" if name in files else refusal.place
        raise Refusal(refusal.reason, place=place, remedy=refusal.remedy) from None
    return Trial(live, replace(live, book=tried), tuple(sorted(files)))


def _id_of(file: Path) -> str:
    documents = read_documents(file)
    rule_id = documents[0].data.get("id") if len(documents) == 1 else None
    if not isinstance(rule_id, str):
        raise Refusal("is not one rule with an id", place=f"{file}:1", remedy="write one document, id: name_of_it")
    return rule_id
