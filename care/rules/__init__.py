"""The rule book: what a bank watches for, as data with an owner, examples and an expiry date."""

from care.rules.book import Book, check_book, read_book
from care.rules.examples import check_examples, run_examples
from care.rules.rule import Rule

__all__ = ["Book", "Rule", "check_book", "check_examples", "read_book", "run_examples"]
