"""Derivatives of components by the tape: for those whose author wrote `forward` alone, and to check the others.

With ``smooth=True`` a kink that matters is refused: the tape takes the mean of the slopes on both sides there, and a
smooth whole may have parts with kinks, such as the ``|x|`` in a sigmoid, that do not add up.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from glassnet.components.activation import Activation
from glassnet.components.component import Component
from glassnet.components.context import Context
from glassnet.components.layer import Arrays, Layer
from glassnet.components.loss import Loss
from glassnet.components.regularizer import Regularizer
from glassnet.components.wrappers import LayerStandIn
from glassnet.errors import TracingError
from glassnet.model.sequential import Sequence
from glassnet.types import Array, Shape
from glassnet_autodiff.derivatives import name_of
from glassnet_autodiff.tape import Statement, Tape
from glassnet_autodiff.traced_array import Traced
from glassnet_autodiff.traced_float import keep_numbers
from glassnet_autodiff.tracing_error import named


def activation_gradient(activation: Activation, x: Array, dy: Array) -> Array:
    """Return the gradient of an activation's input, given that of its output."""
    return _gradient(activation, activation.forward, x, dy)


def loss_gradient(loss: Loss, y_pred: Array, y_true: Array, *, smooth: bool = False) -> Array:
    """Return the gradient of a loss with respect to the predictions."""
    return _gradient(loss, lambda traced: keep_numbers(loss.forward)(traced, y_true), y_pred, smooth=smooth)


def regularizer_gradient(regularizer: Regularizer, w: Array, *, smooth: bool = False) -> Array:
    """Return the gradient of a regularizer's penalty."""
    return _gradient(regularizer, regularizer.penalty, w, smooth=smooth)


def _gradient(
    component: Component, function: Callable[[Any], Any], x: Array, dy: Any = 1.0, *, smooth: bool = False
) -> Array:
    tape = Tape(x.dtype)
    traced = tape.array(x)
    with named(component):
        backward(tape, keep_numbers(function)(traced), dy, smooth=smooth)
    found: Array = traced.gradient
    return found


def layer_gradients(
    layer: Layer, params: Arrays, x: Array, dy: Array, ctx: Context, *, smooth: bool = False
) -> tuple[Array | None, Arrays]:
    """Return the gradients of a layer's input and parameters; its own backward, if it has one, is not asked.

    Parameters
    ----------
    layer
        What `Layer.as_layer` or `Activation.as_layer` returns.
    params, x, dy
        Parameters, nested by name as in a network; input; gradient of the output.
    ctx
        The context of the pass. Its state stays as it is. Without a mask, `x` is the input of a network.

    Returns
    -------
    dx, grads
        Without an input gradient, None, where the input are integers.

    Raises
    ------
    TracingError
        When `forward` does what the tape cannot follow.
    """
    if ctx.mask is None:
        ctx.mask = Sequence([layer]).mask_of_input(x)
    with named(layer):
        traced = trace_layer(layer, params, x, ctx, ctx.state)
        backward(traced.tape, traced.y, dy, smooth=smooth)
    grads = mapped(lambda array: array.gradient, traced.params)
    return traced.x.gradient if isinstance(traced.x, Traced) else None, grads


def backward(tape: Tape, y: Any, dy: Any = 1.0, *, smooth: bool) -> None:
    """Go back over a tape.

    Raises
    ------
    TracingError
        With `smooth`, when an operation has a kink where it was computed, and that has a share in the result.
    """
    for statement, g in zip(tape.statements, tape.backward(y, dy), strict=True):
        if smooth and (_kinks(statement) & (g != 0)).any():
            raise TracingError(f"{name_of(statement.function)} has a kink at {statement.values}")


def _kinks(statement: Statement) -> Any:
    """Return where the result of a statement has a kink."""
    name, values, y = name_of(statement.function).rpartition("np.")[2], statement.values, statement.y
    if name in ("absolute", "fabs"):
        return values[0] == 0
    if name in ("hypot", "linalg.norm", "linalg.vector_norm"):
        return y == 0
    if name in ("maximum", "minimum", "fmax", "fmin"):
        # What is padded with -inf never comes up against itself: the other side has no share in any result.
        return (values[0] == values[1]) & np.isfinite(y)
    if name in ("max", "min", "amax", "amin", "nanmax", "nanmin", "maximum.reduce", "minimum.reduce"):
        axis = statement.named.get("axis", 0 if name.endswith("reduce") else None)
        keepdims = statement.named.get("keepdims", False)
        extreme = y if keepdims or axis is None else np.expand_dims(y, axis)
        return np.sum(values[0] == extreme, axis=axis, keepdims=keepdims) > 1
    if name in ("sort", "partition", "median", "quantile", "percentile"):
        return np.asarray(np.unique(values[0]).size < np.size(values[0]))
    return np.zeros((), bool)


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
    traced_params = mapped(tape.array, params)
    traced_x = tape.array(x) if x.dtype.kind == "f" else x
    context = TracingContext(tape, ctx, mapped(tape.array, state))
    y = output_of(layer, keep_numbers(layer.forward)(traced_params, traced_x, context))
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

    def empty(self, name: str, shape: Shape, dtype: Any = None) -> Any:
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
            if not isinstance(out, Traced):
                return draw(*arguments, **named, **({} if out is None else {"out": out}))
            out[...] = draw(*arguments, out=np.empty(out.shape, out.dtype), **named)
            return out

        return drawn


class Derived(LayerStandIn):
    """Stands in a network for a layer that has no `backward`: it runs `forward` once more, on a tape."""

    def forward(self, params: Arrays, x: Array, ctx: Context) -> tuple[Array, Any]:
        before, mask = mapped(np.copy, ctx.state), ctx.mask
        y = output_of(self.layer, self.layer.forward(params, x, ctx))
        return y, (x, before, mask)

    def backward(self, params: Arrays, cache: Any, dy: Array, grads: Arrays, ctx: Context) -> Array | None:
        x, before, ctx.mask = cache
        with named(self.layer):
            traced = trace_layer(self.layer, params, x, ctx, before)
            traced.tape.backward(traced.y, dy, counts=_is_real(traced.mask, dy))
        _put(traced.params, grads)
        return traced.x.gradient if isinstance(traced.x, Traced) else None


def _is_real(mask: Array | None, dy: Array) -> Any:
    """Return where an output counts: not in the steps that are padding, of which no later layer takes notice."""
    if mask is None or dy.shape[: mask.ndim] != mask.shape:
        return True
    return mask.reshape(mask.shape + (1,) * (dy.ndim - mask.ndim)) | (dy != 0)


def mapped(change: Callable[[Any], Any], tree: Arrays) -> Arrays:
    """Return nested arrays, each of them changed; a branch that stands in two places is one in both."""
    done: dict[int, Arrays] = {}

    def of(branch: Arrays) -> Arrays:
        if id(branch) not in done:
            changed = {name: of(one) if isinstance(one, dict) else change(one) for name, one in branch.items()}
            done[id(branch)] = changed
        return done[id(branch)]

    return of(tree)


def _put(traced: Arrays, grads: Arrays) -> None:
    """Write the gradients; of a parameter in several places, the tape has one for all, which is for the first."""
    written: set[int] = set()

    def put(branch: Arrays, into: Arrays) -> None:
        for name, one in branch.items():
            if isinstance(one, dict):
                put(one, into[name])
            else:
                into[name][...] = 0 if id(one) in written else one.gradient
                written.add(id(one))

    put(traced, grads)
