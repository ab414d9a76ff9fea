"""An array as a heat map: blue below 0, red above, with each value under the cursor."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np

from glassnet.types import Array
from glassnet_explanations.arithmetic.line import element_name, number_text
from glassnet_explanations.page.blocks import ArrayBlock
from glassnet_explanations.page.picture import picture

# An array of at most this number of columns shows its numbers in the cells.
_NUMBERS = 8
# Of a larger one, this part is drawn.
_MOST_ROWS, _MOST_COLUMNS, _MOST_PANES = 32, 64, 6


def heat_map(block: ArrayBlock) -> str:
    """Return an array as HTML: a table of numbers if it is small, else a picture, a pane for each further axis."""
    value = np.real(block.value)
    axes = f": {block.axes_text}" if block.axes_text else ""
    shape = (" × ".join(map(str, value.shape)) or "number") + axes
    heading = f'<figcaption>{escape(block.name)} <span class="shape">{escape(shape)}</span></figcaption>'
    if not value.size:
        return f"<figure>{heading}</figure>"
    largest = float(np.max(np.abs(value[np.isfinite(value)]), initial=0.0)) or 1.0
    panes = list(_panes(value, block.layout))
    shown = panes[:_MOST_PANES]
    drawn = "".join(_named_pane(block, value, pane, largest) for pane in shown)
    rows, columns = shown[0].shape
    left_out = [f"{len(shown)} of {len(panes)} panes"] if len(panes) > len(shown) else []
    left_out += [f"{_MOST_ROWS} of {rows} rows"] if rows > _MOST_ROWS else []
    left_out += [f"{_MOST_COLUMNS} of {columns} columns"] if columns > _MOST_COLUMNS else []
    remark = f'<p class="remark">{", ".join(left_out)}.</p>' if left_out else ""
    return f'<figure>{heading}<div class="panes">{drawn}</div>{remark}</figure>'


def _panes(value: Array, layout: str) -> Iterator[Array]:
    """Yield the flat indices of each matrix of an array; see `ArrayBlock`."""
    indices: Array = np.arange(value.size).reshape(value.shape or (1,))
    if indices.size > _MOST_COLUMNS and indices.size == indices.shape[-1]:
        yield _in_rows(indices.ravel())
        return
    if indices.ndim == 1:
        yield indices[np.newaxis]
        return
    if indices.ndim > 3 and layout == "images":
        indices = np.moveaxis(indices, -1, 1)
    elif indices.ndim > 3 and layout == "kernel":
        indices = np.moveaxis(indices, (0, 1), (-2, -1))
    pictures: Array = indices.reshape(-1, *indices.shape[-2:])
    yield from list(pictures)


def _in_rows(indices: Array) -> Array:
    """Return one long row as several; -1 where the last one has no element."""
    rows = -(-len(indices) // _MOST_COLUMNS)
    padded = np.full(rows * _MOST_COLUMNS, -1)
    padded[: len(indices)] = indices
    return padded.reshape(rows, _MOST_COLUMNS)


def _named_pane(block: ArrayBlock, value: Array, indices: Array, largest: float) -> str:
    """Return a pane, under its place in the array if there are several."""
    name = pane_name(value.shape, indices, block.axes)
    drawn = _pane(block, value, indices, largest)
    return f'<div><div class="place">{escape(name)}</div>{drawn}</div>' if name else drawn


def pane_name(shape: tuple[int, ...], indices: Array, axes: tuple[str, ...]) -> str:
    """Return which part of an array a pane shows: ``"sample 0, head 1"``, or ``"[:, :, 0, 3]"`` without names of axes.

    Parameters
    ----------
    shape
        The shape of the array.
    indices
        The flat indices of the elements of the pane.
    axes
        What the axes are called, or nothing.
    """
    if indices.size == np.prod(shape) or indices.min(initial=0) < 0:
        return ""
    places = np.unravel_index(indices, shape)
    fixed = {axis: int(each.flat[0]) for axis, each in enumerate(places) if shape[axis] > 1 and np.ptp(each) == 0}
    if axes:
        return ", ".join(f"{axes[axis]} {place}" for axis, place in fixed.items())
    return f"[{', '.join(str(fixed.get(axis, ':')) for axis in range(len(shape)))}]"


def _pane(block: ArrayBlock, value: Array, indices: Array, largest: float) -> str:
    rows, columns = indices.shape
    indices = indices[:_MOST_ROWS, :_MOST_COLUMNS]
    if columns <= _NUMBERS and rows <= _MOST_ROWS and value.size <= _NUMBERS * _MOST_ROWS:
        body = "".join(f"<tr>{''.join(_cell(block, value, int(i), largest) for i in row)}</tr>" for row in indices)
        return f'<div class="scroll"><table class="array">{body}</table></div>'
    return picture(block.name, value, indices, block.marked, largest)


def _cell(block: ArrayBlock, value: Array, index: int, largest: float) -> str:
    number = value.flat[index]
    share = round(100 * _share(number, largest))
    kind, title = _class(number) + _marked(block, index), _title(block.name, value, index)
    return f'<td class="{kind}" style="--share:{share}%" title="{title}">{number_text(float(number), 4)}</td>'


def _class(number: float) -> str:
    return "odd" if not np.isfinite(number) else "minus" if number < 0 else "plus"


def _marked(block: ArrayBlock, index: int) -> str:
    return " marked" if index in block.marked else ""


def _share(number: float, largest: float) -> float:
    """Return how strong a colour is, 0 to 1."""
    return min(abs(float(number)) / largest, 1.0) if np.isfinite(number) else 1.0


def _title(name: str, value: Array, index: int) -> str:
    return escape(f"{element_name(name, value.shape, index)} = {float(value.flat[index])!r}")
