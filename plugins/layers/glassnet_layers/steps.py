"""Windows along one axis of an image."""

from __future__ import annotations

import attrs

Around = str | int | tuple[int, int]


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

    def seen(self, place: int) -> slice:
        """Return the padded image's pixels that the windows see at `place`: one of each window."""
        start = place * self.dilation
        return slice(start, start + (self.count - 1) * self.stride + 1, self.stride)
