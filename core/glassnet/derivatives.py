"""What stands behind the table of derivatives in `glassnet.autodiff`: longer rules, and those that plugins bring.

A rule is called with the gradient g of the result, the result y, and what the operation was called with. It returns a
gradient for each argument, in their order, or None.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pluggy

from glassnet.arrays import Array, Shape
from glassnet.entry_points import Unusable, describe, read_entries
from glassnet.errors import TracingError
from glassnet.hookspecs import PluginHooks
from glassnet.kinds import Kind

Rule = Callable[..., tuple[Any, ...]]


def matmul(g: Array, y: Array, a: Array, b: Array) -> tuple[Any, ...]:
    """``da = g b^T``, ``db = a^T g``; a vector counts as one row on the left and as one column on the right."""
    rows, columns = a if a.ndim > 1 else a[np.newaxis], b if b.ndim > 1 else b[:, np.newaxis]
    g = g.reshape(*y.shape[: y.ndim - (a.ndim > 1) - (b.ndim > 1)], rows.shape[-2], columns.shape[-1])
    da, db = g @ columns.swapaxes(-1, -2), rows.swapaxes(-1, -2) @ g
    return da if a.ndim > 1 else da[..., 0, :], db if b.ndim > 1 else db[..., 0]


def dot(g: Array, y: Array, a: Array, b: Array) -> tuple[Any, ...]:
    """The same as `matmul`, as far as np.dot is."""
    if b.ndim > 2:
        raise TracingError("np.dot of more than two axes has no derivative here; use np.matmul or np.einsum")
    return matmul(g, y, a, b)


def einsum(g: Array, y: Array, formula: str, *operands: Array, **named: Any) -> tuple[Any, ...]:
    """For each operand, the sum over all others and g in its own indices."""
    inputs, _, output = formula.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if "->" not in formula or "." in formula or any(len(set(term)) < len(term) for term in terms):
        raise TracingError(f"np.einsum needs a formula in full and without repeats, 'ij,jk->ik' (got {formula!r})")
    gradients = []
    for place, term in enumerate(terms):  # ones in its own shape bring back what was summed in this term alone
        others = [*operands[:place], *operands[place + 1 :], np.ones(operands[place].shape)]
        formula = ",".join([output, *terms[:place], *terms[place + 1 :], term]) + "->" + term
        gradients.append(np.einsum(formula, g, *others, **named))
    return None, *gradients


def fit(gradient: Array, shape: Shape) -> Any:
    """Sum over the axes along which an array of `shape` was stretched."""
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    axes = tuple(axis for axis in range(-gradient.ndim, 0) if shape[axis] == 1)
    return gradient.sum(axis=axes, keepdims=True)


def above(a: Array, b: Array) -> Any:
    """Return where `a` is above `b`, and one half where they are equal: the slope of ``(a + b + |a - b|) / 2``."""
    return (np.sign(a - b) + 1) / 2


def moves(function: Callable[..., Any], *data: int) -> Rule:
    """Return the rule of an operation that only moves elements: numbers, moved alike, say where each came from."""

    def rule(g: Array, y: Array, *arguments: Any, **named: Any) -> tuple[Any, ...]:
        count = 1  # 0 is what the operation itself fills in

        def numbered(array: Any) -> Array:
            nonlocal count
            first, count = count, count + np.size(array)
            return np.arange(first, count).reshape(np.shape(array))

        numbers = {place: each(numbered, arguments[place]) for place in data}
        moving = [each(np.copy, numbers[place]) if place in data else one for place, one in enumerate(arguments)]
        moved = function(*moving, **named)
        sums = np.bincount(np.ravel(moving[0] if moved is None else moved), np.ravel(g), count)
        return tuple(each(lambda n: sums[n], numbers[i]) if i in data else None for i in range(len(arguments)))

    return rule


def pad(x: Array, width: Any, mode: str = "constant", **named: Any) -> Any:
    """np.pad of the numbers of elements, with 0 where it adds a constant."""
    if mode not in ("constant", "edge", "reflect", "symmetric", "wrap"):
        raise TracingError(f"np.pad with mode={mode!r} has no derivative, only the modes that copy elements have one")
    return np.pad(x, width, mode=mode)  # type: ignore[call-overload]


def each(change: Callable[[Any], Any], value: Any) -> Any:
    """Change each leaf of nested lists and tuples."""
    if not isinstance(value, (list, tuple)):
        return change(value)
    changed = [each(change, one) for one in value]
    return type(value)(*changed) if hasattr(value, "_fields") else type(value)(changed)  # as of np.linalg.slogdet


def leaves(value: Any) -> list[Any]:
    """Return the leaves of nested lists and tuples, in order."""
    return [leaf for one in value for leaf in leaves(one)] if isinstance(value, (list, tuple)) else [value]


def name_of(function: Callable[..., Any]) -> str:
    """Return an operation as one writes it, such as ``np.exp`` or ``np.add.at``."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"np.{owner.__name__}.{function.__name__}"
    name = f"{getattr(function, '__module__', None) or 'np'}.{getattr(function, '__qualname__', function.__name__)}"
    return name.replace("numpy.", "np.").removeprefix("_operator.")


@cache
def of_plugins() -> dict[Any, Rule]:
    """Return the rules that plugins bring; read when the first function is met that has none here.

    Raises
    ------
    PluginLoadError
        When a plugin cannot be imported or does not give a mapping.
    """
    rules: dict[Any, Rule] = {}
    for entry in read_entries([Kind("derivatives", "builtins:object", "derivatives", instances=True)])[0]:
        try:
            manager = pluggy.PluginManager("glassnet")
            manager.add_hookspecs(PluginHooks)
            manager.register(entry.imported())
            given = manager.hook.glassnet_derivatives()
            if not given:
                raise Unusable("no glassnet_derivatives() marked with @gn.hookimpl that returns a mapping")
            rules |= given[0]
        except Unusable as cause:
            raise entry.broken(str(cause)) from cause.__cause__
        except Exception as error:
            raise entry.broken(describe(error)) from error
    return rules
