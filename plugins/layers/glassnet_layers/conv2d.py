"""Convolution: small filters slide over images."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_layers.im2col import Columns, by_group
from glassnet_layers.matmul import multiply
from glassnet_layers.sliding_bands import Bands
from glassnet_layers.tiles import tiles
from glassnet_layers.windows import Pair, Windows, check_padding, pair


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
    of the channels; as many groups as channels make it a depthwise convolution.

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
        y = ctx.buffer("y", (len(x), *windows.count, self.filters))
        seen: Bands | Columns
        if Bands.suit(windows, self.filters, self.groups, x.itemsize):
            seen = Bands(windows, x, self.filters, self.groups, ctx)
        else:
            seen = Columns(windows, windows.padded(x, 0, ctx), self.filters, self.groups, ctx)
        self._convolve(seen, params["weights"], params["bias"] if self.bias else None, y)
        return y, (windows, seen.padded)

    def _convolve(self, seen: Bands | Columns, weights: gn.Array, bias: gn.Array | None, y: gn.Array) -> None:
        """Compute y from all that windows see."""
        groups = self.groups
        weights = by_group(weights, groups)
        # A bias for each pixel of a row: long rows are added faster than short pixels.
        row = None if bias is None else np.tile(bias, y.shape[2])

        def convolve(strip: int, worker: int) -> None:
            part = y[seen.strips[strip]]
            multiply(seen.of(strip, worker), weights, out=by_group(part, groups))
            if row is not None:
                rows = part.reshape(-1, len(row))
                rows += row

        gn.executor().parallel_for(len(seen.strips), convolve)

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        windows, padded = cache
        dy = np.ascontiguousarray(dy)
        self._parameter_gradients(windows, padded, dy, grads, ctx)
        if not ctx.needs_input_grad:
            return None
        if windows.can_be_turned:
            turned = windows.turned(self.filters)
            if Bands.suit(turned, windows.channels, self.groups, dy.itemsize):
                return self._input_gradient_by_bands(turned, params["weights"], dy, ctx)
        return self._input_gradient(windows, params["weights"], dy, ctx)

    def _parameter_gradients(
        self, windows: Windows, padded: gn.Array, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> None:
        """Compute dW and db: those of each strip, added up."""
        # Making the columns again is faster than keeping them all, and takes far less memory.
        columns = Columns(windows, padded, self.filters, self.groups, ctx)
        weights = by_group(grads["weights"], self.groups)
        weights_of_strips = ctx.buffer("weights_of_strips", (len(columns.strips), *weights.shape))
        bias_of_strips = ctx.buffer("bias_of_strips", (len(columns.strips), self.filters))
        ones = np.ones(dy[columns.strips[0]].size // self.filters, dy.dtype)

        def derive(strip: int, worker: int) -> None:
            part = dy[columns.strips[strip]]
            multiply(columns.of(strip, worker).swapaxes(1, 2), by_group(part, self.groups), weights_of_strips[strip])
            pixels = part.reshape(-1, self.filters)
            np.matmul(ones[: len(pixels)], pixels, out=bias_of_strips[strip])

        gn.executor().parallel_for(len(columns.strips), derive)
        weights_of_strips.sum(axis=0, out=weights)
        if self.bias:
            bias_of_strips.sum(axis=0, out=grads["bias"])

    def _input_gradient_by_bands(self, windows: Windows, weights: gn.Array, dy: gn.Array, ctx: gn.Context) -> gn.Array:
        """Compute dx as a convolution: each pixel looks back at what has seen it, through the filters turned around."""
        *size, channels, filters = weights.shape
        by_filter = weights[::-1, ::-1].reshape(*size, channels, self.groups, filters // self.groups).swapaxes(2, 4)
        turned = by_filter.reshape(*size, filters // self.groups, channels * self.groups)
        dx = ctx.buffer("dx", (len(dy), *windows.count, channels * self.groups))
        self._convolve(Bands(windows, dy, channels * self.groups, self.groups, ctx, "padded_dy"), turned, None, dx)
        return dx

    def _input_gradient(self, windows: Windows, weights: gn.Array, dy: gn.Array, ctx: gn.Context) -> gn.Array:
        """Compute dx: each place in the kernel gives something back to the pixels that it saw."""
        batch, rows, width, filters = dy.shape
        channels, groups = windows.channels, self.groups
        dx = ctx.buffer("dx", (batch, *windows.padded_shape))
        image_bytes = dy.itemsize * (math.prod(windows.padded_shape) + rows * width * (channels + filters))
        pieces = [images for images, _ in tiles(batch, 1, image_bytes)]
        buffers = ctx.buffer(
            "given_back", (gn.executor().num_workers(len(pieces)), pieces[0].stop, rows, width, channels)
        )
        # W[i, j]^T by place and group: (places, groups, filters / groups, channels / groups).
        transposed = weights.reshape(-1, channels // groups, groups, filters // groups).transpose(0, 2, 3, 1)
        transposed = np.ascontiguousarray(transposed)

        def give_back(piece: int, worker: int) -> None:
            part = dx[pieces[piece]]
            part[...] = 0
            given_back = buffers[worker, : len(part)]
            for w, seen in zip(transposed, windows.views(part), strict=True):
                multiply(by_group(dy[pieces[piece]], groups), w, out=by_group(given_back, groups))
                seen += given_back

        gn.executor().parallel_for(len(pieces), give_back)
        return windows.inside(dx)
