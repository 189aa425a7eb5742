"""The report of a replay as a page, and as the lines of a terminal, in one language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from string import Template
from typing import Any

from care.replay.plots import draw_days
from care.words import read_words, say_value

Report = Mapping[str, Any]
_HERE = Path(__file__).parent
_COUNTS = ("version", "customer_days", "customers", "episodes", "episodes_a_day", "tasks", "minutes")
_DESK = ("all_tasks", "tasks_a_manager_day", "minutes_a_manager_day", "share_of_minutes", "waiting_a_day", "expected")


class Teller:
    """Says a report in `language` (zh or en)."""

    def __init__(self, report: Report, language: str) -> None:
        self.report, self.language = report, language
        self._words = read_words(_HERE / "words.yaml")
        self._funnel = read_words(_HERE.parent / "decisions" / "words.yaml")

    def word(self, key: str, **slots: object) -> str:
        """The word of a key, with its slots filled."""
        return Template(self._words[key][self.language]).substitute({name: str(one) for name, one in slots.items()})

    def share(self, value: float | None) -> str:
        """A share in percent."""
        return "–" if value is None else say_value(value, "ratio", self.language, "")

    def money(self, minor: int) -> str:
        """An amount."""
        return say_value(minor / 100, "money", self.language, self.report["currency"])

    def rows(self, rule: Report) -> list[tuple[str, list[str]]]:
        """The numbers of a rule, a row each: (key of the word, cells for live, if there is one, and tried)."""
        sides = [one for one in (rule["live"], rule["tried"]) if one is not None]
        found = [(name, [f"{one[name]:,}" for one in sides]) for name in _COUNTS]
        found += [(name, [self.money(one[f"{name}_minor"]) for one in sides]) for name in ("value", "expected")]
        if rule["happened"] is not None:
            found += [(name, [f"{one[name]:,}" for one in sides]) for name in ("judged", "hits")]
            found.append(("precision", [self._interval(one["precision"], shares=True) for one in sides]))
            found.append(("rate_for_all", [self.share(rule["rate_for_all"])] * len(sides)))
            found.append(("lead_days", [self._interval(one["lead_days"], shares=False) for one in sides]))
        return found

    def fates(self, rule: Report) -> list[tuple[str, str, list[str]]]:
        """What each stage of the funnel decided: (stage, reason, counts)."""
        sides = [one for one in (rule["live"], rule["tried"]) if one is not None]
        counted = [{(row["stage"], row["reason"]): row["candidates"] for row in one["fates"]} for one in sides]
        keys = list(dict.fromkeys(key for one in reversed(counted) for key in one))
        return [
            (self._stage(stage), self._reason(reason), [f"{one.get((stage, reason), 0):,}" for one in counted])
            for stage, reason in keys
        ]

    def desk(self) -> list[tuple[str, list[str]]]:
        """The managers' days: (key of the word, live and tried)."""
        sides = [self.report["managers"][name] for name in ("live", "tried")]
        return [(name, [self._of_desk(name, one) for one in sides]) for name in _DESK]

    def _of_desk(self, name: str, one: Report) -> str:
        if name == "all_tasks":
            return f"{one['tasks']:,}"
        if name == "expected":
            return self.money(one["expected_minor"])
        if name == "share_of_minutes":
            return self.share(one[name])
        return str(one[name]) if name == "waiting_a_day" else ", ".join(str(part) for part in one[name].values())

    def _interval(self, told: list[float | None] | None, *, shares: bool) -> str:
        if told is None or told[0] is None:
            return "–"
        value, low, high = (self.share(one) if shares else "–" if one is None else f"{one:g}" for one in told)
        return f"{value} ({low} – {high})"

    def _stage(self, stage: str) -> str:
        return str(self._funnel["stages"][stage][self.language])

    def _reason(self, reason: str) -> str:
        text = Template(self._funnel["reasons"][reason][self.language])
        return text.safe_substitute(dict.fromkeys(text.get_identifiers(), "…"))


def write_page(report: Report, language: str) -> str:
    """The page as HTML: tables, plots, examples. Same report, same bytes."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    teller, first = Teller(report, language), date.fromisoformat(report["from"])

    def plot(rule: Report, name: str) -> Markup:
        live = rule["daily"]["live"]
        return Markup(draw_days(first, rule["daily"]["tried"][name], live and live[name]))  # noqa: S704 - drawn here

    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    told = {"w": teller.word, "share": teller.share, "rows": teller.rows, "fates": teller.fates, "desk": teller.desk}
    return environment.get_template("page.html").render(report=report, language=language, plot=plot, **told)


def table_lines(report: Report, language: str) -> list[str]:
    """What the terminal shows: a table a rule, and the managers' days."""
    teller = Teller(report, language)
    names = {"first": report["from"], "last": report["to"], "days": report["days"], "customers": report["customers"]}
    lines = [teller.word("title"), teller.word("span", **names, until=report["judged_until"]), teller.word("assumed")]
    for rule_id, rule in report["rules"].items():
        heads = [teller.word(name) for name in ("live", "tried") if name == "tried" or rule["live"]]
        lines += ["", f"{rule['name'][language]} ({rule_id})", _line("", heads)]
        lines += [_line(teller.word(name), cells) for name, cells in teller.rows(rule)]
        lines += [_line(f"{stage}: {reason}", cells) for stage, reason, cells in teller.fates(rule)]
        alone = rule["only_this_rule"]
        lines.append(teller.word("only_this_rule", customers=alone["customers"], share=teller.share(alone["share"])))
        near = [f"{other} {teller.share(part)}" for other, part in rule["overlap"].items() if part]
        lines.append(f"{teller.word('overlap')}: {', '.join(near) or '–'}")
    lines += ["", teller.word("managers"), _line("", [teller.word("live"), teller.word("tried")])]
    return [*lines, *(_line(teller.word(name), cells) for name, cells in teller.desk())]


def _line(name: str, cells: list[str]) -> str:
    from unicodedata import east_asian_width

    wide = sum(east_asian_width(letter) in "WF" for letter in name)
    return f"  {name}{' ' * max(46 - len(name) - wide, 1)}" + "".join(f"{cell:>30}" for cell in cells)
