"""Traced arrays: what traced code is given in place of arrays. All that they do is handed to their tape."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from glassnet.types import Array
from glassnet_autodiff.derivatives import tree_leaves
from glassnet_autodiff.tracing_error import untraceable


class TracedArray(NDArrayOperatorsMixin):
    """An array on a tape: its value and its gradient, with the same memory layout; or one to be noted later."""

    __slots__ = ("gradient", "later", "tape", "value")

    def __init__(self, tape: Any, value: Array, gradient: Any, later: Callable[[], TracedArray] | None = None) -> None:
        self.tape, self.value, self.gradient, self.later = tape, value, gradient, later

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """What the array is without the tape: code that asks ``isinstance(x, np.ndarray)`` goes the same way."""
        return np.ndarray

    def add_gradient(self, gradient: Any) -> None:
        """Add to the gradient; the imaginary part has no influence on a real array."""
        self.gradient += gradient if self.gradient.dtype.kind == "c" else np.real(gradient)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *arguments: Any, **named: Any) -> Any:
        return self.tape.run(ufunc if method == "__call__" else getattr(ufunc, method), arguments, named)

    def __array_function__(self, function: Any, types: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if function in _BY_OTHERS:
            return _BY_OTHERS[function](*arguments, **named)
        return self.tape.run(function, arguments, dict(named))

    def __getattr__(self, name: str) -> Any:
        if name in _LIKE_FUNCTIONS:
            return partial(getattr(np, name), self)
        if not name.startswith("__") and hasattr(np.ndarray, name):
            told = f"a traced array has no {name!r}, only what the tape follows"
            raise untraceable(f"{told}; use a function of NumPy that returns an array")
        raise AttributeError(f"a traced array has no {name!r}")

    shape, ndim, size, dtype, itemsize, nbytes, strides = (
        property(operator.attrgetter(f"value.{name}"))
        for name in ("shape", "ndim", "size", "dtype", "itemsize", "nbytes", "strides")
    )
    T = property(np.transpose)
    mT = property(lambda self: np.swapaxes(self, -1, -2))  # noqa: N815
    real = property(np.real, lambda self, new: operator.setitem(self.real, ..., new))
    imag = property(np.imag, lambda self, new: operator.setitem(self.imag, ..., new))

    def astype(self, dtype: Any, order: Any = "K", casting: Any = "unsafe", subok: Any = True, copy: Any = True) -> Any:
        how = {"order": order, "casting": casting, "subok": subok, "copy": copy}
        return self.tape.run(np.ndarray.astype, (self, dtype), how)

    def copy(self, order: Any = "C") -> Any:
        return np.copy(self, order=order)

    def flatten(self, order: Any = "C") -> Any:
        return np.ravel(self, order=order).copy()

    def reshape(self, *shape: Any, order: Any = "C", **named: Any) -> Any:
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, order, **named)

    def transpose(self, *axes: Any) -> Any:
        return np.transpose(self, (axes[0] if len(axes) == 1 else axes) or None)

    def clip(self, min: Any = None, max: Any = None, out: Any = None, **named: Any) -> Any:
        return np.clip(self, min, max, out, **named)

    def sort(self, axis: Any = -1, kind: Any = None) -> None:
        self[...] = np.sort(self, axis, kind)

    def partition(self, kth: Any, axis: Any = -1) -> None:
        self[...] = np.partition(self, kth, axis)

    def compress(self, condition: Any, axis: Any = None, out: Any = None) -> Any:
        return np.compress(condition, self, axis, out)

    def fill(self, value: Any) -> None:
        self[...] = value

    def item(self, *place: Any) -> Any:
        """Return one element as a traced number."""
        flat = self.reshape(-1)
        if not place and self.size != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        index = place[0] if len(place) == 1 and isinstance(place[0], tuple) else place
        return self[index] if len(index) > 1 else flat[index or 0]

    def tolist(self) -> Any:
        """Return the elements as traced numbers in nested lists."""
        return [row.tolist() for row in self] if self.ndim else self[()]

    def __getitem__(self, key: Any) -> Any:
        if isinstance(result := self.value[key], np.ndarray):
            return self.tape.run(operator.getitem, (self, key), {})
        if self.later:
            return noted_now(self)[key]
        return self.tape.note(operator.getitem, (self._view(key), ()), {}, result, None, True)

    def _view(self, key: Any) -> Any:
        """Return what the key shows; of a single element, too, a view: an ellipsis in the key makes it one."""
        key = key if isinstance(key, tuple) else (key,)
        return self.tape.run(operator.getitem, (self, key if any(one is ... for one in key) else (*key, ...)), {})

    def __setitem__(self, key: Any, new: Any) -> None:
        part: Any = self._view(key)
        if not isinstance(part, TracedArray) or part.later or not np.may_share_memory(part.value, self.value):
            self.tape.run(operator.setitem, (self, key, new), {})
        elif (
            getattr(value_of(new), "__array_interface__", None) != part.value.__array_interface__
        ):  # as after x[key] += 1
            self.tape.run(np.copyto, (part, new), {})

    def __iter__(self) -> Iterator[Any]:
        return (self[place] for place in range(len(self)))

    def __len__(self) -> int:
        return len(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __int__(self) -> int:
        return int(self.value)

    __trunc__ = __int__

    def __round__(self, digits: int | None = None) -> Any:
        return round(float(self.value)) if digits is None else np.round(self, digits)

    def __floor__(self) -> int:
        return math.floor(self.value[()])

    def __ceil__(self) -> int:
        return math.ceil(self.value[()])

    def __copy__(self) -> Any:
        return np.copy(self)

    def __deepcopy__(self, memo: Any) -> Any:
        return np.copy(self)

    def __repr__(self) -> str:
        return f"traced {self.value!r}"

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, how: str) -> str:
        return format(self.value[()], how)

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise untraceable(LOST)

    __float__ = __complex__ = __reduce_ex__ = __array__


class TracedScalar(TracedArray):
    """A number on a tape: ``s += x`` names a new one, as with NumPy's scalars."""

    __slots__ = ()

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return type(self.value[()])

    def item(self) -> Any:
        return self

    tolist = item

    def _not_in_place(self, other: Any) -> Any:
        return NotImplemented  # Python then adds, and names the sum

    __iadd__ = __isub__ = __imul__ = __itruediv__ = __ifloordiv__ = __imod__ = __ipow__ = __imatmul__ = _not_in_place

    def __setitem__(self, key: Any, new: Any) -> None:
        raise TypeError(f"{type(value_of(self)).__name__!r} object does not support item assignment")

    def __iter__(self) -> Iterator[Any]:
        raise TypeError(f"{type(value_of(self)).__name__!r} object is not iterable")

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: Any) -> Any:
        return self


# Methods that are the functions of the same name, with the same arguments in the same order
_LIKE_FUNCTIONS = (
    *("all", "any", "argmax", "argmin", "argpartition", "argsort", "choose", "conj", "conjugate", "cumprod"),
    *("cumsum", "diagonal", "dot", "max", "mean", "min", "nonzero", "prod", "put", "ravel", "repeat", "round"),
    *("searchsorted", "squeeze", "std", "sum", "swapaxes", "take", "trace", "var"),
)
LOST = (
    "a traced array cannot become a plain one, or be put into one, because its gradient would be lost: write "
    "x.item() for float(x), leave np.asarray() out, copy with x.copy(), join with np.stack([…]), write to "
    "ctx.buffer(…) or np.zeros_like(x, shape=…), and use NumPy's functions in place of those of math"
)


def _broadcast_arrays(*arrays: Any, subok: bool = False) -> tuple[Any, ...]:
    shape = np.broadcast_shapes(*map(np.shape, arrays))
    return tuple(np.broadcast_to(array, shape) for array in arrays)


def _meshgrid(*arrays: Any, **named: Any) -> list[Any]:
    places = np.meshgrid(*(np.arange(np.size(array)) for array in arrays), **named)
    return [np.ravel(array)[place] for array, place in zip(arrays, places, strict=True)]


# Functions of several results that are written with others
_BY_OTHERS: dict[Any, Callable[..., Any]] = {np.broadcast_arrays: _broadcast_arrays, np.meshgrid: _meshgrid}


def is_traced(argument: Any) -> bool:
    """Tell whether an argument is a traced array, or a list that holds one."""
    return any(isinstance(leaf, TracedArray) for leaf in tree_leaves(argument))


def noted_now(leaf: Any) -> Any:
    """Return an array with a gradient for a view that is to be noted when it is used; all else as it is."""
    while isinstance(leaf, TracedArray) and leaf.later:
        leaf = leaf.later()
    return leaf


def value_of(leaf: Any) -> Any:
    """Return the plain array or NumPy scalar of a traced one; all else as it is."""
    if isinstance(leaf, TracedArray):
        return leaf.value[()] if type(leaf) is TracedScalar else leaf.value
    return leaf
