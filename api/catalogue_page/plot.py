"""A signal's spread as a small picture: SVG made on the server, readable without it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from features.profile import Profile

WIDTH, HEIGHT, FOOT = 320, 72, 16
_PICTURE = Markup(
    '<svg viewBox="0 0 320 72" role="img" aria-label="{title}"><path class="bar" d="{bars}"/>'
    '<path class="axis" d="M0 56.5h320"/><text x="0" y="69">{low}</text>'
    '<text x="320" y="69" text-anchor="end">{high}</text></svg>'
)
"""What is put in is escaped."""


def histogram(profile: Profile, *, days: bool, title: str) -> Markup:
    """Bars between the two ends that stand below them; empty where there is nothing to draw."""
    if profile.edges is None:
        return Markup("")
    low, high = (ending(edge, days=days) for edge in profile.edges)
    bars = "".join(_bar(at, count, profile.bins) for at, count in enumerate(profile.bins) if count)
    return _PICTURE.format(title=title, bars=bars, low=low, high=high)


def _bar(at: int, count: int, counts: Sequence[int]) -> str:
    """One bar as a path; a few customers are still a line."""
    width = WIDTH / len(counts)
    height = max((HEIGHT - FOOT - 4) * count / max(counts), 1)
    return f"M{at * width:.1f} {HEIGHT - FOOT}v-{height:.1f}h{width - 1:.1f}v{height:.1f}z"


def ending(value: float, *, days: bool) -> str:
    """An end of the axis, as a day or a number."""
    return (date(1970, 1, 1) + timedelta(days=value)).isoformat() if days else written(value)


def written(value: Any) -> str:
    """A value in few digits; anything but a number as it is."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:,.4g}"
