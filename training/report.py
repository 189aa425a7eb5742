"""What a training tells: to people, to the command line, to MLflow."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from training.words import Line

NOT_ENOUGH = "not enough data"
CHAMPION = "champion"
CHALLENGER = "challenger"


@dataclass(frozen=True)
class TrainReport:
    """status: champion (promoted), challenger (kept, not promoted) or 'not enough data'; why: the findings behind it.

    `facts` are numbers and days as JSON: as_of, days, rows, share_left, model, baselines, difference, importance ...
    The same inputs and seed give the same report, whenever and however often it is asked for.
    """

    status: str
    why: tuple[Line, ...]
    as_of: date
    version: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self, language: str = "en") -> dict[str, Any]:
        """Everything as JSON, `why` in words of 'zh' or 'en', one line each."""
        told: dict[str, Any] = {"status": self.status, "why": [line.text(language) for line in self.why]}
        told["as_of"] = self.as_of.isoformat()
        return told if self.version is None else {**told, "version": str(self.version), **self.facts}

    def stored(self) -> dict[str, Any]:
        """As kept beside the run; `restored` reads it back."""
        lines = [line.as_json() for line in self.why]
        return {"status": self.status, "why": lines, "as_of": self.as_of.isoformat(), "facts": dict(self.facts)}


def restored(stored: Mapping[str, Any], version: int) -> TrainReport:
    """The report of an earlier run."""
    lines = tuple(Line(line["code"], line["values"]) for line in stored["why"])
    return TrainReport(stored["status"], lines, date.fromisoformat(stored["as_of"]), version, stored["facts"])


def keep_lack(home: Path, report: TrainReport) -> None:
    """Remember that the newest training found too little data, so that a night can say why it has no scores."""
    path = home / "models" / "not_enough_data.json"
    if report.status != NOT_ENOUGH:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_suffix(".writing")
    waiting.write_text(json.dumps(report.as_json(), ensure_ascii=False, sort_keys=True), encoding="utf-8")
    waiting.replace(path)


def kept_lack(home: Path) -> dict[str, Any] | None:
    """What `keep_lack` remembered: {status, why, as_of}; None if the newest training had enough, or there was none."""
    path = home / "models" / "not_enough_data.json"
    kept: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return kept


def not_enough(as_of: date, lacking: Sequence[Line]) -> TrainReport:
    """No model, and what to do about it."""
    return TrainReport(NOT_ENOUGH, tuple(lacking), as_of)
