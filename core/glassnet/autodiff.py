"""Automatic differentiation: NumPy code is run once and written down, and what is written is gone through backwards.

The code is given `Traced` arrays. NumPy hands each operation on them to the tape (``__array_ufunc__`` and
``__array_function__``), which computes it and notes a statement ``y = f(a, b)``. Beside each array lies a second one,
its gradient, and a view of the array has the same view of the gradient. So a statement that wrote into a part of a
work buffer is undone like any other: the gradient of that part is what the rule of f gets; zero takes its place,
because what was there before has no influence any more; and what the rule returns is added to the gradients of a and
b. Griewank and Walther (2008), Evaluating Derivatives, chapters 3 and 4.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from types import FunctionType, MethodType
from typing import Any

import attrs
import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.lib.stride_tricks import as_strided

from glassnet.arrays import Array
from glassnet.errors import GlassnetError

Rule = Callable[..., tuple[Any, ...]]


class TracingError(GlassnetError, TypeError):
    """Code that the tape cannot differentiate: an operation without a rule, or numbers that leave its sight."""


def gradient_of(function: Callable[..., Any], *arrays: Array, dy: Any = 1.0, dtype: Any = np.float64) -> Any:
    """Return the gradient of a function with respect to each of its arguments.

    Parameters
    ----------
    function
        Code for NumPy arrays, which may work in place. `RULES` has the operations that are known.
    arrays
        Its arguments; copies are used.
    dy
        Gradient of the result, where that is not a single number.
    dtype
        Floating-point type to compute in.

    Returns
    -------
    array or tuple of arrays
        The gradient of ``sum(dy * function(*arrays))``: an array for each argument.

    Raises
    ------
    TracingError
        When an operation has no rule.
    """
    tape = Tape(dtype)
    traced = [tape.array(array) for array in arrays]
    tape.backward(keep_numbers(function)(*traced), dy)
    return traced[0].gradient if len(traced) == 1 else tuple(each.gradient for each in traced)


# --- the derivative of each operation --------------------------------------------------------------------------------


def _over(x: Array, g: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Spread what belongs to a sum over the elements that were summed."""
    return np.broadcast_to(g if axis is None or keepdims else np.expand_dims(g, axis), x.shape)


def _sum(g: Array, y: Array, x: Array, axis: Any = None, keepdims: bool = False, where: Any = True) -> tuple[Array]:
    return (_over(x, g, axis, keepdims) * where,)


def _variance(g: Array, y: Array, x: Array, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> tuple[Array]:
    return (_over(x, g, axis, keepdims) * 2 * (x - x.mean(axis, keepdims=True)) / (x.size / y.size - ddof),)


def _extreme(g: Array, y: Array, x: Array, axis: Any = None, keepdims: bool = False) -> tuple[Array]:
    chosen = x == _over(x, y, axis, keepdims)  # several largest elements share
    return (_over(x, g, axis, keepdims) * chosen / chosen.sum(axis=axis, keepdims=True),)


def _matmul(g: Array, y: Array, a: Array, b: Array) -> tuple[Array, Array]:
    rows, columns = a if a.ndim > 1 else a[np.newaxis], b if b.ndim > 1 else b[:, np.newaxis]
    g = g.reshape(*y.shape[: y.ndim - (a.ndim > 1) - (b.ndim > 1)], rows.shape[-2], columns.shape[-1])
    da, db = g @ columns.swapaxes(-1, -2), rows.swapaxes(-1, -2) @ g
    return da if a.ndim > 1 else _fit(da, rows.shape)[0], db if b.ndim > 1 else _fit(db, columns.shape)[:, 0]


def _einsum(g: Array, y: Array, subscripts: str, *operands: Array, **named: Any) -> tuple[Any, ...]:
    inputs, output = subscripts.replace(" ", "").split("->")
    terms = inputs.split(",")
    gradients = []
    for place, (term, operand) in enumerate(zip(terms, operands, strict=True)):
        others = [output, *terms[:place], *terms[place + 1 :]]
        alone = [axis for axis, letter in enumerate(term) if letter not in "".join(others)]
        ones = np.ones([operand.shape[axis] for axis in alone])
        equation = ",".join([*others, "".join(term[axis] for axis in alone)]) + "->" + term
        gradients.append(np.einsum(equation, g, *operands[:place], *operands[place + 1 :], ones, **named))
    return None, *gradients


def _moves(function: Callable[..., Any], *data: int) -> Rule:
    """Return the rule of an operation that only moves elements: numbers, moved alike, say where each came from."""

    def rule(g: Array, y: Array, *arguments: Any, **named: Any) -> tuple[Any, ...]:
        count = 1  # 0 is what the operation itself fills in

        def numbered(array: Any) -> Array:
            nonlocal count
            first, count = count, count + np.size(array)
            return np.arange(first, count).reshape(np.shape(array))

        numbers = {place: _each(numbered, arguments[place]) for place in data}
        moving = [_each(np.copy, numbers[place]) if place in data else one for place, one in enumerate(arguments)]
        moved = function(*moving, **named)
        sums = np.bincount(np.ravel(moving[0] if moved is None else moved), np.ravel(g), count)
        return tuple(_each(lambda n: sums[n], numbers.get(place)) for place in range(len(arguments)))

    return rule


def _pad(x: Array, width: Any, mode: str = "constant", constant_values: Any = 0) -> Any:
    if mode not in ("constant", "edge", "reflect", "symmetric", "wrap"):
        raise TracingError(f"np.pad has a derivative only where it copies elements, not with mode={mode!r}")
    return np.pad(x, width, mode=mode)  # type: ignore[call-overload]


def _constant(g: Array, y: Array, *arguments: Any, **named: Any) -> tuple[None, ...]:
    return (None,) * len(arguments)


RULES: dict[Callable[..., Any], Rule] = {
    # y is the result, g its gradient; what is returned are the gradients of the arguments, in their order.
    np.positive: lambda g, y, x: (g,),
    np.negative: lambda g, y, x: (-g,),
    np.add: lambda g, y, a, b: (g, g),
    np.subtract: lambda g, y, a, b: (g, -g),
    np.multiply: lambda g, y, a, b: (g * b, g * a),
    np.divide: lambda g, y, a, b: (g / b, -g * y / b),
    np.power: lambda g, y, a, b: (g * b * a ** np.where(b == 0, 1.0, b - 1), g * y * np.log(a)),
    np.square: lambda g, y, x: (g * 2 * x,),
    np.sqrt: lambda g, y, x: (g / (2 * y),),
    np.reciprocal: lambda g, y, x: (-g * y * y,),
    np.exp: lambda g, y, x: (g * y,),
    np.expm1: lambda g, y, x: (g * (y + 1),),
    np.log: lambda g, y, x: (g / x,),
    np.log2: lambda g, y, x: (g / (x * np.log(2)),),
    np.log1p: lambda g, y, x: (g / (1 + x),),
    np.logaddexp: lambda g, y, a, b: (g * np.exp(a - y), g * np.exp(b - y)),
    np.sin: lambda g, y, x: (g * np.cos(x),),
    np.cos: lambda g, y, x: (-g * np.sin(x),),
    np.arctan: lambda g, y, x: (g / (1 + x * x),),
    np.sinh: lambda g, y, x: (g * np.cosh(x),),
    np.cosh: lambda g, y, x: (g * np.sinh(x),),
    np.tanh: lambda g, y, x: (g * (1 - y * y),),
    # On a kink: of |x| the mean of both sides; of two equal numbers the second is the one.
    np.abs: lambda g, y, x: (g * np.sign(x),),
    np.maximum: lambda g, y, a, b: (g * (a > b), g * (a <= b)),
    np.minimum: lambda g, y, a, b: (g * (a < b), g * (a >= b)),
    np.clip: lambda g, y, x, low=None, high=None: (g * (x == y),),
    np.where: lambda g, y, condition, a, b: (None, np.where(condition, g, 0), np.where(condition, 0, g)),
    # Many numbers become one.
    np.sum: _sum,
    np.add.reduce: lambda g, y, x, axis=0, **named: _sum(g, y, x, axis, **named),
    np.mean: lambda g, y, x, axis=None, keepdims=False: (_over(x, g, axis, keepdims) * (y.size / x.size),),
    np.var: _variance,
    np.std: lambda g, y, x, axis=None, **named: _variance(g / (2 * y), y, x, axis, **named),
    np.prod: lambda g, y, x, axis=None, keepdims=False: (_over(x, g * y, axis, keepdims) / x,),
    np.max: _extreme,
    np.min: _extreme,
    np.maximum.reduce: lambda g, y, x, axis=0, **named: _extreme(g, y, x, axis, **named),
    np.linalg.norm: lambda g, y, x, axis=None, keepdims=False: (_over(x, g / y, axis, keepdims) * x,),
    np.cumsum: lambda g, y, x, axis: (np.flip(np.cumsum(np.flip(g, axis), axis), axis),),
    np.matmul: _matmul,
    np.einsum: _einsum,
    # Numbers move.
    np.copy: lambda g, y, x: (g,),
    **{function: _moves(function, 0) for function in (operator.getitem, np.take, np.take_along_axis, np.reshape)},
    **{function: _moves(function, 0) for function in (np.ravel, np.repeat, np.tile, np.roll, np.tril, np.triu)},
    **{function: _moves(function, 0) for function in (np.concatenate, np.stack, np.hstack, np.vstack)},
    np.pad: _moves(_pad, 0),
    # What writes into its first argument; what was there before is an argument too.
    np.copyto: lambda g, y, old, new, where=True: (np.where(where, 0, g), np.where(where, g, 0)),
    operator.setitem: _moves(operator.setitem, 0, 2),
    np.put_along_axis: _moves(np.put_along_axis, 0, 2),
    np.add.at: lambda g, y, old, places, added: (g, None, g[places]),
    **dict.fromkeys((np.sign, np.floor, np.ceil, np.rint, np.round), _constant),
    **dict.fromkeys((np.empty_like, np.zeros_like, np.ones_like, np.full_like), _constant),
}
"""The rule of each operation. A plugin adds its own by the hook ``glassnet_derivatives``."""

_WRITERS = (np.copyto, operator.setitem, np.put_along_axis, np.add.at)


# --- the tape --------------------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class Statement:
    """One operation: what it was given, as arrays and as values then, what came out, and where that was put."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    values: tuple[Any, ...]
    named: dict[str, Any]
    y: Any
    output: Traced
    written: Any = True
    gradient: Array | None = None

    def reverse(self, rule: Rule) -> None:
        """Move the gradient of the result on to the arguments."""
        self.gradient = g = np.where(self.written, self.output.gradient, 0)
        np.copyto(self.output.gradient, 0, where=self.written)
        if not g.any():
            return
        for argument, gradient in zip(self.arguments, rule(g, self.y, *self.values, **self.named), strict=False):
            for one, its in zip(_leaves(argument), _leaves(gradient), strict=False):
                if isinstance(one, Traced) and its is not None:
                    one.receive(np.where(self.written, its, 0))


class Tape:
    """The statements that were run, in order."""

    def __init__(self, dtype: Any = np.float64) -> None:
        self.dtype = np.dtype(dtype)
        self.statements: list[Statement] = []

    def array(self, value: Any) -> Traced:
        """Return a traced copy of an array."""
        value = np.array(value, self.dtype, order="C")
        gradient = np.zeros_like(value)
        return Traced(self, value, gradient, gradient.reshape(-1))

    def backward(self, y: Any, dy: Any = 1.0) -> None:
        """Fill the gradients of all traced arrays, given that of one of them."""
        if isinstance(y, Traced):
            y.receive(np.asarray(dy))
        with np.errstate(all="ignore"):  # a rule also computes what nobody asks for, such as log a of a^2
            for statement in reversed(self.statements):
                statement.reverse(_rule_of(statement.function))

    def run(self, function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Compute one operation and write it down."""
        out = named.pop("out", None)
        out = out[0] if isinstance(out, tuple) else out
        ...
