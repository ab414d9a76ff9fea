"""Arrays that tell a stopwatch of the matrix products that they go into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_callbacks.profiling.stand_in import StandIn
from glassnet_callbacks.profiling.stopwatch import Stopwatch

_NAMES = ("matmul", "dot", "vdot", "inner", "einsum", "tensordot", "vecdot", "matvec", "vecmat")
# Some came with newer versions of NumPy.
_PRODUCTS = {getattr(np, name) for name in _NAMES if hasattr(np, name)}


class Watched(np.ndarray[Any, Any]):
    """A view of an array. Whatever NumPy makes of it is watched too, and computed with plain arrays all the same."""

    stopwatch: Stopwatch

    def __array_finalize__(self, source: Any) -> None:
        if isinstance(source, Watched):
            self.stopwatch = source.stopwatch

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        outputs = options.get("out")
        result = self._call(function, ufunc in _PRODUCTS, inputs, options)
        if outputs is not None:
            return outputs[0] if len(outputs) == 1 else outputs
        return watched(result, self.stopwatch)

    def __array_function__(self, function: Callable[..., Any], types: Any, arguments: Any, options: Any) -> Any:
        if function not in _PRODUCTS:
            return super().__array_function__(function, types, arguments, options)
        return watched(self._call(function, True, arguments, options), self.stopwatch)

    def dot(self, other: Any, out: Any = None) -> Any:
        return np.dot(self, other, out=out)

    def _call(self, function: Callable[..., Any], is_product: bool, arguments: Any, options: dict[str, Any]) -> Any:
        values = [_plain(argument) for argument in arguments]
        named = {name: _plain(option) for name, option in options.items()}
        return self.stopwatch.product(function, *values, **named) if is_product else function(*values, **named)


class WatchedLayer(gn.Layer):
    """Does what its layer does; while products are watched, it gives the layer watched arrays to do it with."""

    layer: gn.Layer = gn.option(kind="layer", help="what computes")
    stopwatch: Any = gn.option(help="what takes note")

    accepts_integers = property(lambda self: self.layer.accepts_integers)

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        return self.layer.output_shape(shape)

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        return self.layer.parameters(shape)

    def state(self, shape: gn.Shape) -> gn.Arrays:
        return self.layer.state(shape)

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        if not self.stopwatch.watches_products:
            return self.layer.forward(params, x, ctx)
        y, cache = self.layer.forward(self._watched(params), self._watched(x), self._watched_context(ctx))
        return _plain(y), cache

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        if not self.stopwatch.watches_products:
            return self.layer.backward(params, cache, dy, grads, ctx)
        dx = self.layer.backward(
            self._watched(params), cache, self._watched(dy), self._watched(grads), self._watched_context(ctx)
        )
        return _plain(dx)

    def _watched(self, value: Any) -> Any:
        return watched(value, self.stopwatch)

    def _watched_context(self, ctx: gn.Context) -> Any:
        def empty(name: str, shape: gn.Shape, dtype: Any = None) -> Any:
            return self._watched(ctx.empty(name, shape, dtype))

        return StandIn(ctx, empty=empty)


def watched(value: Any, stopwatch: Stopwatch) -> Any:
    """Return an array, or nested arrays by name, as watched views; anything else as it is."""
    if isinstance(value, dict):
        return {name: watched(each, stopwatch) for name, each in value.items()}
    if isinstance(value, tuple):
        return tuple(watched(each, stopwatch) for each in value)
    if not isinstance(value, np.ndarray):
        return value
    view = value.view(Watched)
    view.stopwatch = stopwatch
    return view


def _plain(value: Any) -> Any:
    """Return a watched array, or those in a tuple or list, as plain ones."""
    if isinstance(value, Watched):
        return value.view(np.ndarray)
    return type(value)(map(_plain, value)) if type(value) in (tuple, list) else value
