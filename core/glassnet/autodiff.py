"""Derivatives of ordinary NumPy code, in reverse mode: what `forward` computes is differentiated by tracing it.

`glassnet.traced` has the arrays that note each operation, `glassnet.derivatives` the derivative of each.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

import numpy as np

from glassnet.activation import Activation
from glassnet.arrays import Array, Shape
from glassnet.context import Context
from glassnet.declaration import option
from glassnet.layer import Arrays, Layer
from glassnet.loss import Loss
from glassnet.model_file import flat
from glassnet.parameter import ParameterTree
from glassnet.regularizer import Regularizer
from glassnet.traced import Traced

_tracing = threading.RLock()


@contextmanager
def _numpy_for_traced() -> Iterator[None]:
    """Let the two functions that NumPy does not offer to other kinds of array pass traced ones through."""
    with _tracing:
        before = {name: getattr(np, name) for name in ("asarray", "ascontiguousarray")}
        for name, original in before.items():
            setattr(
                np,
                name,
                lambda a, *rest, _original=original, **more: (
                    np.copy(a) if isinstance(a, Traced) else _original(a, *rest, **more)
                ),
            )
        try:
            yield
        finally:
            for name, original in before.items():
                setattr(np, name, original)


def _leaves(tree: Arrays, tape: list[Any]) -> Arrays:
    """Return nested arrays as traced ones."""
    return {name: _leaves(each, tape) if isinstance(each, dict) else Traced(each, tape) for name, each in tree.items()}


def _put(tree: Arrays, into: Arrays, attribute: str) -> None:
    """Write values or slopes of nested traced arrays to plain ones."""
    for name, each in tree.items():
        if isinstance(each, dict):
            _put(each, into[name], attribute)
        else:
            into[name][...] = getattr(each, attribute)


def _unwind(result: Any, slope: Any, leaves: Iterable[Traced]) -> None:
    """Take all steps of the tape of `result` backward; afterwards the leaves have their slopes."""
    for leaf in leaves:
        leaf.slope[...] = 0
    if isinstance(result, Traced):  # else it does not depend on what is traced
        result.slope[...] = slope
        for step in reversed(result.tape):
            step()


def _float_is_traced(method: Any) -> Any:
    """Return a method that reads ``float(…)`` as nothing to do where the number is traced."""
    function = method.__func__
    names = {
        **function.__globals__,
        "float": lambda number=0.0: number if isinstance(number, Traced) else float(number),
    }
    twin = FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    twin.__kwdefaults__ = function.__kwdefaults__
    return twin.__get__(method.__self__)


def gradient(function: Callable[..., Any], *arrays: Array) -> tuple[Array, ...]:
    """Return the derivative of a scalar function with respect to each of its arguments.

    Parameters
    ----------
    function
        Takes the arrays and returns one number; NumPy code, which may write to its own arrays in place.
    arrays
        Floating-point arrays, or numbers. They are computed with in float64.

    Raises
    ------
    TypeError
        When the function does something whose derivative is not known.
    """
    tape: list[Callable[[], None]] = []
    leaves = [Traced(array, tape) for array in arrays]
    with _numpy_for_traced():
        result = function(*leaves)
    if np.shape(result.value if isinstance(result, Traced) else result) != ():
        raise TypeError(f"a gradient is that of one number (got an array of shape {result.shape}); sum it up")
    _unwind(result, 1.0, leaves)
    return tuple(leaf.slope.astype(getattr(array, "dtype", float)) for leaf, array in zip(leaves, arrays, strict=True))


class _TracedContext(Context):
    """The context of a layer whose forward is traced: buffers and state are traced as well."""

    def __init__(self, ctx: Context, tape: list[Any], state: Arrays) -> None:
        shared = copy.copy(ctx.shared)
        shared.dtype = np.dtype(np.float64)
        super().__init__(shared, state, ctx.path)
        self._tape = tape

    def empty(self, name: str, shape: Shape, dtype: Any = None) -> Any:
        if dtype is not None and np.dtype(dtype) != np.float64:
            return super().empty(name, shape, dtype)
        return Traced(np.zeros(shape), self._tape)

    def child(self, name: str) -> Context:
        return _TracedContext(super().child(name), self._tape, self.state.get(name, {}))


class Derived(Layer):
    """A layer whose author wrote `forward` alone, with the backward that the tape gives."""

    layer: Layer = option(kind="layer", help="the layer to differentiate")

    # Read from an instance, and there alone.
    accepts_integers = property(lambda self: self.layer.accepts_integers)

    def output_shape(self, shape: Shape) -> Shape:
        return self.layer.output_shape(shape)

    def parameters(self, shape: Shape) -> ParameterTree:
        return self.layer.parameters(shape)

    def state(self, shape: Shape) -> Arrays:
        return self.layer.state(shape)

    def forward(self, params: Arrays, x: Array, ctx: Context) -> tuple[Array, Any]:
        if isinstance(x, Traced):
            return self.layer.forward(params, x, ctx)
        tape: list[Any] = []
        traced, state = _leaves(params, tape), _leaves(ctx.state, tape)
        input_ = Traced(x, tape) if x.dtype.kind == "f" else x
        with _numpy_for_traced():
            y, _ = self.layer.forward(traced, input_, _TracedContext(ctx, tape, state))  # type: ignore[arg-type]
        _put(state, ctx.state, "value")
        value = y.value if isinstance(y, Traced) else y
        return value.astype(ctx.dtype), (traced, input_, y)

    def backward(self, params: Arrays, cache: Any, dy: Array, grads: Arrays, ctx: Context) -> Array | None:
        traced, x, y = cache
        leaves: list[Any] = [*flat(traced).values(), x]
        _unwind(y, dy, [leaf for leaf in leaves if isinstance(leaf, Traced)])
        _put(traced, grads, "slope")
        return x.slope.astype(ctx.dtype) if isinstance(x, Traced) else None


def layer_gradients(layer: Layer, params: Arrays, x: Array, dy: Array, ctx: Context) -> tuple[Array | None, Arrays]:
    """Return the gradients of a layer's input and parameters by tracing its forward.

    Parameters
    ----------
    layer
        Its own backward, if it has one, is not called.
    params, x, dy
        Parameters, by name and nested as in a network; the input; the gradient of the output.
    ctx
        The context; forward moves its state.

    Returns
    -------
    dx, grads
        None in place of the gradient of integers.
    """
    derived = Derived(layer)
    _, cache = derived.forward(params, x, ctx)
    grads = _zeros(params)
    return derived.backward(params, cache, dy, grads, ctx), grads


def _zeros(tree: Arrays) -> Arrays:
    return {name: _zeros(each) if isinstance(each, dict) else np.zeros_like(each) for name, each in tree.items()}


def activation_gradient(activation: Activation, x: Array, dy: Array) -> Array:
    """Return the gradient of an activation's input, given that of its output, by tracing its forward."""
    slopes = np.asarray(dy, dtype=np.float64)
    return gradient(lambda traced: np.sum(activation.forward(traced) * slopes), x)[0]


def loss_gradient(loss: Loss, y_pred: Array, y_true: Array) -> Array:
    """Return the derivative of a loss with respect to the predictions by tracing its each, or its forward."""
    if type(loss).each is not Loss.each:
        return gradient(lambda traced: np.mean(loss.each(traced, y_true)), y_pred)[0]
    return gradient(lambda traced: _float_is_traced(loss.forward)(traced, y_true), y_pred)[0]


def regularizer_gradient(regularizer: Regularizer, w: Array) -> Array:
    """Return the derivative of a regularizer's penalty by tracing it."""
    return gradient(_float_is_traced(regularizer.penalty), w)[0]
