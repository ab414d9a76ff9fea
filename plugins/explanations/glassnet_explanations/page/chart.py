"""Lines over the steps of a training, as a picture and as text."""

from __future__ import annotations

from html import escape
from itertools import cycle

import attrs
import numpy as np

from glassnet.types import Array
from glassnet_explanations.arithmetic.line import number_text
from glassnet_explanations.page.blocks import Chart

WIDTH, HEIGHT, _LEFT, _BOTTOM = 640, 200, 70, 24
# More points than this are not seen.
_POINTS = 640
_BARS = "▁▂▃▄▅▆▇█"
_COLUMNS = 60
_COLOURS = ("#cc5228", "#1e60be", "#2a8a4a", "#8b4fb3", "#a07d00", "#0f8b8d", "#777777")


@attrs.frozen(eq=False)
class Stroke:
    """One line of a chart as it is drawn.

    Attributes
    ----------
    name, values, colour, width
        The line, and how it looks.
    opacity
        Below 1 for the whole, in which its terms are seen.
    mark
        What is before its name in a legend.
    """

    name: str
    values: Array
    colour: str
    width: float
    opacity: float
    mark: str


def strokes(chart: Chart) -> list[Stroke]:
    """Return the lines of a chart in the order in which they are drawn."""
    colours = cycle(_COLOURS)
    return [
        Stroke(name, values, "#777777", 6, 0.4, "━")
        if name == chart.whole
        else Stroke(name, values, next(colours), 1.5, 1, "●")
        for name, values in chart.lines.items()
    ]


def to_svg(chart: Chart) -> str:
    """Return a chart as a figure of a page, with a legend."""
    names = "".join(
        f'<span style="color:{each.colour}">{each.mark} {escape(each.name)}</span> ' for each in strokes(chart)
    )
    picture = f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}">{drawn(chart)}</svg>'
    return f"<figure><figcaption>{escape(chart.title)}</figcaption>{picture}<div>{names}</div></figure>"


def drawn(chart: Chart) -> str:
    """Return the axis and the lines of a chart, as elements of SVG."""
    low, high = _bounds(chart)
    lines = [_polyline(each, low, high) for each in strokes(chart)]
    steps = max((len(values) for values in chart.lines.values()), default=0)
    zero = _y(0, low, high)
    axis = f'<line x1="{_LEFT}" x2="{WIDTH}" y1="{zero}" y2="{zero}" class="zero"/>' if low <= 0 <= high else ""
    return (
        f'{axis}<text x="{_LEFT - 6}" y="12" text-anchor="end">{number_text(high, 3)}</text>'
        f'<text x="{_LEFT - 6}" y="{HEIGHT - _BOTTOM}" text-anchor="end">{number_text(low, 3)}</text>'
        f'<text x="{_LEFT}" y="{HEIGHT - 4}">{chart.counted} {chart.first}</text>'
        f'<text x="{WIDTH}" y="{HEIGHT - 4}" text-anchor="end">{steps - 1 + chart.first}</text>{"".join(lines)}'
    )


def to_text(chart: Chart) -> list[str]:
    """Return a line of bars for each line of a chart, with its first and its last value."""
    width = max(map(len, chart.lines), default=0)
    found = []
    for name, values in chart.lines.items():
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        places = np.unique(np.linspace(0, len(values) - 1, min(_COLUMNS, len(values))).astype(int))
        shares = (values[places] - low) / (high - low or 1.0)
        bars = "".join(_BARS[int(share * (len(_BARS) - 1))] if np.isfinite(share) else "?" for share in shares)
        found.append(f"{name:{width}}  {bars}  {number_text(values[0])} … {number_text(values[-1])}")
    return found


def _bounds(chart: Chart) -> tuple[float, float]:
    every = np.concatenate([values[np.isfinite(values)] for values in chart.lines.values()] or [np.zeros(1)])
    low, high = (float(every.min()), float(every.max())) if every.size else (0.0, 0.0)
    if low < high:
        return low, high
    around = abs(low) / 10 or 1.0
    return low - around, high + around


def _y(value: float, low: float, high: float) -> float:
    return round((HEIGHT - _BOTTOM) * (high - value) / (high - low), 2)


def _polyline(stroke: Stroke, low: float, high: float) -> str:
    values = stroke.values
    places = np.unique(np.linspace(0, len(values) - 1, min(_POINTS, len(values))).astype(int))
    width = max(len(values) - 1, 1)
    points = " ".join(
        f"{_LEFT + (WIDTH - _LEFT) * place / width:.1f},{_y(float(values[place]), low, high)}"
        for place in places
        if np.isfinite(values[place])
    )
    look = f'stroke="{stroke.colour}" stroke-width="{stroke.width}" stroke-opacity="{stroke.opacity}"'
    return f'<polyline points="{points}" fill="none" {look}/>'
