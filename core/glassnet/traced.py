"""Traced arrays: NumPy code that runs on them leaves a tape behind.

Each traced array has a second array of the same layout, its slope: the derivative of the result with respect to
every element. What is a view of the one is the same view of the other, so that code may write in place. Read
backward, an operation takes the slope of what it wrote, leaves zero there (the old content had no part in
what came later) and adds to the slopes of what it read. Griewank and Walther (2008), Evaluating Derivatives,
second edition, chapters 3 and 4.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from glassnet.arrays import Array, Shape
from glassnet.derivatives import rule_for

_REDUCTIONS = {np.add: np.sum, np.maximum: np.max, np.minimum: np.min}
# Elements that stay where they are in memory and are looked at in another way.
_VIEWS = {np.reshape, np.transpose, np.swapaxes, np.moveaxis, np.squeeze, np.expand_dims, np.ravel, np.split}
# Elements that are copied elsewhere, or repeated, or left out.
_MOVES = {np.take, np.tile, np.repeat, np.concatenate, np.stack, np.roll, np.flip, np.broadcast_to, np.tril, np.triu}
_MOVES |= {sliding_window_view, operator.getitem, np.copy}
_METHODS = {"sum", "mean", "max", "min", "swapaxes", "ravel", "squeeze", "clip", "take", "repeat", "any", "all"}
_METHODS |= {"argmax", "argmin"}
# Options that change how a function computes, and not what.
_NOT_FOR_RULES = {"dtype", "out", "where", "order", "casting", "subok", "optimize"}


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """An array whose operations are noted on a tape.

    Attributes
    ----------
    value, slope
        Two float64 arrays of one layout.
    tape
        The steps to take backward, the last first.
    """

    def __init__(self, value: Any, tape: list[Callable[[], None]], slope: Array | None = None) -> None:
        # Fresh arrays are laid out alike, or a view of the one might be a copy of the other.
        self.value: Array = np.array(value, dtype=np.float64, order="C") if slope is None else value
        self.slope: Array = np.zeros(self.value.shape) if slope is None else slope
        self.tape = tape

    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)
    dtype = property(lambda self: self.value.dtype)
    itemsize = property(lambda self: self.value.itemsize)
    nbytes = property(lambda self: self.value.nbytes)
    T = property(lambda self: np.transpose(self))

    def __len__(self) -> int:
        return len(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self)))

    def __array__(self, *_: Any, **__: Any) -> Array:
        raise TypeError(
            "a traced array cannot become a plain one, its derivative would be lost: use np.zeros_like(x) "
            "or ctx.empty(…) for an array to write to, and functions that glassnet.autodiff knows"
        )

    def __float__(self) -> float:
        raise TypeError("a traced number cannot become a Python float, its derivative would be lost: leave float() out")

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            raise AttributeError(f"a traced array has no {name!r}")
        return lambda *arguments, **options: getattr(np, name)(self, *arguments, **options)

    def __getitem__(self, key: Any) -> Traced:
        found = self.value[key]
        if isinstance(found, np.ndarray) and np.may_share_memory(found, self.value):
            return Traced(found, self.tape, self.slope[key])
        if not isinstance(found, np.ndarray):  # one element: as an array without axes it is a view
            return self[(*key, ...) if isinstance(key, tuple) else (key, ...)]
        moved: Traced = _moved(operator.getitem, (self, key), {}, self.tape)
        return moved

    def __setitem__(self, key: Any, value: Any) -> None:
        numbers = np.arange(self.size).reshape(self.shape)[key].reshape(-1)
        if len(np.unique(numbers)) < len(numbers):
            raise TypeError("an element that is written twice by one assignment has no derivative on the tape")
        _write(self, _plain(value), [value], lambda g: (g,), _plain(key))

    def reshape(self, *shape: Any) -> Any:
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Any:
        return np.transpose(self, (axes[0] if len(axes) == 1 else axes) or None)

    def copy(self) -> Any:
        return np.copy(self)

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        """Return integers and truth values as they are, and stay in float64 otherwise."""
        if np.dtype(dtype).kind != "f":
            return self.value.astype(dtype)
        return np.copy(self) if copy else self

    def __array_ufunc__(self, ufunc: Any, method: str, *arguments: Any, **options: Any) -> Any:
        if "out" in options:
            (options["out"],) = options["out"]
        if method == "reduce" and ufunc in _REDUCTIONS:
            options.setdefault("axis", 0)
            return _apply(_REDUCTIONS[ufunc], arguments, options, self.tape)
        if method != "__call__":
            raise TypeError(f"np.{ufunc.__name__}.{method} cannot be traced: its derivative is not known")
        return _apply(ufunc, arguments, options, self.tape)

    def __array_function__(self, function: Any, _: Any, arguments: Any, options: Any) -> Any:
        options = dict(options)
        if function is np.copyto:
            return _copyto(*arguments, **options)
        if function in _VIEWS:
            seen = function(self.value, *arguments[1:], **options)
            if isinstance(seen, list):
                slopes = function(self.slope, *arguments[1:], **options)
                return [Traced(part, self.tape, slope) for part, slope in zip(seen, slopes, strict=True)]
            if np.may_share_memory(seen, self.value):
                return Traced(seen, self.tape, function(self.slope, *arguments[1:], **options))
        if function in _VIEWS or function in _MOVES:
            return _moved(function, arguments, options, self.tape)
        return _apply(function, arguments, options, self.tape)


def _plain(value: Any) -> Any:
    """Return `value` with each array, in lists too, as a plain copy that later writing cannot change."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(_plain, value))
    if isinstance(value, Traced):
        return value.value.copy()
    return value.copy() if isinstance(value, np.ndarray) else value


def _apply(function: Any, arguments: Any, options: dict[str, Any], tape: list[Any]) -> Any:
    """Call a function that has a rule, and note it."""
    out = options.pop("out", None)
    where = _plain(options.pop("where", True))
    values = _plain(tuple(arguments))
    kept = {name: value for name, value in options.items() if name != "dtype" or np.dtype(value).kind != "f"}
    if where is not True:
        if not isinstance(out, Traced) or not isinstance(function, np.ufunc):
            raise TypeError("where= is traced together with out= alone, in functions such as np.exp")
        kept |= {"where": where, "out": out.value.copy()}
    y = function(*values, **kept)
    is_float = np.asarray(y).dtype.kind == "f"
    if not is_float and not isinstance(out, Traced):  # comparisons and indices have no derivative
        if out is None:
            return y
        out[...] = y
        return out
    rule = rule_for(function) if is_float else None
    if is_float and rule is None:
        raise TypeError(
            f"{function.__name__} cannot be traced: its derivative is in neither glassnet.derivatives nor a plugin"
        )
    if any(isinstance(value, Traced) for value in options.values()) or not isinstance(out, (Traced, type(None))):
        raise TypeError(
            f"{function.__name__}: traced arrays go in by position, and out= has to be traced as well; "
            "use ctx.empty(…) or np.zeros_like(x)"
        )
    y = np.array(y, dtype=np.float64)
    result = Traced(y, tape) if out is None else out
    rest = {name: value for name, value in kept.items() if name not in _NOT_FOR_RULES}
    pull = (lambda g: (None,) * len(values)) if rule is None else (lambda g: rule(g, y, *values, **rest))
    return _write(result, y, arguments, pull, where=where)


def _moved(function: Any, arguments: Any, options: dict[str, Any], tape: list[Any]) -> Any:
    """Call a function that only moves elements: where each went is found by moving their numbers."""
    out = options.pop("out", None)
    sources: list[Traced] = []

    def numbered(value: Any, inside: bool = False) -> Any:
        if isinstance(value, (list, tuple)) and function in (np.concatenate, np.stack):
            return [numbered(each, True) for each in value]
        if isinstance(value, Traced):
            first = 1 + sum(source.size for source in sources)  # 0 is an element from nowhere
            sources.append(value)
            return np.arange(first, first + value.size).reshape(value.shape)
        return np.zeros(np.shape(value), int) if inside else value

    numbers = function(numbered(arguments[0]), *arguments[1:], **options)
    y = function(*_plain(tuple(arguments)), **options)
    result = Traced(y, tape) if out is None else out

    def pull(g: Array) -> tuple[Any, ...]:
        size = 1 + sum(source.size for source in sources)
        flat = np.bincount(numbers.reshape(-1), g.reshape(-1), size)[1:]
        parts = np.split(flat, np.cumsum([source.size for source in sources])[:-1])
        return tuple(part.reshape(source.shape) for part, source in zip(parts, sources, strict=True))

    return _write(result, y, sources, pull)


def _copyto(target: Any, value: Any, casting: str = "same_kind", where: Any = True) -> None:
    if not isinstance(target, Traced):
        raise TypeError("np.copyto: a plain array cannot take traced values; use ctx.empty(…) or np.zeros_like(x)")
    _write(target, _plain(value), [value], lambda g: (g,), where=_plain(where))


def _write(target: Traced, y: Any, sources: Any, pull: Any, key: Any = ..., where: Any = True) -> Traced:
    """Write `y` to a part of `target`, and note how its slope goes back to `sources`."""
    target.value[key] = np.where(where, y, target.value[key])

    def backward() -> None:
        g = np.where(where, target.slope[key], 0.0)
        target.slope[key] = np.where(where, 0.0, target.slope[key])
        with np.errstate(all="ignore"):
            gradients = pull(g)
        for source, gradient in zip(sources, gradients, strict=False):
            if isinstance(source, Traced) and gradient is not None:
                if where is not True and gradient.shape == g.shape:
                    gradient = np.where(where, gradient, 0.0)  # log(0) that was not to be computed
                source.slope += _summed(gradient, source.shape)

    target.tape.append(backward)
    return target


def _summed(gradient: Array, shape: Shape) -> Array:
    """Return `gradient` summed over the axes along which an argument of `shape` was broadcast."""
    gradient = gradient.reshape((1,) * (len(shape) - gradient.ndim) + gradient.shape)
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1 and gradient.shape[axis] != 1)
    return np.broadcast_to(gradient.sum(axis=stretched, keepdims=True), shape)
