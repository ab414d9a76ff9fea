"""What the pooling layers share: windows that slide over images and make one pixel of what they see."""

from __future__ import annotations

import glassnet as gn
from glassnet_layers.image_options import Pair, check_padding, pair
from glassnet_layers.windows import Windows


class Pool2D(gn.Layer):
    """A layer that makes one number of what a window sees of each channel."""

    size: Pair = gn.option(2, ge=1, help="height and width of a window; one number for both")
    stride: Pair | None = gn.option(None, ge=1, help="pixels from one window to the next; as large as a window if None")
    padding: str | Pair = gn.option("valid", ge=0, help="'valid' for none, 'same', or pixels added on each side")

    keeps_steps = False

    def __attrs_post_init__(self) -> None:
        check_padding(self, self.padding)
        if isinstance(self.padding, str):
            return
        if any(added >= size for added, size in zip(pair(self.padding), pair(self.size), strict=True)):
            raise gn.OptionError(
                f"{self.title()}: padding must be smaller than the window, or a window sees nothing else "
                f"(got padding {self.padding} with size {self.size})"
            )

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        return (*self.windows(shape).count, shape[2])

    def windows(self, shape: gn.Shape) -> Windows:
        """Return the windows on images of `shape`."""
        stride = self.size if self.stride is None else self.stride
        return Windows(shape, self.size, stride, self.padding)
