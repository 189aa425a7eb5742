"""A small catalogue and a small book to write into, so that these tests do not move with the bank's own."""

from dataclasses import dataclass, field

import pytest

from features.expression import Type

UNITS = {"money": "number", "ratio": "number", "days": "number", "count": "number", "text": "text", "day": "day"}


@dataclass(frozen=True)
class NamedSignal:
    zh: str
    en: str
    unit: str

    @property
    def said(self):
        return [self.zh, self.en, self.unit]


@dataclass(frozen=True)
class SmallCatalogue:
    signals: dict[str, NamedSignal] = field(default_factory=dict)

    @property
    def types(self) -> dict[str, Type]:
        return {name: UNITS[signal.unit] for name, signal in self.signals.items()}

    def needed(self, names):
        return [self.signals[name] for name in names]


RULE = """\
id: {id}
version: 3
owner: retail deposits
expires_on: 2027-12-31
name: {{zh: 余额低, en: Low balance}}
class: care
on: {on}
when: {when}
evidence: {evidence}
value: {value}
probability: {probability}
effect: 0.2
deadline: P2
minutes: 10
channels: [phone]
cool_down: 30
key: {key}
suppressed_by: {suppressed_by}
reason:
  zh: 资产 $assets，$due_on 到期。
  en: {reason}
talk_track: {{zh: 问候。, en: Greet.}}
holdout: 0.1
enabled: {enabled}
until: {until}
timeout_days: 30
examples:
  - {{given: {{assets: 1000, due_on: 2026-07-01}}, expect: match, why: at the line}}
  - {{given: {{assets: 1000.01, due_on: 2026-07-01}}, expect: none, why: above the line}}
  - {{given: {{due_on: 2026-07-01}}, expect: not enough data, why: no assets known}}
"""
USUAL = {
    "id": "low",
    "when": "assets <= 1000",
    "on": "day",
    "evidence": "[assets, segment, due_on, complaints]",
    "until": "assets > 2000",
    "value": "assets",
    "probability": "0.5",
    "key": "[due_on]",
    "suppressed_by": "[]",
    "reason": "Assets of $assets, due on $due_on.",
    "enabled": "true",
}


@pytest.fixture(scope="session")
def small_catalogue():
    return SmallCatalogue(
        {
            "assets": NamedSignal("资产", "assets", "money"),
            "segment": NamedSignal("客群", "segment", "text"),
            "due_on": NamedSignal("还款日", "due date", "day"),
            "complaints": NamedSignal("投诉次数", "complaints", "count"),
            "fall": NamedSignal("降幅", "fall", "ratio"),
        }
    )


@pytest.fixture
def write_rule(tmp_path):
    """Writes `<id>.yaml` into a folder; the fields given replace the usual ones. Returns the folder."""

    def write(stem="low", **fields):
        folder = tmp_path / "book"
        folder.mkdir(exist_ok=True)
        text = RULE.format(**{**USUAL, "id": stem, **fields})
        (folder / f"{stem}.yaml").write_text(text, encoding="utf-8")
        return folder

    return write
