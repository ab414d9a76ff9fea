"""Maximum pooling: the largest value in each window."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet_layers.pool2d import Pool2D


class MaxPool2D(Pool2D):
    """The largest value that a window sees, in each channel by itself.

    Zhou and Chellappa (1988), Computation of optical flow using a neural network, IEEE International Conference
    on Neural Networks. Goodfellow, Bengio and Courville (2016), Deep Learning, section 9.3.

    Shapes
    ------
    input
        ``(batch, height, width, channels)``
    output
        ``(batch, rows, columns, channels)``; with `padding` on each side, ``rows = floor((height + 2 padding -
        size) / stride) + 1``, and columns likewise

    Conventions
    -----------
    Added pixels are smaller than all others, so they never win. A largest value of zero is +0, never -0. Of several
    largest values the first, row by row, gets the gradient, as in PyTorch. A number as `padding` pads as in PyTorch,
    which takes no more than half a window; ``"same"`` is that of TensorFlow and Keras: ``ceil(height / stride)`` rows,
    and where the number of added pixels is odd, the one more is at the bottom and at the right. Where the last window
    does not fit, the pixels that are left over are not looked at.

    Raises
    ------
    OptionError
        When the padding is another word, or as large as the window.
    ShapeError
        When samples are no images, or smaller than a window.
    """

    batch_independent = True
    output_type = "inputs"
    examples = (
        ("max_pool2d", (4, 5, 2)),
        ("max_pool2d(3, stride=2, padding=1)", (4, 5, 2)),
        ("max_pool2d([2, 3], stride=2, padding='same')", (3, 4, 1)),
    )
    formula = "y[r, c] = max over i, j of x[r stride + i, c stride + j]"
    gradient_formula = "dx[r stride + i, c stride + j] = sum of dy[r, c] over the windows whose first maximum is there"

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        seen = self.windows(x.shape[1:]).seen(x, -np.inf)
        # Of 0 and -0, processors and memory layouts differ in which one is the larger; plus 0, both are 0.
        return seen.max(axis=(3, 4)) + 0, x

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        x = cache
        windows = self.windows(x.shape[1:])
        seen = windows.seen(x, -np.inf)
        places = seen.reshape(*seen.shape[:3], -1, seen.shape[-1])
        first = places.argmax(axis=3, keepdims=True)
        dseen = np.where(np.arange(places.shape[3])[:, np.newaxis] == first, dy[:, :, :, np.newaxis], 0)
        dx: gn.Array = windows.give_back(dseen.reshape(seen.shape))
        return dx
