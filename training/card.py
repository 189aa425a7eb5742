"""The model card: one HTML page in both languages: what a model is, how good, and why it was promoted or not."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.settings import Label
from training.words import LANGUAGES, Line, word

MEASURES = ("auc_pr", "auc_roc", "lift", "recall", "brier", "calibration_error")


def write_card(report: Mapping[str, Any], why: Sequence[Line], label: Label, plots: Mapping[str, bytes]) -> bytes:
    """The page as UTF-8; `report` is what training reports (see training.train), plots are PNG by file name."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    values = {"lead": label.lead_days, "until": label.until_days, "look_back": label.look_back_days, "drop": label.drop}
    page = environment.get_template("card.html").render(
        report=report,
        label=[Line("card.label_text", values).text(language) for language in LANGUAGES],
        qualities={"model": report["model"], **report["baselines"]},
        measures=MEASURES,
        why=[[line.text(language) for language in LANGUAGES] for line in why],
        images=[base64.b64encode(plots[name]).decode() for name in sorted(plots)],
        both=lambda code: " / ".join(word(code, language) for language in LANGUAGES),
    )
    return page.encode()
