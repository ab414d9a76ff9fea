"""Derivatives of components by the tape: for those whose author wrote `forward` alone, and to check the others.

With ``smooth=True`` a kink that matters is refused: see `kinks`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.components.activation import Activation
from glassnet.components.component import Component
from glassnet.components.context import Context
from glassnet.components.layer import Arrays, Layer
from glassnet.components.loss import Loss
from glassnet.components.parameter import Regularizer
from glassnet.model.sequential import LayerSequence
from glassnet.types import Array
from glassnet_autodiff.kinks import backward
from glassnet_autodiff.tape import Tape
from glassnet_autodiff.traced_array import TracedArray
from glassnet_autodiff.traced_layer import output_of, trace_layer
from glassnet_autodiff.tracing_error import named
from glassnet_autodiff.tree import tree_map


def derived_backward(component: Component) -> Any:
    """Return the derivative that the author of a component left out; see the hook `glassnet_backward`."""
    if isinstance(component, Activation):
        return lambda dy, x, y: activation_gradient(component, x, dy)
    if isinstance(component, Layer):
        return AutodiffLayer(
            component, trainable=component.trainable, lr_scale=component.lr_scale, freeze=component.freeze
        )
    if isinstance(component, Loss):
        return partial(loss_gradient, component)
    return partial(regularizer_gradient, component) if isinstance(component, Regularizer) else None


def activation_gradient(activation: Activation, x: Array, dy: Array) -> Array:
    """Return the gradient of an activation's input, given that of its output."""
    return _gradient(activation, activation.forward, x, dy)


def loss_gradient(loss: Loss, y_pred: Array, y_true: Array, *, smooth: bool = False) -> Array:
    """Return the gradient of a loss with respect to the predictions."""
    return _gradient(loss, lambda traced: loss.forward(traced, y_true), y_pred, smooth=smooth)


def regularizer_gradient(regularizer: Regularizer, w: Array, *, smooth: bool = False) -> Array:
    """Return the gradient of a regularizer's penalty."""
    return _gradient(regularizer, regularizer.penalty, w, smooth=smooth)


def _gradient(
    component: Component, function: Callable[[Any], Any], x: Array, dy: Any = 1.0, *, smooth: bool = False
) -> Array:
    tape = Tape(x.dtype)
    traced = tape.array(x)
    with named(component):
        backward(tape, function(traced), dy, smooth=smooth)
    found: Array = traced.gradient
    return found


def layer_gradients(
    layer: Layer, params: Arrays, x: Array, dy: Array, ctx: Context, *, smooth: bool = False
) -> tuple[Array | None, Arrays]:
    """Return the gradients of a layer's input and parameters; its own backward, if it has one, is not asked.

    Parameters
    ----------
    layer
        What `Layer.as_layer` returns.
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
        ctx.mask = LayerSequence([layer]).mask_of_input(x)
    with named(layer):
        traced = trace_layer(layer, params, x, ctx, ctx.state)
        backward(traced.tape, traced.y, dy, smooth=smooth)
    grads = tree_map(lambda array: array.gradient, traced.params)
    return traced.x.gradient if isinstance(traced.x, TracedArray) else None, grads


class AutodiffLayer(gn.LayerWrapper):
    """Derive the backward of a layer that has none: run its forward once more, on a tape."""

    def forward(self, params: Arrays, x: Array, ctx: Context) -> tuple[Array, Any]:
        before, mask = tree_map(np.copy, ctx.state), ctx.mask
        y = output_of(self.layer, self.layer.forward(params, x, ctx))
        return y, (x, before, mask)

    def backward(self, params: Arrays, cache: Any, dy: Array, grads: Arrays, ctx: Context) -> Array | None:
        x, before, ctx.mask = cache
        with named(self.layer):
            traced = trace_layer(self.layer, params, x, ctx, before)
            traced.tape.backward(traced.y, dy, counts=_is_real(traced.mask, dy))
        _put(traced.params, grads)
        return traced.x.gradient if isinstance(traced.x, TracedArray) else None


def _is_real(mask: Array | None, dy: Array) -> Any:
    """Return where an output counts: not in the steps that are padding, of which no later layer takes notice."""
    if mask is None or dy.shape[: mask.ndim] != mask.shape:
        return True
    return mask.reshape(mask.shape + (1,) * (dy.ndim - mask.ndim)) | (dy != 0)


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
