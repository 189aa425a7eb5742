"""`forecare rules`: read the rule book, check it, show a rule."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from api.commands import rule_versions
from api.console import JsonFile, Language, publish
from api.words import terminal_words
from features.errors import Refusal, nearest

HELP = """Check the rule book, list it, show one rule.

检查规则手册、列出规则、查看一条规则。

\b
Examples:
  forecare rules check
  forecare rules check balance_drop --book ./our-rules
  forecare rules check --over ./forecare-home --json rules.json
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
    over: Annotated[
        Path | None,
        typer.Option(
            "--over",
            metavar="HOME",
            help="Try the rules on a home's stored days too: which never fire, which are alike. 用已存快照试运行。",
        ),
    ] = None,
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Check fields, names, words, conditions, examples, thresholds, conflicts, twins and rules that never fire.

    Every problem is a line with file, line, field, reason and remedy on standard error; the exit code is then 2.
    """
    words = terminal_words(lang)
    from care.rules.soundness import check_whole
    from features.catalogue import read_catalogue

    read, problems = check_whole(book, read_catalogue(), names, _days(over) if over else ())
    known = {*read.rules, *read.documents}
    for name in names or ():
        if name not in known:
            raise Refusal("no such rule", place=name, remedy=nearest(name, known))
    rules = [rule for rule in read.rules.values() if not names or rule.id in names]
    report = {
        "book": read.version,
        "rules": [{"id": rule.id, "version": rule.version, "examples": len(rule.examples)} for rule in rules],
        "problems": [_told(problem) for problem in problems],
    }
    if problems:
        publish(report, (), json_file)
        for problem in problems:
            print(f"forecare: {problem.place}: {problem.field}: {problem.reason}; {problem.remedy}", file=sys.stderr)
        raise typer.Exit(2)
    lines = [f"  {rule.id:<24} v{rule.version}  {rule.name.of(words.language)}" for rule in rules]
    publish(report, [*lines, words("rules.sound", n=len(rules), version=read.version)], json_file)


def _told(problem: Any) -> dict[str, Any]:
    """A problem for machines."""
    path, _, line = problem.place.rpartition(":")
    where = (path, int(line)) if line.isdecimal() else (problem.place, None)
    return {
        "file": where[0],
        "line": where[1],
        "field": problem.field,
        "reason": problem.reason,
        "remedy": problem.remedy,
    }


def _days(home: Path) -> list[Any]:
    """The stored days of a home, oldest first."""
    from datetime import date

    import pyarrow.parquet as pq

    from care.rules.soundness import Day

    files = sorted(home.glob("snapshots/as_of=*/signals.parquet"))
    if not files:
        raise Refusal("no stored days of signals", place=str(home), remedy="run a night or 'forecare signals build'")
    return [Day(date.fromisoformat(path.parent.name.removeprefix("as_of=")), pq.read_table(path)) for path in files]


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
    rule_versions.add(group)
    app.add_typer(group, name="rules")
