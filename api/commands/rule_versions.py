"""`forecare rules versions | submit | replayed | approve | shadow | live | retire | diff | alarms`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from api import bank
from api.console import JsonFile, Language, publish
from api.words import terminal_words
from features.errors import Refusal

Who = Annotated[str, typer.Option(metavar="NAME", help="Who does it. 操作人。")]
RuleId = Annotated[str, typer.Argument(metavar="RULE", help="A rule's id. 规则名。")]
Number = Annotated[int, typer.Argument(metavar="VERSION", help="Its version. 版本号。")]
Note = Annotated[str, typer.Option(metavar="TEXT", help="What is to be said of it. 说明。")]


def versions(
    rule: Annotated[str, typer.Argument(metavar="[RULE]", help="Only this rule's. 只看此规则。")] = "",
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Every submitted version with its steps: who, when; and what was tampered with."""
    words = terminal_words(lang)
    from care.rules.versions.store import read_versions

    found = _with_bank(lambda connection, _: read_versions(connection, rule or None))
    lines = [line for one in found for line in _lines(one, words)] or [words("versions.none")]
    publish([as_json(one) for one in found], lines, json_file)


def submit(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The rule as YAML. 规则文件。")],
    who: Who,
    note: Note = "",
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Hand a new version in; it is checked, and nothing is stored where it does not stand."""
    text = file.read_text(encoding="utf-8")
    _change(lambda work, c, book, at: work.submit(c, book, text, who=who, at=at, note=note), json_file, lang)


def replayed(
    rule: RuleId,
    version: Number,
    report: Annotated[Path, typer.Option(metavar="FILE", help="The JSON of forecare replay. 回放报告。")],
    who: Who,
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Attach the report of a replay of just this version."""
    try:
        said = json.loads(report.read_text(encoding="utf-8"))
    except ValueError:
        raise Refusal("is no JSON", place=str(report), remedy="forecare replay ... --json FILE") from None
    _change(lambda work, c, _, at: work.attach_replay(c, rule, version, said, who=who, at=at), json_file, lang)


def approve(
    rule: RuleId, version: Number, who: Who, note: Note = "", json_file: JsonFile = None, lang: Language = ""
) -> None:
    """Approve a replayed version; its author cannot."""
    _step("approved", rule, version, who, note, json_file, lang)


def shadow(
    rule: RuleId, version: Number, who: Who, note: Note = "", json_file: JsonFile = None, lang: Language = ""
) -> None:
    """Let an approved version be asked every night without doing anything."""
    _step("shadow", rule, version, who, note, json_file, lang)


def live(
    rule: RuleId,
    version: Number,
    who: Who,
    share: Annotated[
        float, typer.Option(metavar="0..1", help="Share of the customers; it only grows. 客户比例。")
    ] = 1.0,
    json_file: JsonFile = None,
    lang: Language = "",
) -> None:
    """Put a version in force for a share of the customers, always the same ones and more."""
    _change(lambda work, c, _, at: work.go_live(c, rule, version, share, who=who, at=at), json_file, lang)


def retire(
    rule: RuleId, version: Number, who: Who, note: Note = "", json_file: JsonFile = None, lang: Language = ""
) -> None:
    """Take a version out of force."""
    _change(lambda work, c, book, at: work.retire(c, book, rule, version, who=who, at=at, note=note), json_file, lang)


def diff(rule: RuleId, old: Number, new: Number, json_file: JsonFile = None, lang: Language = "") -> None:
    """What changed between two versions, field by field."""
    words = terminal_words(lang)
    from care.rules.versions.service import difference

    lines = _with_bank(lambda connection, book: difference(connection, book, rule, old, new))
    publish({"rule": rule, "old": old, "new": new, "lines": lines}, lines or [words("versions.same")], json_file)


def alarms(json_file: JsonFile = None, lang: Language = "") -> None:
    """Rules that nights stopped alone: thrown, flooded, tampered with."""
    words = terminal_words(lang)
    from care.rules.versions.store import read_alarms

    found = _with_bank(lambda connection, _: read_alarms(connection))
    lines = [
        f"{one['as_of']}  {one['rule_id']} v{one['rule_version']}  {one['kind']}: {one['detail']}" for one in found
    ]
    publish(found, lines or [words("versions.no_alarms")], json_file)


def as_json(one: Any) -> dict[str, Any]:
    """A version for machines."""
    steps = [{"state": str(step.state), "who": step.who, "at": step.at, "note": step.note, "share": step.share}
             for step in one.steps]  # fmt: skip
    return {"rule_id": one.rule_id, "version": one.version, "state": str(one.state), "share": one.share,
            "sha": one.sha, "tampered": one.tampered, "steps": steps}  # fmt: skip


def _lines(one: Any, words: Any) -> list[str]:
    head = f"{one.rule_id} v{one.version}  {words(f'versions.{one.state}')}  {one.sha[:12]}"
    lines = [head + (f"  {words('versions.tampered')}: {one.tampered}" if one.tampered else "")]
    for step in one.steps:
        share = "" if step.share is None else f" {step.share:.0%}"
        lines.append(f"  {step.at[:19]}  {step.who}: {words(f'versions.{step.state}')}{share}  {step.note}".rstrip())
    return lines


def _step(state: str, rule: str, version: int, who: str, note: str, json_file: Any, lang: str) -> None:
    def take(work: Any, connection: Any, _: Any, at: Any) -> Any:
        from care.rules.versions.life import State

        return work.add_step(connection, rule, version, State(state), who=who, at=at, note=note)

    _change(take, json_file, lang)


def _change(change: Callable[[Any, Any, Any, Any], Any], json_file: Path | None, lang: str) -> None:
    words = terminal_words(lang)
    from care.rules.versions import service as work

    one = _with_bank(lambda connection, book: change(work, connection, book, bank.now()))
    publish(as_json(one), _lines(one, words), json_file)


def _with_bank(use: Callable[[Any, Any], Any]) -> Any:
    from care.rules import read_book
    from features.catalogue import read_catalogue

    held = bank.open_bank()
    try:
        with held.engine.begin() as connection:
            return use(connection, read_book(None, read_catalogue()))
    finally:
        held.engine.dispose()


def add(group: typer.Typer) -> None:
    """Register the commands beside check, list and show."""
    told: dict[str, tuple[Callable[..., None], str]] = {
        "versions": (versions, "Submitted versions and their steps. 已提交的版本。"),
        "submit": (submit, "Hand a new version in.  Example: forecare rules submit my.yaml --who wang 提交新版本。"),
        "replayed": (replayed, "Attach a replay's report. 附上回放报告。"),
        "approve": (approve, "Approve, as a second person. 由第二人审批。"),
        "shadow": (shadow, "Ask it every night, do nothing. 影子运行。"),
        "live": (live, "Put in force.  Example: forecare rules live my_rule 2 --share 0.1 --who li 启用。"),
        "retire": (retire, "Take out of force. 停用。"),
        "diff": (diff, "What changed between two versions. 比较两个版本。"),
        "alarms": (alarms, "Rules that nights stopped. 被停止的规则。"),
    }
    for name, (command, help_) in told.items():
        group.command(name, help=help_)(command)
