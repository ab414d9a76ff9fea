"""Automatic differentiation: NumPy code is run once and noted down, and the notes are gone through backwards.

The code is given `Traced` arrays. NumPy hands each operation on them to the tape (``__array_ufunc__`` and
``__array_function__``), which computes it and notes a statement ``y = f(a, b)``. Beside every array lies a second one,
its gradient, and a view of the array has the same view of the gradient. So a statement that wrote into a part of a
work buffer is undone like any other: the gradient of that part is what the rule of f gets; zero takes its place,
because what was there before has no influence any more; and what the rule returns is added to the gradients of a and
b. Griewank and Walther (2008), Evaluating Derivatives, chapters 3 and 4.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.lib.stride_tricks import sliding_window_view

from glassnet import derivative_rules
from glassnet.arrays import Array
from glassnet.derivatives import Rule, above, dot, each, einsum, fit, leaves, matmul, moves, name_of, pad, rule_of
from glassnet.errors import TracingError
from glassnet.traced_float import keep_numbers


def gradient(function: Callable[..., Any], *arrays: Array, dy: Any = 1.0, dtype: Any = np.float64) -> tuple[Array, ...]:
    """Return the derivative of ``sum(dy * function(*arrays))`` with respect to each array.

    Parameters
    ----------
    function
        NumPy code, in place or not. It is given copies of the arrays.
    dy
        Gradient of the result, where that is not a single number.
    dtype
        Floating-point type to compute in.

    Raises
    ------
    TracingError
        When an operation has no rule, or a traced number would become a plain one.
    """
    tape = Tape(dtype)
    traced = [tape.array(array) for array in arrays]
    tape.backward(keep_numbers(function)(*traced), dy)
    return tuple(one.gradient for one in traced)


# --- rules: y is the result, g its gradient; what is returned are the gradients of the arguments, in their order ------


def _over(x: Array, g: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Spread what belongs to a sum over the elements of `x` that were summed."""
    return np.broadcast_to(g if axis is None or keepdims else np.expand_dims(g, axis), x.shape)


def _extreme(g: Array, y: Array, x: Array, axis: Any = None, keepdims: bool = False) -> tuple[Any, ...]:
    chosen = x == _over(x, y, axis, keepdims)  # equal elements share
    return (_over(x, g, axis, keepdims) * chosen / chosen.sum(axis=axis, keepdims=True),)


def _variance(g: Array, y: Array, x: Array, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> tuple[Any, ...]:
    return (_over(x, g, axis, keepdims) * 2 * (x - x.mean(axis, keepdims=True)) / (x.size / y.size - ddof),)


def _nothing(g: Array, y: Array, *arguments: Any, **named: Any) -> tuple[None, ...]:
    return (None,) * len(arguments)


RULES: dict[Callable[..., Any], Rule] = {
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
    np.log10: lambda g, y, x: (g / (x * np.log(10)),),
    np.log1p: lambda g, y, x: (g / (1 + x),),
    np.logaddexp: lambda g, y, a, b: (g * np.exp(a - y), g * np.exp(b - y)),
    np.sin: lambda g, y, x: (g * np.cos(x),),
    np.cos: lambda g, y, x: (-g * np.sin(x),),
    np.tan: lambda g, y, x: (g * (1 + y * y),),
    np.arctan: lambda g, y, x: (g / (1 + x * x),),
    np.sinh: lambda g, y, x: (g * np.cosh(x),),
    np.cosh: lambda g, y, x: (g * np.sinh(x),),
    np.tanh: lambda g, y, x: (g * (1 - y * y),),
    np.abs: lambda g, y, x: (g * np.sign(x),),
    np.maximum: lambda g, y, a, b: (g * above(a, b), g * above(b, a)),
    np.minimum: lambda g, y, a, b: (g * above(b, a), g * above(a, b)),
    np.clip: lambda g, y, x, low=None, high=None, **named: (
        *(g * (x == y), g * (x != y) * (y == low), g * (x != y) * (y == high)),
    ),
    np.where: lambda g, y, condition, a, b: (None, np.where(condition, g, 0), np.where(condition, 0, g)),
    np.sum: lambda g, y, x, axis=None, keepdims=False, where=True: (_over(x, g, axis, keepdims) * where,),
    np.mean: lambda g, y, x, axis=None, keepdims=False: (_over(x, g, axis, keepdims) * (y.size / x.size),),
    np.var: _variance,
    np.std: lambda g, y, x, axis=None, **named: _variance(g / (2 * y), y, x, axis, **named),
    np.max: _extreme,
    np.min: _extreme,
    np.cumsum: lambda g, y, x, axis=None: (np.flip(np.cumsum(np.flip(g, axis), axis), axis).reshape(x.shape),),
    np.add.reduce: lambda g, y, x, axis=0, **named: RULES[np.sum](g, y, x, axis, **named),
    np.maximum.reduce: lambda g, y, x, axis=0, **named: _extreme(g, y, x, axis, **named),
    np.matmul: matmul,
    np.dot: dot,
    np.vecdot: lambda g, y, a, b, axis=-1: (np.expand_dims(g, axis) * b, np.expand_dims(g, axis) * a),
    np.einsum: einsum,
    np.copy: lambda g, y, x, order=None: (g,),
    np.astype: lambda g, y, x, dtype, **named: (g,),
    **{f: moves(f, 0) for f in (operator.getitem, np.take, np.repeat, np.tile, np.roll, np.tril, np.triu)},
    **{f: moves(f, 0) for f in (np.concatenate, np.stack, np.reshape, np.ndarray.reshape, np.ravel)},
    **{f: moves(f, 0) for f in (sliding_window_view, np.broadcast_to, np.diagonal)},
    np.pad: moves(pad, 0),
    # These write into their first argument, whose former content is an argument like the others.
    np.copyto: lambda g, y, old, new, where=True: (np.where(where, 0, g), np.where(where, g, 0)),
    operator.setitem: moves(operator.setitem, 0, 2),
    np.add.at: lambda g, y, old, places, added: (g, None, g[places]),
    **dict.fromkeys((np.sign, np.floor, np.ceil, np.rint, np.empty_like, np.zeros_like, np.ones_like), _nothing),
    np.full_like: lambda g, y, x, value: (None, g),
}
RULES |= derivative_rules.RULES
_WRITERS = (np.copyto, operator.setitem, np.add.at)


@attrs.frozen(eq=False)
class Statement:
    """One operation: its arguments, their values then, the result, and what it was written into."""

    function: Callable[..., Any]
    rule: Rule
    arguments: tuple[Any, ...]
    values: tuple[Any, ...]
    named: dict[str, Any]
    y: Array
    output: Traced
    where: Any

    def reverse(self) -> Array:
        """Move the gradient of the result on to the arguments, and return it."""
        g = np.where(self.where, self.output.gradient, 0)
        np.copyto(self.output.gradient, 0, where=self.where)
        gradients = self.rule(g, self.y, *self.values, **self.named) if g.any() else ()
        for argument, its in zip(self.arguments, gradients, strict=False):
            for array, gradient in zip(leaves(argument), leaves(its), strict=False):
                if isinstance(array, Traced) and gradient is not None:
                    gradient = fit(np.where(self.where, gradient, 0), array.shape)
                    array.gradient += gradient if np.iscomplexobj(array.gradient) else gradient.real
        return g


class Tape:
    """What was run, in its order."""

    def __init__(self, dtype: Any = np.float64) -> None:
        self.dtype = np.dtype(dtype)
        self.statements: list[Statement] = []

    def array(self, value: Any) -> Traced:
        """Return a traced copy of an array."""
        dtype = np.result_type(self.dtype, np.complex64) if np.iscomplexobj(value) else self.dtype
        value = np.array(value, dtype, order="C")
        return Traced(self, value, np.zeros_like(value))

    def backward(self, y: Any, dy: Any = 1.0) -> list[Array]:
        """Fill the gradients of all arrays, given that of `y`, and return that of each statement's result."""
        if isinstance(y := _noted(y), Traced):
            y.gradient += dy
        with np.errstate(all="ignore"):  # a rule also computes what nobody needs, such as log a of a^2
            return [statement.reverse() for statement in reversed(self.statements)][::-1]

    def run(self, function: Any, arguments: tuple[Any, ...], named: dict[str, Any], *, noted: bool = False) -> Any:
        """Compute one operation and note it, or return a view; with `noted`, a view is noted too."""
        out, where = named.pop("out", None), True
        out = out[0] if isinstance(out, tuple) else out
        if any(isinstance(value, Traced) for value in named.values()):
            raise TracingError(f"{name_of(function)} takes traced arrays by position and as out= alone")
        values = each(_value, arguments)
        if function in _WRITERS:
            out, result = arguments[0], np.copy(values[0])
            function(result, *values[1:], **named)
        elif isinstance(function, np.ufunc) and "where" in named:
            where = _copy(named.pop("where"))
            result = function(*values, where=where, out=_copy(out), **named)
        else:
            result = function(*values, **named)
            if not noted and (views := self._views(function, arguments, named, result)) is not None:
                return views
        floating = any(np.asarray(leaf).dtype.kind in "fc" for leaf in leaves(result))
        if not floating and not isinstance(out, Traced):  # a comparison, or the place of a maximum
            if out is not None:
                out[...] = result
            return result if out is None else out
        if not isinstance(out, Traced | None):
            raise TracingError(f"{name_of(function)}: {_LOST}")
        arguments, values = each(_noted, arguments), each(_copy, values)
        named = {name: _copy(value) for name, value in named.items() if name not in ("dtype", "casting")}
        rule = rule_of(function, RULES, values, named) if floating else _nothing
        if out is None:
            out = self.array(result)
        else:
            out.value[...] = result
        self.statements.append(Statement(function, rule, arguments, values, named, np.asarray(result), out, where))
        return out

    def _views(self, function: Any, arguments: tuple[Any, ...], named: dict[str, Any], result: Any) -> Any:
        """Return `result` with the same views of the gradients, or None where it is no view of what is traced."""
        traced = [leaf for leaf in leaves(arguments) if isinstance(leaf, Traced)]
        seen = [any(np.may_share_memory(leaf, one.value) for one in traced) for leaf in leaves(result)]
        if isinstance(function, np.ufunc) or not any(seen):
            return None
        if not all(leaf.flags.writeable for leaf in leaves(result)):
            # It may show an element in two places, so it has no gradient; it is noted as an operation when it is used.
            view_of_such = any(one.later for one in traced)
            later = lambda: self.run(function, each(_noted, arguments), named, noted=not view_of_such)  # noqa: E731
            return Traced(self, result, None, later) if isinstance(result, np.ndarray) else None
        gradients = function(*each(lambda leaf: getattr(leaf, "gradient", leaf), arguments), **named)
        pairs = zip(seen, leaves(gradients), strict=True)
        return each(lambda v: Traced(self, v, p[1]) if (p := next(pairs))[0] else v, result)


class Traced(NDArrayOperatorsMixin):
    """An array on a tape: its value and its gradient, which lie in memory in the same way; or one to be noted later."""

    def __init__(self, tape: Tape, value: Array, gradient: Any, later: Callable[[], Traced] | None = None) -> None:
        self.tape, self.value, self.gradient, self.later = tape, value, gradient, later

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *arguments: Any, **named: Any) -> Any:
        return self.tape.run(ufunc if method == "__call__" else getattr(ufunc, method), arguments, named)

    def __array_function__(self, function: Any, types: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        return self.tape.run(function, arguments, dict(named))

    def __getattr__(self, name: str) -> Any:
        if name in ("shape", "ndim", "size", "dtype", "itemsize", "nbytes"):
            return getattr(self.value, name)
        if name in _METHODS:
            return lambda *arguments, **named: self.tape.run(getattr(np.ndarray, name), (self, *arguments), named)
        raise AttributeError(f"a traced array has no {name!r}, only {', '.join(_METHODS)}")

    T = property(np.transpose)
    mT = property(np.matrix_transpose)  # noqa: N815 - the name in NumPy
    real = property(np.real)
    imag = property(np.imag)

    def __getitem__(self, key: Any) -> Any:
        return self.tape.run(operator.getitem, (self, _whole(key)), {})

    def __setitem__(self, key: Any, new: Any) -> None:
        part = self.value[_whole(key)]
        if not np.may_share_memory(part, self.value):
            self.tape.run(operator.setitem, (self, key, new), {})
        elif getattr(_value(new), "__array_interface__", None) != part.__array_interface__:  # as after x[key] += 1
            np.copyto(self[key], new)

    def __len__(self) -> int:
        return len(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TracingError(_LOST)

    __float__ = __array__


_METHODS = (
    *("all", "any", "argmax", "argmin", "argsort", "astype", "clip", "compress", "conj", "conjugate", "copy"),
    *(
        "cumprod",
        "cumsum",
        "diagonal",
        "dot",
        "flatten",
        "max",
        "mean",
        "min",
        "prod",
        "ravel",
        "repeat",
        "reshape",
        "round",
    ),
    *("squeeze", "std", "sum", "swapaxes", "take", "trace", "transpose", "var"),
)
_LOST = (
    "a traced array cannot become a plain one, or be put into one, because its gradient would be lost: leave "
    "float() and np.asarray() out, copy with x.copy(), and write to ctx.empty(…) or np.zeros_like(x, shape=…)"
)


def _whole(key: Any) -> Any:
    """Return `key` with an ellipsis, with which a single element is a view too."""
    key = key if isinstance(key, tuple) else (key,)
    return key if any(one is ... for one in key) else (*key, ...)


def _noted(leaf: Any) -> Any:
    while isinstance(leaf, Traced) and leaf.later:
        leaf = leaf.later()
    return leaf


def _value(leaf: Any) -> Any:
    return leaf.value if isinstance(leaf, Traced) else leaf


def _copy(leaf: Any) -> Any:
    return np.copy(_value(leaf)) if isinstance(leaf, Traced | np.ndarray) else leaf
