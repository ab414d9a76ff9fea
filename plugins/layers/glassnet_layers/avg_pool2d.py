"""Average pooling: the mean of each window."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet_layers.pool2d import Pool2D


class AvgPool2D(Pool2D):
    """The mean of what a window sees, in each channel by itself.

    LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document recognition, Proceedings
    of the IEEE 86(11), where it is called sub-sampling. Goodfellow, Bengio and Courville (2016), Deep Learning,
    section 9.3.

    Shapes
    ------
    input
        ``(batch, height, width, channels)``
    output
        ``(batch, rows, columns, channels)``; with `padding` on each side, ``rows = floor((height + 2 padding -
        size) / stride) + 1``, and columns likewise

    Conventions
    -----------
    Added pixels do not count: at the border the mean is over the fewer pixels of the image that a window sees. So
    it is in TensorFlow and Keras, and in PyTorch with ``count_include_pad=False``, which is not its default. A
    number as `padding` pads as in PyTorch, which takes no more than half a window; ``"same"`` is that of TensorFlow
    and Keras: ``ceil(height / stride)`` rows, and where the number of added pixels is odd, the one more is at the
    bottom and at the right. Where the last window does not fit, the pixels that are left over are not looked at.

    Raises
    ------
    ShapeError
        When samples are no images, or smaller than a window.
    OptionError
        When the padding is another word, or as large as the window.
    """

    batch_independent = True
    output_type = "inputs"
    examples = (
        ("avg_pool2d", (4, 5, 2)),
        ("avg_pool2d(3, stride=2, padding=1)", (4, 5, 2)),
        ("avg_pool2d([2, 3], stride=2, padding='same')", (3, 4, 1)),
    )
    formula = (
        "y[r, c] = sum over i, j of x[r stride + i, c stride + j] / n[r, c],  "
        "n[r, c] = number of the image's pixels that the window sees"
    )
    gradient_formula = "dx[r stride + i, c stride + j] = sum over i, j of dy[r, c] / n[r, c]"

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        windows = self.windows(x.shape[1:])
        pixels = windows.seen(np.ones_like(x[:1])).sum(axis=(3, 4))
        return windows.seen(x).sum(axis=(3, 4)) / pixels, (x.shape[1:], pixels)

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        shape, pixels = cache
        windows = self.windows(shape)
        shares = (dy / pixels)[:, :, :, np.newaxis, np.newaxis]
        size = windows.rows.size, windows.columns.size
        dx: gn.Array = windows.give_back(np.broadcast_to(shares, (*dy.shape[:3], *size, windows.channels)))
        return dx
