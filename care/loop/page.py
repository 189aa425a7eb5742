"""A loop's report as one HTML page in both languages, with plots; same report, same bytes."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from care.loop.settings import read_loop_settings
from care.loop.tables import effects, lead, say, totals
from care.words import LANGUAGES

_WITH, _WITHOUT = "#1f5fa8", "#b3261e"


def write_page(report: Mapping[str, Any]) -> bytes:
    """The page as UTF-8; `report` is what care.loop.report gives. Plots speak English: no font is assumed."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    tables = {"totals": totals, "effects": effects}
    images = {"daily": _drawn(_draw_days, report), "looks": _drawn(_draw_looks, report)}
    page = environment.get_template("page.html").render(
        languages=LANGUAGES,
        lead={language: lead(report, language) for language in LANGUAGES},
        tables={name: {language: rows(report, language) for language in LANGUAGES} for name, rows in tables.items()},
        images={name: base64.b64encode(image).decode() for name, image in images.items()},
        both=lambda key: " / ".join(say(key, language) for language in LANGUAGES),
    )
    return page.encode()


def _drawn(draw: Any, report: Mapping[str, Any]) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), dpi=90, layout="constrained")
    FigureCanvasAgg(figure)
    draw(figure, report)
    content = io.BytesIO()
    figure.savefig(content, format="png", metadata={"Software": None})
    return content.getvalue()


def _draw_days(figure: Any, report: Mapping[str, Any]) -> None:
    days = list(range(1, len(report["days"]) + 1))
    for place, outcome in enumerate(("contacts", "complaints")):
        axes = figure.add_subplot(1, 2, place + 1)
        for arm, colour in (("with", _WITH), ("without", _WITHOUT)):
            axes.plot(days, [day[outcome][arm] for day in report["days"]], color=colour, label=say(arm, "en"))
        axes.set_title(_outcome(outcome), fontsize=10)
        axes.set_xlabel("day", fontsize=8)
        axes.set_ylim(bottom=0)
        axes.legend(fontsize=8, frameon=False)


def _draw_looks(figure: Any, report: Mapping[str, Any]) -> None:
    experiments = read_loop_settings().experiments
    for place, experiment in enumerate(experiments):
        axes = figure.add_subplot(1, len(experiments), place + 1)
        looks = [row for row in report["looks"] if row["experiment"] == experiment.name]
        told = [row for row in looks if row["outcome"] == "contacts" and row["estimate"] is not None]
        weeks = [1 + sorted({row["until"] for row in looks}).index(row["until"]) for row in told]
        axes.axhline(0, color="#8a939e", linewidth=0.8)
        axes.fill_between(
            weeks, [row["always_low"] for row in told], [row["always_high"] for row in told], color=_WITH, alpha=0.15
        )
        axes.plot(weeks, [row["estimate"] for row in told], color=_WITH, marker="o", label=say("estimate", "en"))
        axes.plot(weeks, [row["true"] for row in told], color=_WITHOUT, linestyle="--", label=say("true", "en"))
        axes.set_title(f"{experiment.en}: {_outcome('contacts')}", fontsize=10)
        axes.set_xlabel("week", fontsize=8)
        axes.legend(fontsize=8, frameon=False)


def _outcome(name: str) -> str:
    return next(one.en for one in read_loop_settings().outcomes if one.name == name)
