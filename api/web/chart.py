"""The balance chart: a line of days and money as SVG made on the server, with a title and a description for readers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import ceil, floor, log10

from markupsafe import Markup, escape

from api.words import Words
from care.words import say_value

WIDTH, HEIGHT = 760, 240
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 30
Levels = Sequence[tuple[date, int]]


def balance_chart(levels: Levels, words: Words, currency: str) -> Markup:
    """The levels (day, minor units; oldest first) as one SVG; empty where there is none."""
    if not levels:
        return Markup("")
    ticks = _ticks([minor / 100 for _, minor in levels])
    grid = _Grid(levels[0][0], levels[-1][0], ticks[0], ticks[-1])
    points = [(grid.x(day), grid.y(minor / 100)) for day, minor in levels]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    floor_y = f"{grid.y(max(ticks[0], min(0.0, ticks[-1]))):.1f}"
    area = f"{points[0][0]:.1f},{floor_y} {line} {points[-1][0]:.1f},{floor_y}"
    parts = [
        *(_level_line(grid, tick, words) for tick in ticks),
        *_month_marks(grid, levels, words),
        f'<polygon class="area" points="{area}"/><polyline class="line" points="{line}"/>',
        f'<circle class="last" cx="{points[-1][0]:.1f}" cy="{points[-1][1]:.1f}" r="4"/>',
    ]
    return _framed("".join(parts), _told(levels, words, currency), words)


class _Grid:
    """Where a day and an amount lie on the paper."""

    def __init__(self, first: date, last: date, low: float, high: float) -> None:
        self._first, self._days = first, max((last - first).days, 1)
        self._low, self._span = low, (high - low) or 1.0

    def x(self, day: date) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (day - self._first).days / self._days

    def y(self, amount: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - (amount - self._low) / self._span)


def _ticks(amounts: Sequence[float]) -> list[float]:
    """Round amounts that hold all of them, zero included, about four steps apart."""
    low, high = min(0.0, *amounts), max(0.0, *amounts)
    raw = max((high - low) / 4, 1.0)
    power = 10.0 ** floor(log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * 0.999)
    return [step * position for position in range(floor(low / step), ceil(high / step) + 1)]


def _level_line(grid: _Grid, amount: float, words: Words) -> str:
    y = grid.y(amount)
    label = escape(short_money(amount, words))
    return (
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="axis" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
    )


def _month_marks(grid: _Grid, levels: Levels, words: Words) -> list[str]:
    """The first day of each month on the paper."""
    firsts = [day for day, _ in levels if day.day == 1 and grid.x(day) < WIDTH - RIGHT - 12]
    shown = firsts[:: max(1, ceil(len(firsts) / 8))]
    return [_month_mark(grid.x(day), escape(_month(day, words))) for day in shown]


def _month_mark(x: float, label: str) -> str:
    foot = HEIGHT - BOTTOM
    return (
        f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="{foot}" y2="{foot + 5}"/>'
        f'<text class="axis" x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="middle">{label}</text>'
    )


def _month(day: date, words: Words) -> str:
    return words(f"months.m{day.month}")


def short_money(amount: float, words: Words) -> str:
    """An amount as an axis says it: 12.5万 or 125K."""
    sizes = (("huge", 1e8), ("large", 1e4)) if words.language == "zh" else (("huge", 1e6), ("large", 1e3))
    for name, size in sizes:
        if abs(amount) >= size:
            return words(f"axis.{name}", n=f"{amount / size:,.10g}")
    return f"{amount:,.10g}"


def _told(levels: Levels, words: Words, currency: str) -> str:
    def money(minor: int) -> str:
        return say_value(minor / 100, "money", words.language, currency)

    def day(day: date) -> str:
        return say_value(day, "day", words.language, currency)

    amounts = [minor for _, minor in levels]
    ends = {"first": money(amounts[0]), "last": money(amounts[-1])}
    span = {"low": money(min(amounts)), "high": money(max(amounts))}
    days = {"from_day": day(levels[0][0]), "to_day": day(levels[-1][0])}
    return words("chart.told", **ends, **span, **days)


def _framed(inside: str, told: str, words: Words) -> Markup:
    head = f'<title id="chart-title">{escape(words("chart.title"))}</title><desc id="chart-told">{escape(told)}</desc>'
    frame = f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="chart-title chart-told"'
    # Every text above was escaped; the rest is numbers of our own.
    return Markup(f'<svg class="chart" {frame}>{head}{inside}</svg>')  # noqa: S704
