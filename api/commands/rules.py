"""`forecare rules`: read the rule book, check it, show a rule."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.console import JsonFile, Language, publish
from api.words import terminal_words
from features.errors import Refusal, nearest

HELP = """Check the rule book, list it, show one rule.

检查规则手册、列出规则、查看一条规则。

\b
Examples:
  forecare rules check
  forecare rules check balance_drop --book ./our-rules
  forecare rules show churn_risk
"""
Book = Annotated[
    Path | None,
    typer.Option("--book", metavar="DIR", help="A folder of rules (default: the built-in book). 规则目录。"),
]


def check(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[RULE]...", help="Only these rules. 只查这些规则。")
    ] = None,
    book: Book = None,
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Check fields, conditions and examples; the first problem is refused with file and line."""
    words = terminal_words(lang)
    from care.rules import check_examples

    read = _read(book)
    rules = [_rule(read, name) for name in names] if names else list(read.rules.values())
    check_examples(read, [rule.id for rule in rules])
    lines = [f"  {rule.id:<24} v{rule.version}  {rule.name.of(words.language)}" for rule in rules]
    report = {
        "book": read.version,
        "rules": {rule.id: {"version": rule.version, "examples": len(rule.examples)} for rule in rules},
    }
    publish(report, [*lines, words("rules.sound", n=len(rules), version=read.version)], json_file)


def listing(book: Book = None, json_file: JsonFile = None, lang: Language = "") -> None:
    """List the rules with class, deadline, minutes and name."""
    words = terminal_words(lang)
    rules = _read(book).rules.values()
    lines = [
        f"{rule.id:<24} {rule.care_class:<10} {rule.deadline}  {rule.minutes:>3} min  {rule.name.of(words.language)}"
        for rule in rules
    ]
    publish([_form(rule) for rule in rules], lines, json_file)


def show(
    name: Annotated[str, typer.Argument(metavar="RULE", help="A rule's id. 规则名。")],
    book: Book = None,
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Show one rule as the book has it."""
    import yaml

    terminal_words(lang)
    form = _form(_rule(_read(book), name))
    publish(form, yaml.safe_dump(form, allow_unicode=True, sort_keys=False, width=110).splitlines(), json_file)


def _read(folder: Path | None) -> Any:
    from care.rules import read_book
    from features.catalogue import read_catalogue

    return read_book(folder, read_catalogue())


def _rule(book: Any, name: str) -> Any:
    if name not in book.rules:
        raise Refusal("no such rule", place=name, remedy=nearest(name, book.rules))
    return book.rules[name]


def _form(rule: Any) -> dict[str, Any]:
    form: dict[str, Any] = rule.model_dump(mode="json", by_alias=True)
    return form


def add(app: typer.Typer) -> None:
    """Register the group."""
    group = typer.Typer(help=HELP, rich_markup_mode=None, no_args_is_help=True)
    group.command("check", help="Check fields, conditions and examples.  Example: forecare rules check 检查规则。")(
        check
    )
    group.command("list", help="List the rules.  Example: forecare rules list --lang zh 列出规则。")(listing)
    group.command("show", help="Show one rule.  Example: forecare rules show churn_risk 查看一条规则。")(show)
    app.add_typer(group, name="rules")
