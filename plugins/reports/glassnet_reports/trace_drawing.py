"""A trace as a picture in SVG: operations from top to bottom, layer by layer, with the numbers in them.

The layout is that of Sugiyama, Tagawa and Toda (1981), Methods for Visual Understanding of Hierarchical System
Structures, in its simplest form: an operation has its row below all that it needs; a line that passes a row has a place
in it like a box; and each row is ordered by, and put under, the middle of what leads to it. What is given, such as
parameters, stands to the left of the first operation that takes it.
"""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

import attrs
import numpy as np

from glassnet.types import Array
from glassnet_reports.plots import BLUE, FAINT, INK, LINE, ORANGE

if TYPE_CHECKING:
    from glassnet_reports.trace import Node, Part, Trace

# Arrays with more rows or columns are drawn as colours without numbers, and thinned out beyond the second limit.
_MOST_NUMBERS, _MOST_DOTS = 8, 24
_CELL, _DOT = (51, 16), (7, 7)
_LEAST_WIDTH = 66  # room for the caption
_PAD, _TITLE, _CAPTION = 9, 24, 15
_GAP, _ROW_GAP, _LINE_WIDTH = 34, 28, 14
_MARGIN, _TOP, _HEADER, _PART_GAP = 24, 58, 46, 20
_FILL = {"operation": "#ffffff", "parameter": "#fdf3e7", "input": "#edf6ee", "target": "#edf6ee", "state": "#f3eef8"}
_LEGEND = (
    "Each box is an array: its value, and the derivative of the loss with respect to it. Blue is above 0, orange below."
)


@attrs.define(eq=False)
class _Place:
    """A box in a row, or the place of a line that passes the row: x is the middle, y the top.

    Down to `bend`, lines come straight from above.
    """

    width: float
    height: float
    node: Node | None = None
    above: list[_Place] = attrs.field(factory=list)
    beside: list[_Place] = attrs.field(factory=list)
    row: int = 0
    x: float = 0.0
    y: float = 0.0
    bend: float = 0.0

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2


def draw(trace: Trace) -> str:
    """Return the picture of a trace as SVG text."""
    rows, lines = _rows(trace)
    for row in rows:
        _spread(row)
    places = [place for row in rows for place in row]
    shift = _MARGIN + _PAD - min((place.left for place in places), default=0)
    for place in places:
        place.x += shift
    bands = _stack(trace, rows)
    texts = [_LEGEND, *(text for part in trace.parts for text in (part.title, part.formula))]
    right = max([place.right for place in places] + [_MARGIN + _width(text, 12) for text in texts])
    width, height = right + _MARGIN + _PAD, bands[-1][1] + _MARGIN
    drawn = [_band(top, bottom, width) for top, bottom in bands]
    drawn += [_line(line) for line in lines]
    drawn += [_header(part, top) for part, (top, _) in zip(trace.parts, bands, strict=True)]
    drawn += [_box(place, place.node) for place in places if place.node is not None]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
            f'height="{height:.0f}" font-family="Helvetica, Arial, sans-serif" fill="{INK}">',
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            f'orient="auto"><path d="M0 0.8 L7.5 4 L0 7.2 Z" fill="{FAINT}"/></marker></defs>',
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            _text(_MARGIN, 30, f"loss = {trace.loss:.6g}", 16, bold=True),
            _text(_MARGIN, 48, _LEGEND, 11, FAINT),
            *drawn,
            "</svg>\n",
        ]
    )


# --- where everything goes -------------------------------------------------------------------------------------------


def _rows(trace: Trace) -> tuple[list[list[_Place]], list[list[_Place]]]:
    """Return the places of each row, and for each line the places that it leads through."""
    places = {name: _Place(*_size(node), node) for name, node in trace.nodes.items()}
    inputs = [place for name, place in places.items() if trace.nodes[name].kind == "input"]
    rows: list[list[_Place]] = [inputs] if inputs else []
    placed = {id(place) for place in inputs}
    lines = []
    part, top = 0, len(rows)
    for name, place in places.items():
        node = trace.nodes[name]
        if node.kind != "operation":
            continue
        if node.part != part:
            part, top = node.part, len(rows)
        sources = [places[source] for source in node.inputs]
        place.row = max([top, *(source.row + 1 for source in sources if id(source) in placed)])
        rows += [[] for _ in range(place.row + 1 - len(rows))]
        for source in sources:
            if id(source) not in placed:
                source.row = place.row
                place.beside.append(source)
                lines.append([source, place])
                continue
            passed = [_Place(_LINE_WIDTH, 0, row=row) for row in range(source.row + 1, place.row)]
            line = [source, *passed, place]
            for upper, lower in pairwise(line):
                lower.above.append(upper)
            for passing in passed:
                rows[passing.row].append(passing)
            lines.append(line)
        rows[place.row] += [*place.beside, place]
        placed |= {id(place), *map(id, place.beside)}
    return rows, lines


def _spread(row: list[_Place]) -> None:
    """Put each place of a row under the middle of what leads to it, as far as there is room."""
    given = [one for place in row for one in place.beside]
    led_to = [place for place in row if not any(place is one for one in given)]
    for place in led_to:
        place.x = sum(above.x for above in place.above) / len(place.above) if place.above else 0.0
    led_to.sort(key=lambda place: place.x)
    wanted = [place.x for place in led_to]
    edge = -np.inf
    for place in led_to:
        room = sum(one.width + _GAP for one in place.beside)
        place.x = max(place.x, edge + room + _GAP + place.width / 2)
        edge = place.right
    # All were moved to the right where there was no room; on average each is to be where it should.
    shift = (sum(wanted) - sum(place.x for place in led_to)) / max(len(led_to), 1)
    for place in led_to:
        place.x += shift
        left = place.left
        for one in place.beside:
            one.x = left - _GAP - one.width / 2
            left = one.left


def _stack(trace: Trace, rows: list[list[_Place]]) -> list[tuple[float, float]]:
    """Put the rows under each other; return where the band of each part begins and ends."""
    bands: list[tuple[float, float]] = []
    y: float = _TOP
    waiting = list(rows)
    for part in range(len(trace.parts)):
        top = y
        y += _HEADER + _ROW_GAP - _PAD
        while waiting and max(place.node.part for place in waiting[0] if place.node is not None) == part:
            row = waiting.pop(0)
            height = max(place.height for place in row)
            for place in row:
                place.y = y + (height - place.height) / 2
                place.bend = y - _ROW_GAP
            y += height + _ROW_GAP
        bands.append((top, y - _ROW_GAP + 1.5 * _PAD))
        y = bands[-1][1] + _PART_GAP
    return bands


def _size(node: Node) -> tuple[float, float]:
    wide, high = _table_size(node.value)
    title = _width(_title(node), 13)
    if _fits_beside(node):
        return max(2 * wide + _PAD, title) + 2 * _PAD, _TITLE + _CAPTION + high + _PAD
    return max(wide, title) + 2 * _PAD, _TITLE + 2 * (_CAPTION + high) + _PAD


def _fits_beside(node: Node) -> bool:
    """Tell whether the gradient goes beside the value, and not below."""
    return _table_size(node.value)[0] <= 4 * _CELL[0]


def _table_size(array: Array) -> tuple[float, float]:
    rows, columns = _matrix(array).shape
    wide, high = _cell(array)
    return max(columns * wide, _LEAST_WIDTH), rows * high


def _cell(array: Array) -> tuple[float, float]:
    return _CELL if max(_matrix(array).shape) <= _MOST_NUMBERS else _DOT


def _matrix(array: Array) -> Array:
    """Return an array as rows and columns, thinned out where there are many."""
    flat: Array = array.reshape(-1, array.shape[-1]) if array.ndim else array.reshape(1, 1)
    if max(flat.shape) <= _MOST_NUMBERS:
        return flat
    rows, columns = (np.unique(np.linspace(0, n - 1, min(n, _MOST_DOTS)).astype(int)) for n in flat.shape)
    thinned: Array = flat[rows][:, columns]
    return thinned


def _width(text: str, size: float) -> float:
    return len(text) * size * 0.6


# --- what it looks like ----------------------------------------------------------------------------------------------


def _band(top: float, bottom: float, width: float) -> str:
    return (
        f'<rect x="{_PAD}" y="{top:.1f}" width="{width - 2 * _PAD:.1f}" height="{bottom - top:.1f}" rx="8" '
        f'fill="#f6f8fa" stroke="{LINE}"/>'
    )


def _header(part: Part, top: float) -> str:
    """Return title and formula, on a ground that hides the lines behind them."""
    wide = max(_width(part.title, 14), _width(part.formula, 11))
    return (
        f'<rect x="{_MARGIN - 4}" y="{top + 6:.1f}" width="{wide + 8:.1f}" height="36" fill="#f6f8fa"/>'
        + _text(_MARGIN, top + 21, part.title, 14, bold=True)
        + _text(_MARGIN, top + 38, part.formula, 12, FAINT)
    )


def _line(line: list[_Place]) -> str:
    start, end = line[0], line[-1]
    if any(start is given for given in end.beside):
        y = start.y + start.height / 2
        path = f"M{start.right:.1f} {y:.1f} L{end.left - 2:.1f} {y:.1f}"
    else:
        path = f"M{start.x:.1f} {start.y + start.height:.1f}"
        for upper, lower in pairwise(line):
            y = lower.y - (2 if lower is end else 0)
            middle = (lower.bend + y) / 2
            path += f" V{lower.bend:.1f} C{upper.x:.1f} {middle:.1f} {lower.x:.1f} {middle:.1f} {lower.x:.1f} {y:.1f}"
    return f'<path d="{path}" fill="none" stroke="{FAINT}" stroke-width="1.3" marker-end="url(#tip)"/>'


def _title(node: Node) -> str:
    return f"{node.name} = {node.text}" if node.kind == "operation" else node.text


def _box(place: _Place, node: Node) -> str:
    x, y = place.left + _PAD, place.y + _TITLE
    wide, high = _table_size(node.value)
    shape = " × ".join(map(str, node.value.shape))
    frame = (
        f'<rect x="{place.left:.1f}" y="{place.y:.1f}" width="{place.width:.1f}" height="{place.height:.1f}" rx="5" '
        f'fill="{_FILL[node.kind]}" stroke="{FAINT}" stroke-width="0.8"/>'
    )
    value = _table(f"value, {shape}" if shape else "value", node.value, x, y)
    x, y = (x + wide + _PAD, y) if _fits_beside(node) else (x, y + _CAPTION + high)
    return (
        frame
        + _text(place.left + _PAD, place.y + 17, _title(node), 13, bold=True)
        + value
        + _table("gradient", node.gradient, x, y)
    )


def _table(caption: str, array: Array, x: float, y: float) -> str:
    """Return the elements as cells whose strength of colour is their size, with numbers where there are few."""
    wide, high = _cell(array)
    largest = np.abs(array).max(initial=0, where=np.isfinite(array)) or 1
    cells = [_text(x, y + 10, caption, 9.5, FAINT)]
    for row, values in enumerate(_matrix(array)):
        for column, value in enumerate(values.tolist()):
            strength = min(abs(value) / largest, 1) if np.isfinite(value) else 1
            left, top = x + column * wide, y + _CAPTION + row * high
            cells.append(
                f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide - 1}" height="{high - 1}" '
                f'fill="{BLUE if value.real > 0 else ORANGE}" fill-opacity="{0.42 * strength:.2f}"/>'
            )
            if (wide, high) == _CELL:
                cells.append(_text(left + wide - 4, top + high - 4.5, _number(value), 10, anchor="end"))
    return "".join(cells)


def _text(
    x: float, y: float, text: str, size: float, color: str = INK, *, bold: bool = False, anchor: str = "start"
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{color}" text-anchor="{anchor}"{weight}>'
        f"{escape(text)}</text>"
    )


def _number(value: complex) -> str:
    """Return a number in at most seven characters; of a complex one its size, as ``|z|``."""
    if isinstance(value, complex):
        return f"|{_number(abs(value))}|"
    value += 0.0  # -0 becomes 0
    text = f"{value:.3g}" if value == 0 or 0.01 <= abs(value) < 1000 else f"{value:.1e}"
    return text.replace("e-0", "e-").replace("e+0", "e").replace("-", "−")
