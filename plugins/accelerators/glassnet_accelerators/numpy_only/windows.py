"""Windows on images, with what tricks for speed ask of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_layers.steps import Steps
from glassnet_layers.windows import Windows as PlainWindows


class Windows(PlainWindows):
    """Windows on images ``(height, width, channels)``, which know whether they overlap, and can be turned."""

    @property
    def overlap(self) -> bool:
        """Whether a pixel may be seen by several windows."""
        return any(axis.stride < axis.reach for axis in (self.rows, self.columns))

    @property
    def cover(self) -> bool:
        """Whether each pixel of the padded image is seen by some window."""
        return all(
            axis.dilation == 1 and axis.stride <= axis.size and (axis.padded - axis.size) % axis.stride == 0
            for axis in (self.rows, self.columns)
        )

    @property
    def padded_shape(self) -> gn.Shape:
        """Shape of an image with what is around it."""
        return self.rows.padded, self.columns.padded, self.channels

    @property
    def can_be_turned(self) -> bool:
        """Whether `turned` is possible."""
        return all(axis.stride == 1 and min(_behind(axis)) >= 0 for axis in (self.rows, self.columns))

    def turned(self, filters: int) -> Windows:
        """Return windows on the output of a convolution: each pixel of the image sees through one what has seen it.

        In the windows' upper left is what has seen it at its lower right.
        """
        rows, columns = self.rows, self.columns
        size, dilation = (rows.size, columns.size), (rows.dilation, columns.dilation)
        return Windows((*self.count, filters), size, padding=(_behind(rows), _behind(columns)), dilation=dilation)

    def padded(self, x: gn.Array, value: float, ctx: gn.Context) -> gn.Array:
        """Return images with `value` around them; the images themselves where nothing is to be added."""
        if x.shape[1:] == self.padded_shape:
            return x
        padded = ctx.buffer("padded", (len(x), *self.padded_shape))
        padded[...] = value
        self.inside(padded)[...] = x
        return padded

    def inside(self, padded: gn.Array) -> gn.Array:
        """Return a view of padded images without what is around them."""
        return padded[:, self.rows.inside, self.columns.inside]

    def views(self, padded: gn.Array) -> Iterator[gn.Array]:
        """Return a view for each place in a window, ``(batch, *count, channels)``: what all windows see there."""
        for i in range(self.rows.size):
            for j in range(self.columns.size):
                yield padded[:, self.rows.seen(i), self.columns.seen(j)]

    def patches(self, padded: gn.Array) -> gn.Array:
        """Return a view of all that each window sees, ``(batch, *count, *size, channels)``. Nothing is copied."""
        height, width = self.rows.reach, self.columns.reach
        slid = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
        rows, columns = self.rows, self.columns
        chosen = slid[:, :: rows.stride, :: columns.stride, :, :: rows.dilation, :: columns.dilation]
        return chosen.transpose(0, 1, 2, 4, 5, 3)


@lru_cache(maxsize=256)
def windows_of(layer: Any, shape: gn.Shape) -> Windows:
    """Return the windows through which a conv2d or a pooling layer sees images of `shape`."""
    plain = layer.windows(shape)
    rows, columns = plain.rows, plain.columns
    return Windows(
        shape,
        (rows.size, columns.size),
        (rows.stride, columns.stride),
        (rows.padding, columns.padding),
        (rows.dilation, columns.dilation),
    )


def _behind(axis: Steps) -> tuple[int, int]:
    """Return pixels to add around the windows with stride 1, so that windows on them are as many as the pixels."""
    before, after = axis.around
    return axis.reach - 1 - before, axis.reach - 1 - after
