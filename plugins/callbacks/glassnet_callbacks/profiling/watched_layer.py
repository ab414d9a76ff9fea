"""Layers that are given arrays that are watched."""

from __future__ import annotations

from typing import Any

import glassnet as gn
from glassnet_callbacks.profiling.replacement import Wrapper
from glassnet_callbacks.profiling.watched import plain, watched


class WatchedLayer(gn.LayerWrapper):
    """Does what its layer does; while products are watched, it gives the layer watched arrays to do it with."""

    kind_of_array: Any = gn.option(help="class of the watched arrays")

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        if not self.kind_of_array.stopwatch.watches_products:
            return super().forward(params, x, ctx)
        params, x = self._given(params, x)
        y, cache = self.layer.forward(params, x, self._watched_context(ctx))
        return plain(y), cache

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        if not self.kind_of_array.stopwatch.watches_products:
            return super().backward(params, cache, dy, grads, ctx)
        params, dy, grads = self._given(params, dy, grads)
        dx: gn.Array | None = self.layer.backward(params, cache, dy, grads, self._watched_context(ctx))
        return plain(dx)  # type: ignore[no-any-return]

    def _given(self, *values: Any) -> Any:
        """Return watched views; to make them is the work of watching."""
        stopwatch = self.kind_of_array.stopwatch
        stopwatch.count_call()
        stopwatch.open(stopwatch.watching)
        views = watched(values, self.kind_of_array)
        stopwatch.close()
        return views

    def _watched_context(self, ctx: gn.Context) -> Any:
        def buffer(name: str, shape: gn.Shape, dtype: Any = None) -> Any:
            return watched(ctx.buffer(name, shape, dtype), self.kind_of_array)

        return Wrapper(ctx, buffer=buffer)
