"""conv2d without copies: a matrix product with what windows see, which is read where it lies."""

from __future__ import annotations

import math
from functools import lru_cache, partial
from importlib import import_module
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_accelerators.numpy_only.conv2d import ConvolutionByStrips
from glassnet_accelerators.numpy_only.windows import windows_of
from glassnet_accelerators.plain_arrays import flat
from glassnet_machine_code.large_stack import on_large_stack

# Images that are worked through at once, and what is made of them, stay in a core's cache.
_PIECE_BYTES = 2_000_000
# Weights' gradients of each piece are added up. With no fewer windows than these, that is little of the work.
_LEAST_WINDOWS = 256


class ConvolutionInPlace(ConvolutionByStrips):
    """Does what a conv2d does with stride 1 and without groups, in four bytes a number."""

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        windows = windows_of(self.layer, x.shape[1:])
        weights = params["weights"]
        if x.dtype != np.float32 or not _suits(windows):
            y, cache = super().forward(params, x, ctx)
            return y, (None, cache)
        y = ctx.buffer("y", (len(x), *windows.count, weights.shape[3]))
        _convolve(_Seen(windows, x, y, ctx), weights, params.get("bias"))
        return y, (windows, x)

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        windows, x = cache
        if windows is None:
            return super().backward(params, x, dy, grads, ctx)
        dy = dy.astype(x.dtype, copy=False)
        _derive(_Seen(windows, x, dy, ctx), grads["weights"], ctx)
        if "bias" in grads:
            pixels = dy.reshape(-1, dy.shape[3])
            np.matmul(np.ones(len(pixels), dy.dtype), pixels, out=grads["bias"])
        if not ctx.needs_input_grad:
            return None
        # Each pixel of the input looks back at what has seen it, through the filters turned around.
        dx = ctx.buffer("dx", x.shape)
        _convolve(_Seen(windows.turned(dy.shape[3]), dy, dx, ctx), params["weights"][::-1, ::-1].swapaxes(2, 3), None)
        return dx


def _suits(windows: Any) -> bool:
    """Tell whether the input's gradient can be computed by windows on dy, and there are nearly as many as on x.

    It has a product for each pixel, where there could be one for each window.
    """
    pixels = windows.rows.length * windows.columns.length
    return bool(windows.can_be_turned) and pixels <= 1.5 * math.prod(windows.count)


class _Seen:
    """What windows see, some images at a time: the matrix X of ``y = X W`` as the kernel reads it.

    Parameters
    ----------
    x, y
        Images, and one pixel for each window.

    Attributes
    ----------
    y, pieces
        Of which piece k is some of the images, from ``k`` times their number on; and how many pieces there are.
    """

    def __init__(self, windows: Any, x: gn.Array, y: gn.Array, ctx: gn.Context) -> None:
        self._windows, self._x, self.y = windows, x, y
        of_image = 4 * (math.prod(windows.padded_shape) + math.prod(y.shape[1:]))
        self._images = max(_PIECE_BYTES // of_image, -(-_LEAST_WINDOWS // math.prod(windows.count)), 1)
        self.pieces = -(-len(x) // self._images)
        self._padded = None
        if x.shape[1:] != windows.padded_shape:
            self._padded = ctx.buffer(
                "padded", (gn.executor().num_workers(self.pieces), self._images, *windows.padded_shape)
            )
            self._padded[...] = 0

    def of(self, piece: int, worker: int) -> tuple[gn.Array, gn.Array, gn.Array, gn.Array]:
        """Return a piece: numbers of X, where its rows and its columns begin, and y."""
        these = slice(piece * self._images, (piece + 1) * self._images)
        x, y = self._x[these], self.y[these]
        if self._padded is not None:
            padded = self._padded[worker, : len(x)]
            self._windows.inside(padded)[...] = x
            x = padded
        rows, columns = self._windows.rows, self._windows.columns
        begin = _beginnings(x.shape, self._windows.count)
        return flat(x), begin, _window(x.shape, (rows.size, columns.size), (rows.dilation, columns.dilation)), flat(y)


def _convolve(seen: _Seen, weights: gn.Array, bias: gn.Array | None) -> None:
    """Compute ``y = X W + b``."""
    from glassnet_accelerators.indexed_product import product

    filters = weights.shape[3]
    weights, bias = flat(weights), flat(np.zeros(filters, weights.dtype) if bias is None else bias)

    def convolve(piece: int, worker: int) -> None:
        x, rows, columns, y = seen.of(piece, worker)
        product(x, rows, columns, weights, filters, bias, 0, y)

    gn.executor().parallel_for(seen.pieces, convolve)


def _derive(seen: _Seen, dweights: gn.Array, ctx: gn.Context) -> None:
    """Compute ``dW = X^T dy``: those of all pieces, added up."""
    from glassnet_accelerators.indexed_product import product

    filters = dweights.shape[3]
    parts = np.asarray(ctx.buffer("dweights", (seen.pieces, dweights.size)))
    parts[...] = 0

    def derive(piece: int, worker: int) -> None:
        x, rows, columns, dy = seen.of(piece, worker)
        product(x, columns, rows, dy, filters, parts[piece], filters, parts[piece])

    gn.executor().parallel_for(seen.pieces, derive)
    parts.sum(axis=0, out=dweights.reshape(-1))


@lru_cache(maxsize=256)
def _beginnings(images: gn.Shape, count: gn.Shape) -> gn.Array:
    """Return where in some images each window begins."""
    return np.arange(math.prod(images)).reshape(images)[:, : count[0], : count[1], 0].ravel()


@lru_cache(maxsize=256)
def _window(images: gn.Shape, size: gn.Shape, dilation: gn.Shape) -> gn.Array:
    """Return where the numbers that a window sees lie, counted from where it begins."""
    image = np.arange(math.prod(images[1:])).reshape(images[1:])
    return image[:: dilation[0], :: dilation[1]][: size[0], : size[1]].ravel()


class NumbaConv2D(gn.Accelerator):
    """conv2d, compiled: what windows see is multiplied where it lies, at the speed at which a core can multiply.

    Forward and backward of 16 filters of 3 x 3 on (32, 14, 14, 8) take 0.07 of the formula's time, and 0.65 of the time
    of `numpy_conv2d`, on one thread.

    Goto and van de Geijn (2008), Anatomy of High-Performance Matrix Multiplication, ACM Transactions on Mathematical
    Software 34(3), for the product; with tables that say where a factor lies, Dukhan (2019), The Indirect Convolution
    Algorithm, arXiv:1907.02129. With another stride than 1, with groups, or in float64, the layer does it itself.
    """

    replaces = "layer.glassnet.conv2d"
    requires = ("numba",)
    formula = "y = X W + b, where X[r, k] = x[rows[r] + columns[k]]"

    def is_worthwhile(self, workload: gn.Workload) -> bool:
        # An element takes about 2.5 ns less, forward and backward; importing Numba takes half a second.
        return workload.total_elements >= 2e8

    def replacement(self, component: gn.Layer) -> gn.Layer:
        convolution: Any = component
        if convolution.stride not in (1, (1, 1)) or convolution.groups != 1:
            return component
        # It compiles, or says that it cannot.
        on_large_stack(partial(import_module, "glassnet_accelerators.indexed_product"))
        return ConvolutionInPlace(component)
