"""Images read at places between their pixels."""

from __future__ import annotations

import numpy as np

import glassnet as gn

FILLS = ("edge", "zero")


def pixels_at(x: gn.Array, rows: gn.Array, columns: gn.Array, fill: str) -> gn.Array:
    """Return the pixels of each image at whole places.

    Parameters
    ----------
    x
        ``(batch, height, width, channels)``
    rows, columns
        Places from 0, integers that broadcast to ``(batch, height, width)``.
    fill
        What is outside of the image: ``"edge"``, the nearest pixel, or ``"zero"``.
    """
    height, width = x.shape[1:3]
    image = np.arange(len(x))[:, None, None]
    read: gn.Array = x[image, np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]
    if fill == "zero":
        is_inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        read = read * is_inside[..., None].astype(x.dtype)
    return read


def bilinear(x: gn.Array, rows: gn.Array, columns: gn.Array, fill: str) -> gn.Array:
    """Return the images at places between pixels: the mean of four pixels, weighted by their nearness.

    The parameters are those of `pixels_at`; rows and columns are not whole.
    """
    top, left = np.floor(rows).astype(np.int64), np.floor(columns).astype(np.int64)
    down = (rows - top)[..., None].astype(x.dtype)
    right = (columns - left)[..., None].astype(x.dtype)
    upper = (1 - right) * pixels_at(x, top, left, fill) + right * pixels_at(x, top, left + 1, fill)
    lower = (1 - right) * pixels_at(x, top + 1, left, fill) + right * pixels_at(x, top + 1, left + 1, fill)
    mixed: gn.Array = (1 - down) * upper + down * lower
    return mixed
