"""A layer on a tape: its forward is run on traced arrays, with the random numbers and the state of a pass."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from glassnet.components.context import Context
from glassnet.components.layer import Arrays, Layer
from glassnet.errors import TracingError
from glassnet.types import Array, Shape
from glassnet_autodiff.tape import Tape
from glassnet_autodiff.traced_array import TracedArray
from glassnet_autodiff.tree import tree_map


@attrs.frozen(eq=False)
class TracedLayer:
    """A layer's forward on a tape: its parameters, input and output, and the mask of the output."""

    tape: Tape
    params: Arrays
    x: Any
    y: Any
    mask: Array | None


def trace_layer(layer: Layer, params: Arrays, x: Array, ctx: Context, state: Arrays) -> TracedLayer:
    """Run a layer's forward on a tape of its own, from `state`, with the random numbers of the pass."""
    tape = Tape(ctx.dtype)
    traced_params = tree_map(tape.array, params)
    traced_x = tape.array(x) if x.dtype.kind == "f" else x
    context = TracingContext(tape, ctx, tree_map(tape.array, state))
    y = output_of(layer, layer.forward(traced_params, traced_x, context))
    return TracedLayer(tape, traced_params, traced_x, y, context.mask)


def output_of(layer: Layer, returned: Any) -> Any:
    """Return the output in what the forward of a layer returned.

    Raises
    ------
    TracingError
        If that is not an output and a cache.
    """
    if not isinstance(returned, tuple) or len(returned) != 2:
        problem = f"forward returns {type(returned).__name__}"
        raise TracingError(f"{layer.title()}: {problem}; return the output and what backward needs: y, None")
    return returned[0]


class TracingContext(Context):
    """The context of a layer on a tape: work buffers and state are traced arrays."""

    def __init__(self, tape: Tape, ctx: Context, state: Arrays) -> None:
        shared = copy.copy(ctx.shared)
        shared.dtype = tape.dtype
        super().__init__(shared, state, ctx.path)
        self.mask = ctx.mask
        self.reads_input = ctx.reads_input
        self.trainable = ctx.trainable
        self._tape = tape
        self._original = ctx

    @property
    def rng(self) -> Any:
        """The random numbers of the pass, once more."""
        return _Draws(super().rng)

    def buffer(self, name: str, shape: Shape, dtype: Any = None) -> Any:
        """Return a work buffer: traced, unless it is for other than the tape's numbers."""
        if dtype is not None and np.dtype(dtype) != self._tape.dtype:
            return np.empty(shape, dtype)
        # Not a number, so that what is read before it was written shows.
        return self._tape.array(np.full(shape, np.nan))

    def _new_child(self, name: str, trainable: bool) -> Context:
        original = self._original.child(name, trainable=trainable)
        return TracingContext(self._tape, original, self.state.get(name, {}))


class _Draws:
    """A random generator that fills traced arrays too; what is drawn has no gradient."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def __getattr__(self, name: str) -> Callable[..., Any]:
        draw = getattr(self._rng, name)

        def drawn(*arguments: Any, out: Any = None, **named: Any) -> Any:
            if not isinstance(out, TracedArray):
                return draw(*arguments, **named, **({} if out is None else {"out": out}))
            out[...] = draw(*arguments, out=np.empty(out.shape, out.dtype), **named)
            return out

        return drawn
