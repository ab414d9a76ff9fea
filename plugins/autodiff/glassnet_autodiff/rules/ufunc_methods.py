"""Derivatives of ``reduce``, ``accumulate`` and ``outer`` of any function of two elements, from its own rule.

A reduction is a chain of steps ``y_i = f(y_(i-1), x_i)``, which is followed from its end to its start.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import TracingError
from glassnet.types import Array
from glassnet_autodiff.derivatives import VJP, unbroadcast
from glassnet_autodiff.rules.axes import in_one_axis, spread
from glassnet_autodiff.rules.elementwise import REAL_RULES as OF_REAL_ELEMENTS, VJPS as OF_ELEMENTS
from glassnet_autodiff.rules.rule import VJPTable


def chain(ufunc: np.ufunc, step: VJP, g: Array, y: Array, x: Array) -> Array:
    """Return the gradient of x, given those of all steps y; the steps are in the last axis."""
    steps = np.concatenate([x[..., :1], ufunc(y[..., :-1], x[..., 1:])], axis=-1)
    if not np.allclose(y, steps, equal_nan=True):
        raise TracingError(f"np.{ufunc.__name__} has no derivative here, as its result is not that of a chain of steps")
    dx = np.zeros(x.shape, np.result_type(g, x))
    ahead = g[..., -1]
    for i in range(x.shape[-1] - 1, 0, -1):
        before, dx[..., i] = step(ahead, y[..., i], y[..., i - 1], x[..., i])
        ahead = g[..., i - 1] + before
    dx[..., 0] = ahead
    return dx


def accumulated(ufunc: np.ufunc, step: VJP) -> VJP:
    """Return the rule of ``ufunc.accumulate``."""

    def rule(g: Array, y: Array, x: Array, axis: Any = 0) -> tuple[Any, ...]:
        g, y, x = (np.moveaxis(one, axis, -1) for one in (g, y, x))
        return (np.moveaxis(chain(ufunc, step, g, y, x), -1, axis),)

    return rule


def reduced(ufunc: np.ufunc, step: VJP) -> VJP:
    """Return the rule of ``ufunc.reduce``; its result is the last step, which some versions of NumPy get wrong."""

    def rule(g: Array, y: Array, x: Array, axis: Any = 0, *, keepdims: bool = False) -> tuple[Any, ...]:
        line, back = in_one_axis(x, axis)
        steps = ufunc.accumulate(line, axis=-1)
        steps[..., -1] = in_one_axis(spread(x, y, axis, keepdims), axis)[0][..., -1]
        of_steps = np.zeros(line.shape, g.dtype)
        of_steps[..., -1] = in_one_axis(spread(x, g, axis, keepdims), axis)[0][..., -1]
        return (back(chain(ufunc, step, of_steps, steps, line)),)

    return rule


def outer(ufunc: np.ufunc, step: VJP) -> VJP:
    """Return the rule of ``ufunc.outer``."""

    def rule(g: Array, y: Array, a: Any, b: Any) -> tuple[Any, ...]:
        left = np.reshape(a, np.shape(a) + (1,) * np.ndim(b))
        da, db = (np.broadcast_to(one, y.shape) for one in step(g, y, left, b))
        return unbroadcast(da, left.shape).reshape(np.shape(a)), unbroadcast(db, np.shape(b))

    return rule


def methods(rules: VJPTable) -> VJPTable:
    """Return the rules of the methods of each function of two real elements."""
    return {
        getattr(function, name): rule_of(function, step)
        for function, step in rules.items()
        if isinstance(function, np.ufunc) and "dd->d" in function.types
        for name, rule_of in (("accumulate", accumulated), ("reduce", reduced), ("outer", outer))
    }


VJPS: VJPTable = methods(OF_ELEMENTS)
REAL_RULES: VJPTable = methods(OF_REAL_ELEMENTS)
