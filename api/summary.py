"""A night's summary in words: what was read, who has how much to do, the first tasks and why, how long it took."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.words import Words

ABREAST = 5  # managers in a line
TOP = 5


def summary_lines(summary: Mapping[str, Any], words: Words, currency: str) -> list[str]:
    """The summary (the night's JSON) as lines for a terminal; amounts are in `currency`."""
    from care.words import say_value

    as_of = say_value(summary["as_of"], "day", words.language, currency)
    lines = ["", words("summary.title", as_of=as_of)]
    lines += [said(summary["note"], words.language)] if "note" in summary else []
    lines += ["", words("summary.intake")]
    for table, count in dict(summary["intake"]).items():
        lines.append(f"  {table:<14} {count['accepted']:>12,}  {words('summary.quarantined', n=count['quarantined'])}")
    signals = summary["signals"]
    lines.append(words("summary.signals", customers=f"{signals['customers']:,}", signals=signals["signals"]))
    lines += ["", words("summary.model"), *(f"  {line}" for line in model_lines(summary["model"], words))]
    lines += ["", words("summary.matches")]
    lines += [f"  {rule:<24} {number:>7,}" for rule, number in dict(summary["matches"]).items()]
    lines += _fate_lines(summary, words)
    lines += _task_lines(summary["tasks"], words, currency)
    answers = summary["pre_answers"]
    lines += ["", words("summary.pre_answers", customers=f"{answers['customers']:,}", topics=answers["topics"])]
    lines += ["", words("summary.timings")]
    lines += [f"  {step:<24} {seconds:>8.2f} s" for step, seconds in dict(summary["timings"]).items()]
    return lines


def model_lines(model: Mapping[str, Any], words: Words) -> list[str]:
    """A model's report in words: its status, why, and every number it gives."""
    key = f"model.{str(model.get('status')).replace(' ', '_')}"
    lines = [words(key) if key in words else str(model.get("status"))]
    if model.get("why"):
        lines += [str(model["why"])] if isinstance(model["why"], str) else [str(line) for line in model["why"]]
    for name, value in sorted(model.items()):
        if isinstance(value, dict) and value:
            lines.append(f"{name}: " + ", ".join(f"{key} {_number(item)}" for key, item in value.items()))
        elif name not in ("status", "why") and not isinstance(value, dict | list):
            lines.append(f"{name}: {_number(value)}")
    return lines


def _fate_lines(summary: Mapping[str, Any], words: Words) -> list[str]:
    """What became of the matches, and the rules that could not be asked."""
    fates = ", ".join(f"{reason} {number:,}" for reason, number in dict(summary.get("fates", {})).items())
    unknown = ", ".join(f"{rule} {number:,}" for rule, number in dict(summary.get("not_enough_data", {})).items())
    stopped = [f"  {rule}: {why}" for rule, why in dict(summary.get("stopped_rules", {})).items()]
    lines = [words("summary.fates", fates=fates)] if fates else []
    lines += [words("summary.unknown", rules=unknown)] if unknown else []
    return [*lines, *([words("summary.stopped"), *stopped] if stopped else [])]


def _task_lines(tasks: Mapping[str, Any], words: Words, currency: str) -> list[str]:
    from care.words import say_value

    lines = ["", words("summary.tasks", n=f"{tasks['total']:,}")]
    managers = [f"{manager:<10}{number:>4,}" for manager, number in dict(tasks["by_manager"]).items()]
    lines += ["  " + "    ".join(managers[at : at + ABREAST]) for at in range(0, len(managers), ABREAST)]
    top = list(tasks["top"])[:TOP]
    if top:
        lines += ["", words("summary.top")]
    for position, task in enumerate(top, start=1):
        slots = {name: say_value(task[name], "money", words.language, currency) for name in ("priority", "value")}
        slots |= {"customer": task["customer_id"], "rules": ", ".join(task["rules"])}
        lines.append(f"  {position}. " + words("summary.task", **slots))
        lines += [f"     - {said(reason, words.language)}" for reason in task["reasons"]]
        lines += [f"       {said(line, words.language)}" for line in task.get("score", [])]
    return lines


def said(text: Any, language: str) -> str:
    """A text that is the same in all languages, or the one for `language` of a mapping by language."""
    return str(text[language]) if isinstance(text, Mapping) else str(text)


def _number(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) >= 100 else f"{value:.4g}"
    if isinstance(value, dict):
        return "(" + ", ".join(f"{key} {_number(item)}" for key, item in value.items()) + ")"
    return str(value)
