"""Convolution: small filters slide over images."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet_layers.image_options import Pair, check_padding, pair
from glassnet_layers.windows import Windows


class Conv2D(gn.Layer):
    """Filters that slide over images: each output pixel is a weighted sum of the pixels in a window.

    As everywhere in this field, the filters are not flipped, which makes it a cross-correlation.

    LeCun, Boser, Denker, Henderson, Howard, Hubbard and Jackel (1989), Backpropagation Applied to Handwritten Zip
    Code Recognition, Neural Computation 1(4). Goodfellow, Bengio and Courville (2016), Deep Learning, chapter 9.
    Lengths, strides and padding in pictures: Dumoulin and Visin (2016), A guide to convolution arithmetic for deep
    learning, arXiv:1603.07285. As a matrix product: Chellapilla, Puri and Simard (2006), High Performance
    Convolutional Neural Networks for Document Processing, IWFHR.

    Shapes
    ------
    input
        ``(batch, height, width, channels)``
    output
        ``(batch, rows, columns, filters)``; with `padding` on each side, ``rows = floor((height + 2 padding -
        dilation (kernel_height - 1) - 1) / stride) + 1``, and columns likewise
    weights
        ``(kernel_height, kernel_width, channels / groups, filters)``
    bias
        ``(filters,)``, zeros at first

    With `groups`, channels and filters are cut into `groups` parts, and each part of the filters sees only its part
    of the channels. As many groups as channels make it a depthwise convolution.

    Conventions
    -----------
    PyTorch's ``Conv2d`` has images ``(batch, channels, height, width)`` and weights ``(filters, channels / groups,
    kernel_height, kernel_width)``. ``padding="same"`` is that of TensorFlow and Keras: ``ceil(height / stride)``
    rows, and where the number of added pixels is odd, the one more is at the bottom and at the right. With stride 1
    and an odd kernel this is PyTorch's "same" too, which takes no other stride; a number of pixels pads alike in
    all of them.

    Raises
    ------
    OptionError
        When the padding is another word, or groups do not divide the filters.
    ShapeError
        When samples are no images, are smaller than the kernel, or their channels cannot be cut into groups.
    """

    filters: int = gn.option(ge=1, help="number of filters: channels of the output")
    kernel_size: Pair = gn.option(ge=1, help="height and width of a filter; one number for both")
    stride: Pair = gn.option(1, ge=1, help="pixels from one window to the next")
    padding: str | Pair = gn.option("valid", ge=0, help="'valid' for none, 'same', or zeros added on each side")
    dilation: Pair = gn.option(1, ge=1, help="pixels from one that a window sees to the next")
    groups: int = gn.option(1, ge=1, help="parts of the channels that are convolved apart")
    weight_init: gn.Initializer | None = gn.option(
        None, kind="initializer", help="first values of the weights; by default what suits the activation that follows"
    )
    bias: bool = gn.option(True, help="whether to add a bias")
    regularizer: gn.Regularizer | None = gn.option(None, kind="regularizer", help="penalty on this layer's parameters")
    constraint: gn.Constraint | None = gn.option(None, kind="constraint", help="what the weights have to keep to")

    batch_independent = True
    keeps_steps = False
    examples = (
        ("conv2d(2, 3)", (5, 4, 2)),
        ("conv2d(4, [2, 3], stride=2, padding='same', groups=2, bias=False)", (5, 4, 2)),
        ("conv2d(2, 2, padding=1, dilation=2)", (4, 5, 1)),
    )
    formula = (
        "y[r, c] = b + sum over i, j of x[r stride + i dilation, c stride + j dilation] W[i, j];  "
        "or y = X W + b, where a row of X is all that the window sees at one place"
    )
    gradient_formula = (
        "dW = X^T dy,  db = sum over batch and places of dy,  "
        "dx[r stride + i dilation, c stride + j dilation] = sum over i, j of dy[r, c] W[i, j]^T"
    )

    def __attrs_post_init__(self) -> None:
        check_padding(self, self.padding)
        if self.filters % self.groups:
            raise gn.OptionError(
                f"conv2d: filters must be a multiple of groups (got {self.filters} filters in {self.groups} groups)"
            )

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        windows = self.windows(shape)
        if windows.channels % self.groups:
            raise gn.ShapeError(
                f"{windows.channels} channels cannot be cut into {self.groups} equal groups; "
                "choose groups that divide the channels"
            )
        return (*windows.count, self.filters)

    def windows(self, shape: gn.Shape) -> Windows:
        """Return the windows through which the filters see images of that shape."""
        return Windows(shape, self.kernel_size, self.stride, self.padding, self.dilation)

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        described: gn.ParameterTree = {
            "weights": gn.Parameter(
                (*pair(self.kernel_size), shape[2] // self.groups, self.filters),
                initializer=self.weight_init,
                default_initializer="glorot_uniform",
                regularizer=self.regularizer,
                constraint=self.constraint,
            )
        }
        if self.bias:
            described["bias"] = gn.Parameter(
                (self.filters,), initializer="zeros", regularizer=self.regularizer, is_bias=True
            )
        return described

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        windows = self.windows(x.shape[1:])
        seen = self._by_group(windows.seen(x))
        y = np.einsum("nrcijgk,ijkgf->nrcgf", seen, self._by_group(params["weights"])).reshape(*seen.shape[:3], -1)
        return y + params["bias"] if self.bias else y, (windows, seen)

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        windows, seen = cache
        dy_by_group = self._by_group(dy)
        self._by_group(grads["weights"])[...] = np.einsum("nrcijgk,nrcgf->ijkgf", seen, dy_by_group)
        if self.bias:
            grads["bias"][...] = dy.sum(axis=(0, 1, 2))
        dseen = np.einsum("nrcgf,ijkgf->nrcijgk", dy_by_group, self._by_group(params["weights"]))
        dx: gn.Array = windows.give_back(dseen.reshape(*seen.shape[:5], -1))
        return dx

    def _by_group(self, values: gn.Array) -> gn.Array:
        """Return a view of ``(…, channels)`` as ``(…, groups, channels of a group)``."""
        return values.reshape(*values.shape[:-1], self.groups, -1)
