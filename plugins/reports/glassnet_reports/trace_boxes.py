"""The box of a node in the picture of a trace: title, value, gradient, and maps of the parts that it reads."""

from __future__ import annotations

from html import escape

import numpy as np

from glassnet.types import Array
from glassnet_reports.colors import BLUE, FAINT, INK, LINE, ORANGE
from glassnet_reports.trace_nodes import Node, ShownPart

PAD = 9
# Arrays with more rows or columns are drawn as colours without numbers, and thinned out beyond the second limit.
_MOST_NUMBERS, _MOST_DOTS = 8, 24
_CELL, _DOT = (51, 16), (7, 7)
_LEAST_WIDTH = 66
_TITLE, _CAPTION = 24, 15
_FILL = {"operation": "#ffffff", "parameter": "#fdf3e7", "input": "#edf6ee", "target": "#edf6ee", "state": "#f3eef8"}
# A map has at most this number of rows and columns, in cells of this size.
_MAP_CELLS, _MAP_CELL, _MOST_MAPS = 12, 4, 4
_SMALL = 9.5
_LONGEST_NUMBER = 7


def box_size(node: Node) -> tuple[float, float]:
    """Return width and height of the box of a node."""
    value, gradient = _widths(node)
    high = _table_size(node.value)[1]
    maps = _maps_size(node)
    least = max(text_width(title_of(node), 13), maps[0])
    if _fits_beside(node):
        return max(value + gradient + PAD, least) + 2 * PAD, _TITLE + _CAPTION + high + PAD + maps[1]
    below = _labels_width(node) + gradient
    return max(value, below, least) + 2 * PAD, _TITLE + 2 * (_CAPTION + high) + PAD + maps[1]


def draw_box(node: Node, left: float, top: float) -> str:
    """Return the box of a node at a place, as SVG."""
    width, height = box_size(node)
    x, y = left + PAD, top + _TITLE
    high = _table_size(node.value)[1]
    beside = _fits_beside(node)
    inner = x + _labels_width(node)
    drawn = [
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="5" '
        f'fill="{_FILL[node.kind]}" stroke="{FAINT}" stroke-width="0.8"/>',
        svg_text(left + PAD, top + 17, title_of(node), 13, bold=True),
        svg_text(x, y + 10, _caption(node), _SMALL, FAINT),
        *_labels(node, x, y),
        _table(node.value, inner, y),
    ]
    of_gradient = (x + _widths(node)[0] + PAD, y) if beside else (inner, y + _CAPTION + high)
    drawn += [svg_text(of_gradient[0], of_gradient[1] + 10, "gradient", _SMALL, FAINT)]
    drawn += [_table(node.gradient, *of_gradient)]
    below = top + _TITLE + (1 if beside else 2) * (_CAPTION + high) + PAD / 2
    for part in _maps(node):
        drawn.append(_map(part, x, below))
        x += _map_width(part) + 2 * PAD
    return "".join(drawn)


def title_of(node: Node) -> str:
    """Return the title of a box."""
    return f"{node.name} = {node.text}" if node.kind == "operation" else node.text


def text_width(text: str, size: float) -> float:
    """Return about how wide a text is: the width that the widest of the usual fonts needs."""
    return len(text) * size * 0.62


def _caption(node: Node) -> str:
    shape = " × ".join(map(str, node.value.shape))
    name = node.word or "value"
    return f"{name}, {shape}" if shape else name


def _widths(node: Node) -> tuple[float, float]:
    """Return the widths of value and gradient, with their captions."""
    wide = _table_size(node.value)[0]
    labelled = wide + _labels_width(node)
    return max(labelled, text_width(_caption(node), _SMALL)), max(wide, text_width("gradient", _SMALL))


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
    """Return an array as rows and columns, thinned out where there are many; images of one channel are images."""
    if array.ndim > 2 and array.shape[-1] == 1:
        array = array[..., 0]
    flat: Array = array.reshape(-1, array.shape[-1]) if array.ndim else array.reshape(1, 1)
    if max(flat.shape) <= _MOST_NUMBERS:
        return flat
    rows, columns = (np.unique(np.linspace(0, n - 1, min(n, _MOST_DOTS)).astype(int)) for n in flat.shape)
    thinned: Array = flat[rows][:, columns]
    return thinned


# --- names of blocks of rows -----------------------------------------------------------------------------------------


def _blocks_of_rows(node: Node) -> list[tuple[int, str]]:
    """Return the first row and the name of each matrix of a stack of matrices: ``"head 1"``, or ``"[0, 1]"``."""
    shape = node.value.shape
    is_image = node.value.ndim > 2 and shape[-1] == 1
    matrices = shape[: -3 if is_image else -2]
    rows = node.value.shape[len(matrices)] if matrices else 0
    count = int(np.prod(matrices))
    if count < 2 or rows * count > _MOST_DOTS or rows * _cell(node.value)[1] < _SMALL:
        return []
    named = [axis for axis, size in enumerate(matrices) if size > 1]
    found = []
    for number, place in enumerate(np.ndindex(*matrices)):
        words = ", ".join(f"{node.axes[axis]} {place[axis]}" for axis in named) if node.axes else str(list(place))
        found.append((number * rows, words))
    return found


def _labels_width(node: Node) -> float:
    return max((text_width(name, _SMALL) + PAD / 2 for _, name in _blocks_of_rows(node)), default=0.0)


def _labels(node: Node, x: float, y: float) -> list[str]:
    high = _cell(node.value)[1]
    return [svg_text(x, y + _CAPTION + row * high + 9, name, _SMALL, FAINT) for row, name in _blocks_of_rows(node)]


# --- maps of the parts that are read ---------------------------------------------------------------------------------


def _maps(node: Node) -> list[ShownPart]:
    """Return the parts that are drawn: each once, and not too many."""
    distinct = {(part.name, part.index): part for part in node.shown if part.places.size}
    return list(distinct.values())[:_MOST_MAPS]


def _maps_size(node: Node) -> tuple[float, float]:
    parts = _maps(node)
    if not parts:
        return 0.0, 0.0
    wide = sum(_map_width(part) for part in parts) + 2 * PAD * (len(parts) - 1)
    return wide, _CAPTION + max(len(_used(part)) for part in parts) * _MAP_CELL + PAD / 2


def _map_width(part: ShownPart) -> float:
    across: int = _used(part).shape[1]
    return max(across * _MAP_CELL, text_width(part.title, _SMALL))


def _used(part: ShownPart) -> Array:
    """Return which cells of an array a part takes, as rows and columns; of large ones, a cell is several."""
    used = np.zeros(int(np.prod(part.shape)), bool)
    used[np.ravel(part.places)] = True
    # The last axis goes across; of images, the columns do.
    last = part.shape[-1] if len(part.shape) < 4 else part.shape[-1] * part.shape[-2]
    rows = used.reshape(-1, max(last, 1))
    for axis in (0, 1):
        groups = np.linspace(0, rows.shape[axis], min(rows.shape[axis], _MAP_CELLS) + 1).astype(int)[:-1]
        rows = np.logical_or.reduceat(rows, groups, axis=axis)
    return rows


def _map(part: ShownPart, x: float, y: float) -> str:
    cells = [svg_text(x, y + 10, part.title, _SMALL, FAINT)]
    for row, values in enumerate(_used(part)):
        for column, is_used in enumerate(values.tolist()):
            cells.append(
                f'<rect x="{x + column * _MAP_CELL:.1f}" y="{y + _CAPTION + row * _MAP_CELL:.1f}" '
                f'width="{_MAP_CELL - 0.6}" height="{_MAP_CELL - 0.6}" fill="{INK if is_used else LINE}"/>'
            )
    return "".join(cells)


# --- numbers and text ------------------------------------------------------------------------------------------------


def _table(array: Array, x: float, y: float) -> str:
    """Return the elements as cells whose strength of colour is their size, with numbers where there are few."""
    wide, high = _cell(array)
    largest = np.abs(array).max(initial=0, where=np.isfinite(array)) or 1
    cells = []
    for row, values in enumerate(_matrix(array)):
        for column, value in enumerate(values.tolist()):
            strength = min(abs(value) / largest, 1) if np.isfinite(value) else 1
            left, top = x + column * wide, y + _CAPTION + row * high
            cells.append(
                f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide - 1}" height="{high - 1}" '
                f'fill="{BLUE if value.real > 0 else ORANGE}" fill-opacity="{0.42 * strength:.2f}"/>'
            )
            if (wide, high) == _CELL:
                cells.append(svg_text(left + wide - 4, top + high - 4.5, _number(value), 10, anchor="end"))
    return "".join(cells)


def svg_text(
    x: float, y: float, text: str, size: float, color: str = INK, *, bold: bool = False, anchor: str = "start"
) -> str:
    """Return a line of text as SVG."""
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
    if len(text) > _LONGEST_NUMBER:
        text = f"{value:.0e}"
    return text.replace("e-0", "e-").replace("e+0", "e").replace("-", "−")
