"""Columns: what windows see, copied into the rows of a matrix, so that a convolution is a matrix product."""

from __future__ import annotations

import math

import glassnet as gn
from glassnet_accelerators.numpy_only.tiles import tiles
from glassnet_accelerators.numpy_only.windows import Windows


class Columns:
    """The matrix X of ``y = X W``: a row for each window, and in the row all that it sees.

    X is as many times larger than the images as a window has pixels. It is never there as a whole: strips of it are
    made when they are needed, and fit in the cache.

    Attributes
    ----------
    strips
        Images and rows of the output that the strips of X belong to.
    padded
        The images with what is around them.
    """

    def __init__(self, windows: Windows, padded: gn.Array, filters: int, groups: int, ctx: gn.Context) -> None:
        self.padded = padded
        patches = windows.patches(padded)
        by_group = patches.reshape(*patches.shape[:5], groups, -1).transpose(5, 0, 1, 2, 3, 4, 6)
        rows, width = windows.count
        seen = math.prod(by_group.shape[4:])
        row_bytes = width * (groups * seen + filters) * padded.itemsize
        # Each strip gives a W of its own, and these are added up: with longer strips where W is large, that is little.
        self.strips = tiles(len(padded), rows, row_bytes, least_rows=-(-seen // (2 * width)))
        self._patches = [by_group[:, images, those] for images, those in self.strips]
        self._buffers = ctx.buffer("columns", (gn.executor().num_workers(len(self.strips)), self._patches[0].size))

    def of(self, strip: int, worker: int) -> gn.Array:
        """Return one strip of X by group, ``(groups, windows, pixels seen)``, in the worker's buffer."""
        patches = self._patches[strip]
        groups, images, rows, width, *size, channels = patches.shape
        x = self._buffers[worker, : patches.size]
        if channels > 1:
            x.reshape(patches.shape)[...] = patches
            return x.reshape(groups, images * rows * width, -1)
        # Row by row, a window of one channel gives but a few numbers at a time. Column by column, an image gives a row.
        x.reshape(groups, *size, images, rows, width)[...] = patches[..., 0].transpose(0, 4, 5, 1, 2, 3)
        return x.reshape(groups, -1, images * rows * width).swapaxes(1, 2)


def by_group(pixels: gn.Array, groups: int) -> gn.Array:
    """Return a view of ``(…, channels)`` as a matrix for each group, ``(groups, pixels, channels / groups)``."""
    return pixels.reshape(-1, groups, pixels.shape[-1] // groups).swapaxes(0, 1)
