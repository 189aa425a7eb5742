"""The plots of a replay as SVG: days against counts, tried beside live. No words in them: the page has those."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

TRIED, LIVE = "#2b5fb4", "#9aa3b2"


def draw_days(first: date, tried: Sequence[int], live: Sequence[int] | None) -> str:
    """One line a walk over the days from `first` on; the same numbers give the same bytes."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    settings: dict[Any, Any] = {"svg.hashsalt": "forecare", "svg.fonttype": "none", "font.family": "sans-serif"}
    with mpl.rc_context(settings):
        figure = Figure(figsize=(8.4, 2.6), layout="tight")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        days: Any = [first + timedelta(days=n) for n in range(len(tried))]
        if live is not None:
            axes.plot(days, live, color=LIVE, linewidth=1.1)
        axes.plot(days, tried, color=TRIED, linewidth=1.1)
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=7)
        content = io.StringIO()
        figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
    text = content.getvalue()
    return text[text.index("<svg") :]
