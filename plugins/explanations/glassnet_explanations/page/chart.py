"""Lines over the steps of a training, as a picture and as text."""

from __future__ import annotations

from html import escape

import numpy as np

from glassnet.types import Array
from glassnet_explanations.arithmetic.line import number_text
from glassnet_explanations.page.blocks import Chart

WIDTH, HEIGHT, _LEFT, _BOTTOM = 640, 200, 70, 24
# More points than this are not seen.
_POINTS = 640
_BARS = "▁▂▃▄▅▆▇█"
_COLUMNS = 60
COLOURS = ("#cc5228", "#1e60be", "#2a8a4a", "#8b4fb3", "#a07d00", "#0f8b8d", "#777777")


def to_svg(chart: Chart) -> str:
    """Return a chart as a figure of a page, with a legend."""
    names = "".join(
        f'<span style="color:{COLOURS[i % len(COLOURS)]}">● {escape(name)}</span> '
        for i, name in enumerate(chart.lines)
    )
    picture = f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}">{drawn(chart)}</svg>'
    return f"<figure><figcaption>{escape(chart.title)}</figcaption>{picture}<div>{names}</div></figure>"


def drawn(chart: Chart) -> str:
    """Return the axis and the lines of a chart, as elements of SVG."""
    low, high = _bounds(chart)
    last = len(chart.lines) - 1
    lines = [
        # The last of several is dashed: what it covers, such as a term that is nearly all of a change, shows through.
        _polyline(values, low, high, COLOURS[i % len(COLOURS)], dashes="5 4" if 0 < i == last else "none")
        for i, values in enumerate(chart.lines.values())
    ]
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


def _polyline(values: Array, low: float, high: float, colour: str, dashes: str) -> str:
    places = np.unique(np.linspace(0, len(values) - 1, min(_POINTS, len(values))).astype(int))
    width = max(len(values) - 1, 1)
    points = " ".join(
        f"{_LEFT + (WIDTH - _LEFT) * place / width:.1f},{_y(float(values[place]), low, high)}"
        for place in places
        if np.isfinite(values[place])
    )
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5" stroke-dasharray="{dashes}"/>'
