"""Plots of a training, as PNG bytes; same inputs, same bytes. Words in words.yaml (English: no font is assumed)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from training.metrics import Numbers, calibration_bins
from training.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 15  # signals


def draw_plots(
    y: Numbers, p: Numbers, rivals: Mapping[str, Numbers], importance: Mapping[str, float], bins: int
) -> dict[str, bytes]:
    """File name -> PNG. `rivals` are rankings by name (words: card.<name>) drawn beside the model's p."""
    return {
        "plots/precision_recall.png": _drawn("pr", lambda axes: _precision_recall(axes, y, {"model": p, **rivals})),
        "plots/calibration.png": _drawn("calibration", lambda axes: _calibration(axes, y, p, bins)),
        "plots/importance.png": _drawn("importance", lambda axes: _importance(axes, importance)),
    }


def _drawn(name: str, draw: Any) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.6, 4.0), dpi=90, layout="tight")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    draw(axes)
    axes.set_title(word(f"plot.{name}_title", "en"), fontsize=10)
    content = io.BytesIO()
    figure.savefig(content, format="png", metadata={"Software": None})
    return content.getvalue()


def _precision_recall(axes: Axes, y: Numbers, rankings: Mapping[str, Numbers]) -> None:
    for name, ranking in rankings.items():
        hits = np.cumsum(y[np.argsort(-ranking, kind="stable")])
        axes.plot(hits / hits[-1], hits / np.arange(1, len(y) + 1), label=word(f"card.{name}", "en"))
    axes.axhline(float(y.mean()), color="grey", linewidth=0.8, linestyle=":")
    axes.set_xlabel(word("plot.recall", "en"))
    axes.set_ylabel(word("plot.precision", "en"))
    axes.legend(fontsize=8)


def _calibration(axes: Axes, y: Numbers, p: Numbers, bins: int) -> None:
    parts = calibration_bins(y, p, bins)
    said, seen = [part[0] for part in parts], [part[1] for part in parts]
    top = max([*said, *seen]) * 1.05
    axes.plot([0, top], [0, top], color="grey", linewidth=0.8, linestyle=":")
    axes.plot(said, seen, marker="o")
    axes.set_xlabel(word("plot.said", "en"))
    axes.set_ylabel(word("plot.seen", "en"))


def _importance(axes: Axes, importance: Mapping[str, float]) -> None:
    top = list(importance.items())[:SHOWN][::-1]
    axes.barh([name for name, _ in top], [share for _, share in top])
    axes.tick_params(axis="y", labelsize=7)
    axes.set_xlabel(word("plot.importance", "en"))
