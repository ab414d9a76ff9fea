"""Parts of charts as SVG."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from glassnet_sweeps.page.axis import Axis

LEFT, RIGHT, TOP, BOTTOM = 62, 16, 14, 40


def frame(width: int, height: int, x: Axis, y: Axis | None) -> str:
    """Return the axes of a chart, with their values."""
    bottom = height - BOTTOM
    parts = [f'<line class="axis" x1="{LEFT}" x2="{width - RIGHT}" y1="{bottom}" y2="{bottom}"/>']
    for place, text in x.ticks():
        at = across(place, width)
        parts.append(f'<line class="grid" x1="{at}" x2="{at}" y1="{TOP}" y2="{bottom}"/>')
        parts.append(f'<text x="{at}" y="{bottom + 15}" text-anchor="middle">{escape(text)}</text>')
    middle = (LEFT + width - RIGHT) / 2
    parts.append(f'<text class="name" x="{middle}" y="{height - 6}" text-anchor="middle">{escape(x.name)}</text>')
    for place, text in [] if y is None else y.ticks():
        at = up(place, height)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{width - RIGHT}" y1="{at}" y2="{at}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{at + 4}" text-anchor="end">{escape(text)}</text>')
    return "".join(parts)


def across(place: float, width: int) -> float:
    """Return the horizontal position of a place from 0 to 1."""
    return round(LEFT + place * (width - LEFT - RIGHT), 1)


def up(place: float, height: int) -> float:
    """Return the vertical position of a place from 0 to 1."""
    return round(height - BOTTOM - place * (height - TOP - BOTTOM), 1)


def line(points: Iterable[tuple[float, float]], kind: str, number: int, share: float, tip: str) -> str:
    """Return a line that belongs to a trial; `share` says how good it is, 0 for the best."""
    text = " ".join(f"{x},{y}" for x, y in points)
    said = f'class="{kind}" data-trial="{number}" style="--share:{share:.3f}"'
    return f'<polyline {said} points="{text}">{_tip(tip)}</polyline>'


def mark(kind: str, x: float, y: float, number: int, share: float, tip: str) -> str:
    """Return the mark of a trial: a disc if it finished, a ring if it got worse, a cross or a square if not."""
    shapes = {
        "finished": f'<circle cx="{x}" cy="{y}" r="5"/>',
        "worse": f'<circle class="ring" cx="{x}" cy="{y}" r="5"/>',
        "diverged": f'<path d="M{x - 5},{y - 5}l10,10m0,-10l-10,10"/>',
        "failed": f'<rect x="{x - 4}" y="{y - 4}" width="8" height="8"/>',
        "running": f'<circle class="ring" cx="{x}" cy="{y}" r="3"/>',
    }
    return f'<g class="{kind}" data-trial="{number}" style="--share:{share:.3f}">{shapes[kind]}{_tip(tip)}</g>'


def picture(width: int, height: int, label: str, content: str) -> str:
    """Return a whole picture."""
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="{escape(label)}">{content}</svg>'
    )


def _tip(text: str) -> str:
    return f"<title>{escape(text)}</title>"
