"""Windows that slide over images: what convolution and pooling share."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

import glassnet as gn

Pair = int | tuple[int, int]
Around = str | int | tuple[int, int]


def pair(value: Pair) -> tuple[int, int]:
    """Return what holds for height and width as two numbers; one number holds for both."""
    return (value, value) if isinstance(value, int) else value


def check_padding(layer: gn.Layer, padding: str | Pair) -> None:
    """Refuse a word for the padding that is not known.

    Raises
    ------
    OptionError
        When it is neither ``"valid"``, nor ``"same"``, nor a number of pixels.
    """
    if isinstance(padding, str) and padding not in ("valid", "same"):
        raise gn.OptionError(
            f"{layer.title()}: padding must be 'valid', 'same' or a number of pixels (got {padding!r})"
        )


def check_image(shape: gn.Shape) -> None:
    """Refuse samples that are no images.

    Raises
    ------
    ShapeError
        When a sample is anything but ``(height, width, channels)``.
    """
    if len(shape) == 3:
        return
    got = ", ".join(["batch", *map(str, shape)])
    if len(shape) == 2:
        advice = f"grey images have one channel: put reshape([{shape[0]}, {shape[1]}, 1]) in front of it"
    else:
        advice = "put reshape([height, width, channels]) in front of it"
    raise gn.ShapeError(f"expected (batch, height, width, channels), got ({got}); {advice}")


@attrs.frozen
class Steps:
    """Windows along one axis of an image.

    Attributes
    ----------
    length
        Pixels of the image.
    size, stride, dilation
        Pixels that a window sees; from one window to the next; from one of its pixels to the next.
    padding
        Pixels added at either end, or at the beginning and at the end; ``"valid"`` for none; ``"same"`` for as many
        as ``ceil(length / stride)`` windows need, as in TensorFlow: where their number is odd, the one more is at the
        end.
    """

    length: int
    size: int
    stride: int
    dilation: int
    padding: Around

    @property
    def reach(self) -> int:
        """Pixels from the first to the last that a window sees."""
        return self.dilation * (self.size - 1) + 1

    @property
    def around(self) -> tuple[int, int]:
        """Pixels added before and after the image."""
        if isinstance(self.padding, tuple):
            return self.padding
        if isinstance(self.padding, int):
            return self.padding, self.padding
        if self.padding == "valid":
            return 0, 0
        windows = -(-self.length // self.stride)
        missing = max((windows - 1) * self.stride + self.reach - self.length, 0)
        return missing // 2, missing - missing // 2

    @property
    def padded(self) -> int:
        """Pixels of the image and what is around it."""
        return self.length + sum(self.around)

    @property
    def count(self) -> int:
        """Number of windows, below 1 where not even one has room."""
        return (self.padded - self.reach) // self.stride + 1

    @property
    def inside(self) -> slice:
        """Where the image is within what is around it."""
        return slice(self.around[0], self.around[0] + self.length)

    @property
    def behind(self) -> tuple[int, int]:
        """Pixels to add around what windows with stride 1 give, so that windows on that are as many as the pixels."""
        before, after = self.around
        return self.reach - 1 - before, self.reach - 1 - after

    def seen(self, place: int) -> slice:
        """Return the padded image's pixels that the windows see at `place`: one of each window."""
        start = place * self.dilation
        return slice(start, start + (self.count - 1) * self.stride + 1, self.stride)


class Windows:
    """Windows on images ``(height, width, channels)``.

    Parameters
    ----------
    padding
        As for `Steps`, for both axes or for each of the two.

    Raises
    ------
    ShapeError
        When samples are no images, or smaller than a window.
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

    @property
    def count(self) -> tuple[int, int]:
        """Windows from top to bottom and from left to right."""
        return self.rows.count, self.columns.count

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
        return all(axis.stride == 1 and min(axis.behind) >= 0 for axis in (self.rows, self.columns))

    def turned(self, filters: int) -> Windows:
        """Return windows on the output of a convolution: each pixel of the image sees through one what has seen it.

        In the windows' upper left is what has seen it at its lower right.
        """
        rows, columns = self.rows, self.columns
        size, dilation = (rows.size, columns.size), (rows.dilation, columns.dilation)
        return Windows((*self.count, filters), size, padding=(rows.behind, columns.behind), dilation=dilation)

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
