"""Windows that slide over images: what convolution and pooling share."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_layers.image_options import Pair, check_image, pair
from glassnet_layers.steps import Around, Steps


class Windows:
    """Windows on images ``(height, width, channels)``.

    Parameters
    ----------
    shape
        Shape of an image.
    size, stride, dilation
        As for `Steps`, for both axes or for each of the two.
    padding
        As for `Steps`, for both axes or for each of the two.

    Raises
    ------
    ShapeError
        If a sample is not an image, is smaller than a window, or is larger than an array after padding.
    """

    def __init__(
        self,
        shape: gn.Shape,
        size: Pair,
        stride: Pair = 1,
        padding: str | int | tuple[Around, Around] = 0,
        dilation: Pair = 1,
    ) -> None:
        check_image(shape)
        around = padding if isinstance(padding, tuple) else (padding, padding)
        self.rows, self.columns = (
            Steps(shape[axis], pair(size)[axis], pair(stride)[axis], pair(dilation)[axis], around[axis])
            for axis in (0, 1)
        )
        self.channels = shape[2]
        if min(self.count) < 1:
            raise gn.ShapeError(
                f"a window of {self.rows.reach} x {self.columns.reach} pixels does not fit into images of "
                f"{self.rows.padded} x {self.columns.padded}, padding included; make it smaller, or add padding"
            )
        if self.rows.padded * self.columns.padded > np.iinfo(np.intp).max:
            raise gn.ShapeError(
                f"padding makes images of {self.rows.padded} x {self.columns.padded} pixels, more than an array holds; "
                "make padding, window or dilation smaller"
            )

    @property
    def count(self) -> tuple[int, int]:
        """Windows from top to bottom and from left to right."""
        return self.rows.count, self.columns.count

    def seen(self, x: gn.Array, value: float = 0) -> gn.Array:
        """Return all that each window sees, ``(batch, *count, *size, channels)``, with `value` around the images."""
        padded = np.pad(x, ((0, 0), self.rows.around, self.columns.around, (0, 0)), constant_values=value)
        reach = self.rows.reach, self.columns.reach
        views = np.lib.stride_tricks.sliding_window_view(padded, reach, axis=(1, 2))
        rows, columns = self.rows, self.columns
        chosen = views[:, :: rows.stride, :: columns.stride, :, :: rows.dilation, :: columns.dilation]
        return chosen.transpose(0, 1, 2, 4, 5, 3)

    def give_back(self, dseen: gn.Array) -> gn.Array:
        """Return the gradient of the images: each pixel gets the sum over all windows that have seen it."""
        shape = len(dseen), self.rows.padded, self.columns.padded, self.channels
        dpadded = np.zeros_like(dseen, shape=shape)
        for i, j in np.ndindex(self.rows.size, self.columns.size):
            dpadded[:, self.rows.seen(i), self.columns.seen(j)] += dseen[:, :, :, i, j]
        return dpadded[:, self.rows.inside, self.columns.inside]
