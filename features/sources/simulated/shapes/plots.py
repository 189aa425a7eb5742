"""The measures as small plots, a line a bank; words come from words.yaml, numbers from `measure`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from features.sources.simulated.shapes.measure import Language, Measure, Shapes, in_order, known

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 2
COLOURS = {"made": "#b3261e", "berka": "#1f5fa8", "anz": "#2e7d32", "calls": "#7b4fa3", "crm": "#8a6d00"}


def plot(shapes: Shapes, language: Language = "en") -> Figure:
    """All measures in one figure, two a row; a bank that has no answer to one is not drawn there."""
    from matplotlib.figure import Figure as Drawing

    measures = known().measures
    rows = -(-len(measures) // COLUMNS)
    drawing = Drawing(figsize=(11, 3 * rows), layout="constrained")
    for number, measure in enumerate(measures):
        _draw(drawing.add_subplot(rows, COLUMNS, number + 1), measure, shapes, language)
    return drawing


def _draw(axes: Any, measure: Measure, shapes: Shapes, language: Language) -> None:
    curves = shapes.curves[measure.name]
    banks = in_order(list(curves["bank"].unique()))
    width = 0.8 / max(1, len(banks))
    for place, bank in enumerate(banks):
        own = curves[curves["bank"] == bank.name]
        look = {"label": bank.say(language), "color": COLOURS[bank.name]}
        if measure.bars:
            axes.bar(own["x"] + (place - (len(banks) - 1) / 2) * width, own["y"], width, **look)
        else:
            axes.plot(
                own["x"], own["y"], marker=".", markersize=3, linewidth=2.2 if bank.name == "made" else 1.2, **look
            )
    if measure.log_y:
        axes.set_yscale("log")
    axes.set_title(measure.say(language), fontsize=10)
    axes.set_xlabel(measure.x.say(language), fontsize=8)
    axes.set_ylabel(measure.y.say(language), fontsize=8)
    axes.tick_params(labelsize=8)
    axes.legend(fontsize=7, frameon=False)
