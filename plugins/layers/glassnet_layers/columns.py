"""Columns: what windows see, copied into the rows of a matrix, so that a convolution is a matrix product.

The matrix is never there as a whole. It is made a strip at a time, and what a strip is multiplied to is made of
small products, since OpenBLAS multiplies up to about a million pairs of numbers at once, without packing its arguments
or waking other threads.
"""

from __future__ import annotations

import math
from functools import lru_cache

import glassnet as gn
from glassnet_layers.strips import strips, workers
from glassnet_layers.windows import Windows

SMALL_PRODUCT = 1_000_000


class Columns:
    """The matrix X of ``y = X W``: a row for each window, and in it all that the window sees.

    Attributes
    ----------
    strips
        Where the strips are: images and rows of the output.
    """

    def __init__(self, windows: Windows, padded: gn.Array, filters: int, groups: int, ctx: gn.Context) -> None:
        patches = windows.patches(padded)
        self._patches = patches.reshape(*patches.shape[:5], groups, -1).transpose(5, 0, 1, 2, 3, 4, 6)
        rows, self._width = windows.count
        seen = math.prod(self._patches.shape[4:])
        self._multiplications = self._width * seen * filters // groups
        # As many windows as they see pixels, or more: added up over strips, X^T dy is then less work than dy itself.
        self.strips = strips(len(padded), rows, self._width * groups * seen * padded.itemsize, -(-seen // self._width))
        self.most_products = max(
            (i.stop - i.start) * (r.stop - r.start) * self._width // self._windows_a_product((i.stop - i.start) * (r.stop - r.start))
            for i, r in self.strips
        )
        self._buffers = ctx.empty("columns", (workers(len(self.strips)), self._patches[:, *self.strips[0]].size))

    def of(self, strip: int, worker: int) -> gn.Array:
        """Return one strip of X, ``(groups, products, windows, pixels seen)``, in a buffer of the worker's."""
        patches = self._patches[:, *self.strips[strip]]
        groups, images, rows, width, *size, channels = patches.shape
        buffer = self._buffers[worker, : patches.size]
        if channels == 1:
            # Copied by place in the window: what is copied in one go is then a row of the image, not of the window.
            copied = buffer.reshape(groups, *size, 1, images, rows, width).transpose(0, 4, 5, 6, 1, 2, 3)
        else:
            copied = buffer.reshape(patches.shape)
        copied[...] = patches
        return copied.reshape(groups, -1, self._windows_a_product(images * rows), math.prod(size) * channels)

    def of_output(self, y: gn.Array, strip: int) -> gn.Array:
        """Return a view of one strip of the output, ``(groups, products, windows, filters / groups)``."""
        part = y[self.strips[strip]]
        return by_group(part, len(self._patches), self._windows_a_product(len(part) * part.shape[1]))

    def _windows_a_product(self, rows: int) -> int:
        return self._width * rows_a_product(rows, self._multiplications)


def by_group(pixels: gn.Array, groups: int, pixels_a_product: int) -> gn.Array:
    """Return a view of ``(…, channels)`` as ``(groups, products, pixels, channels / groups)``."""
    return pixels.reshape(-1, pixels_a_product, groups, pixels.shape[-1] // groups).transpose(2, 0, 1, 3)


@lru_cache(maxsize=256)
def rows_a_product(rows: int, multiplications_a_row: int) -> int:
    """Return how many of `rows` to multiply at once: the largest part of equal parts that is a small product.

    Where not even one row is small, it is all of them.
    """
    most = min(SMALL_PRODUCT // multiplications_a_row, rows)
    return max((n for n in range(1, most + 1) if rows % n == 0), default=rows)
