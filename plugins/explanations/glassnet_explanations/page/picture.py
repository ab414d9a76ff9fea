"""A large matrix as a picture of a pixel for each element, whose values a short script shows under the cursor."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Set as AbstractSet
from html import escape

import numpy as np

from glassnet.types import Array

_SIDE = 12
# Red above 0 and blue below, on light and on dark paper; NaN and infinity are purple.
_ABOVE, _BELOW, _ODD = (217, 100, 60), (60, 125, 220), (204, 0, 204)

SCRIPT = """<script>
(() => {
  const tip = document.body.appendChild(document.createElement("output"));
  tip.className = "tip";
  addEventListener("pointermove", show);
  addEventListener("pointerdown", show);
  function show(event) {
    const map = event.target.closest && event.target.closest("svg.map");
    tip.hidden = !map;
    if (!map) return;
    const {name, at, down, right, values} = map.dataset, box = map.getBoundingClientRect();
    const [rows, columns] = [map.viewBox.baseVal.height, map.viewBox.baseVal.width];
    const row = Math.min(rows - 1, Math.floor((event.clientY - box.top) / box.height * rows));
    const column = Math.min(columns - 1, Math.floor((event.clientX - box.left) / box.width * columns));
    map.numbers ||= new Float64Array(Uint8Array.from(atob(values), c => c.charCodeAt(0)).buffer);
    const [first, d, r] = [at, down, right].map(text => text.split(",").map(Number));
    const index = first.map((start, axis) => start + row * d[axis] + column * r[axis]);
    const place = row * columns + column;
    tip.hidden = place >= map.numbers.length;
    tip.textContent = `${name}[${index.join(", ")}] = ${map.numbers[place]}`;
    tip.style.left = Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 4) + "px";
    tip.style.top = event.clientY + 16 + "px";
  }
})();
</script>
"""


def picture(name: str, value: Array, indices: Array, marked: AbstractSet[int], largest: float) -> str:
    """Return a matrix as an element ``svg`` that holds a picture, and the values of its elements.

    Parameters
    ----------
    name, value
        The array and its name.
    indices
        The flat index of each element of the matrix in the array, ``(rows, columns)``; -1 behind the last one.
    marked
        The flat indices of elements to be framed.
    largest
        The largest absolute value, which has the strongest colour.
    """
    rows, columns = indices.shape
    is_there = indices >= 0
    shown = np.where(is_there, value.ravel()[indices], 0.0)
    frames = "".join(
        f'<rect x="{column}" y="{row}" width="1" height="1" class="marked" />'
        for (row, column), index in np.ndenumerate(indices)
        if int(index) in marked
    )
    at, down, right = (",".join(map(str, each)) for each in _steps(indices, value.shape))
    values = b64encode(shown[is_there].astype("<f8").tobytes()).decode()
    return (
        f'<svg class="map" viewBox="0 0 {columns} {rows}" width="{columns * _SIDE}" height="{rows * _SIDE}" '
        f'data-name="{escape(name)}" data-at="{at}" data-down="{down}" data-right="{right}" data-values="{values}">'
        f'<image width="{columns}" height="{rows}" href="data:image/png;base64,{_png(shown, largest)}" />{frames}</svg>'
    )


def _steps(indices: Array, shape: tuple[int, ...]) -> list[list[int]]:
    """Return the index of the first element, and what is added to it for each row and for each column."""
    first = np.array(np.unravel_index(indices[0, 0], shape))
    below = np.unravel_index(indices[1, 0], shape) if len(indices) > 1 else first
    beside = np.unravel_index(indices[0, 1], shape) if indices.shape[1] > 1 else first
    return [first.tolist(), (np.array(below) - first).tolist(), (np.array(beside) - first).tolist()]


def _png(shown: Array, largest: float) -> str:
    """Return a picture as PNG in base64: the larger a value, the less transparent is its pixel."""
    from PIL import Image

    is_finite = np.isfinite(shown)
    share = np.where(is_finite, np.minimum(np.abs(np.where(is_finite, shown, 0)) / largest, 1), 1)
    colors = np.where((shown < 0)[..., np.newaxis], _BELOW, _ABOVE)
    colors = np.where(is_finite[..., np.newaxis], colors, _ODD)
    pixels = np.concatenate([colors, np.round(255 * share)[..., np.newaxis]], axis=-1).astype(np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG", optimize=True)
    return b64encode(content.getvalue()).decode()
