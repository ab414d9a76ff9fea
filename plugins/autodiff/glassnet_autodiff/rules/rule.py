"""Rules of derivatives, and functions that make them.

A rule is called with the gradient g of the result, the result y, and the arguments of the operation. The rule returns a
gradient for each positional argument, in their order. The gradient is an array or a number: zero if the result does not
change with the argument, and None if the argument has no derivative here, such as an index. Options have NumPy's names.
If a call has an option that the rule does not name, the operation has no derivative.

The gradient of a real number L with respect to a complex z is ``dL/dRe(z) + i dL/dIm(z)``, as in PyTorch. So the
gradient of z through ``y = f(z)`` with the complex derivative f' is ``g conj(f'(z))``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Any

import numpy as np

from glassnet.errors import TracingError
from glassnet.types import Array
from glassnet_autodiff.derivatives import VJP, tree_map
from glassnet_autodiff.formula_tape import new_tape
from glassnet_autodiff.traced_array import TracedArray

VJPTable = dict[Callable[..., Any], VJP]
Gradients = tuple[Any, ...]


def elementwise(*formulas: Callable[..., Any]) -> VJP:
    """Return the rule of a function of single elements from ``g dy/da`` for each argument a.

    Each formula is a function of (g, y, *arguments).
    """

    def rule(g: Array, y: Array, *arguments: Any) -> Gradients:
        if np.iscomplexobj(y):  # as with dtype=complex, where a negative number has a logarithm
            arguments = tuple(np.asarray(one, y.dtype) for one in arguments)
        values = tuple(map(unlisted, arguments))
        return tuple(formula(g.conj(), y, *values).conj() for formula in formulas)

    return rule


def zero_slopes(g: Array, y: Array, *arguments: Any, **named: Any) -> Gradients:
    """Return zeros: the result does not change with the arguments, apart from jumps."""
    return (0.0,) * len(arguments)


def permutation_vjp(function: Callable[..., Any], *data: int) -> VJP:
    """Return the rule of an operation that only moves elements of the arguments at the places `data`.

    The operation moves numbers in the same way, so the numbers tell the source of each element.
    """

    def rule(g: Array, y: Array, *arguments: Any, **named: Any) -> Gradients:
        count = 1  # 0 marks elements that the operation itself fills in

        def numbered(array: Any) -> Array:
            nonlocal count
            first, count = count, count + np.size(array)
            return np.arange(first, count).reshape(np.shape(array))

        numbers = {place: tree_map(numbered, arguments[place]) for place in data}
        moving = [tree_map(np.copy, numbers[place]) if place in data else one for place, one in enumerate(arguments)]
        moved = function(*moving, **named)
        sums = summed(np.ravel(moving[0] if moved is None else moved), np.ravel(g), count)
        return tuple(tree_map(lambda n: sums[n], numbers[i]) if i in data else None for i in range(len(arguments)))

    return rule


def summed(places: Array, values: Array, count: int) -> Array:
    """Return the sums of the values at each place from 0 to `count`."""
    if np.iscomplexobj(values):
        return summed(places, values.real, count) + 1j * summed(places, values.imag, count)
    return np.bincount(places, values, count)


def composed(formula: Callable[..., Any], arrays: int = 1) -> VJP:
    """Return the rule of an operation that `formula` computes from operations with rules, by a tape of its own.

    Parameters
    ----------
    formula
        A function of the arguments of the operation, with NumPy's names.
    arrays
        How many of the first arguments are arrays, which may be given as lists.
    """

    def rule(g: Array, y: Array, /, *arguments: Any, **named: Any) -> Gradients:
        tape = new_tape(g.real.dtype)
        values = *map(unlisted, arguments[:arrays]), *arguments[arrays:]
        traced = tree_map(lambda one: tape.array(one) if is_inexact(one) else one, values)
        result = formula(*traced, **named)
        if not is_near(getattr(result, "value", result), y):
            raise TracingError("The operation has no derivative with these arguments: its formula does not cover them")
        if np.iscomplexobj(y):
            tape.backward(np.real(np.conj(g) * result))
        else:
            tape.backward(result, np.real(g))
        found: Gradients = tree_map(lambda one: one.gradient if isinstance(one, TracedArray) else None, traced)
        return found

    rule.formula = formula  # type: ignore[attr-defined]
    kind = Parameter.POSITIONAL_ONLY
    own = signature(formula)
    rule.__signature__ = own.replace(  # type: ignore[attr-defined]
        parameters=[Parameter("_g", kind), Parameter("_y", kind), *own.parameters.values()]
    )
    return rule


def is_near(result: Any, y: Array) -> bool:
    """Return whether the result of a formula is `y`, up to rounding."""
    scale = np.max(np.abs(y), initial=0, where=np.isfinite(y))
    return np.shape(result) == y.shape and np.allclose(result, y, rtol=1e-3, atol=1e-3 * scale, equal_nan=True)


def of_arrays(rule: VJP) -> VJP:
    """Return a rule whose arguments may be given as lists and numbers."""

    @wraps(rule)
    def unlisting(g: Array, y: Array, /, *arguments: Any, **named: Any) -> Gradients:
        # A traced array, which a second derivative has here, stays one.
        arrays = (one if isinstance(one, np.ndarray) else np.asarray(one) for one in arguments)
        return rule(g, y, *arrays, **named)

    return unlisting


def unlisted(argument: Any) -> Any:
    """Return an array for a list or tuple of numbers."""
    return np.asarray(argument) if isinstance(argument, list | tuple) else argument


def is_inexact(leaf: Any) -> bool:
    """Return whether a leaf is an array that can have a derivative."""
    return isinstance(leaf, np.ndarray) and leaf.dtype.kind in "fc"
