"""Global average pooling: an image becomes the mean of each channel."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet_layers.image_options import check_image


class GlobalAvgPool2D(gn.Layer):
    """The mean of each channel over the whole image.

    In front of the last layer it takes the place of ``flatten``, with far fewer weights behind it and for images of
    any size.

    Lin, Chen and Yan (2013), Network In Network, arXiv:1312.4400.

    Shapes
    ------
    input
        ``(batch, height, width, channels)``
    output
        ``(batch, channels)``

    Raises
    ------
    ShapeError
        When samples are no images.
    """

    batch_independent = True
    output_type = "inputs"
    examples = (("global_avg_pool2d", (4, 3, 2)),)
    formula = "y = sum over r, c of x[r, c] / (height width)"
    gradient_formula = "dx[r, c] = dy / (height width)"

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        check_image(shape)
        return (shape[2],)

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        return x.mean(axis=(1, 2)), x.shape

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        _, height, width, _ = cache
        return np.broadcast_to(dy[:, np.newaxis, np.newaxis] / (height * width), cache)
