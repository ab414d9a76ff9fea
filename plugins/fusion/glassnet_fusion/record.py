"""What a formula did with its arrays, one entry for each operation, and the symbols that stand for the arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from glassnet_fusion.entries import CONVERT, COUNT, INPUT, PICK, REDUCE, TOTAL, VIEW, WHERE, WRITE, NotTracedError
from glassnet_fusion.kinds import Kind, kind_of_entry
from glassnet_fusion.number import Number

_WHOLE = (slice(None), Ellipsis)
# What NumPy computes with a scalar exponent.
_POWERS = {2: np.square, 0.5: np.sqrt, 1: np.positive, -1: np.reciprocal}


Replacement = TypeVar("Replacement", bound=Callable[..., Any])

# What is done for functions of NumPy that are not ufuncs. `recorded` adds to them.
_FUNCTIONS: dict[Any, Callable[..., Any]] = {}


def recorded(*functions: Any) -> Callable[[Replacement], Replacement]:
    """Return a decorator for what is called, with the record, when a formula calls one of NumPy's functions."""

    def add(replacement: Replacement) -> Replacement:
        _FUNCTIONS.update(dict.fromkeys(functions, replacement))
        return replacement

    return add


class Record:
    """The operations of one call of a formula, in order.

    Attributes
    ----------
    entries
        A tuple for each operation: what is done, then its operands. An operand is the number of an entry, or the type
        of a scalar. So two calls that differ by their scalars alone have the same entries.
    scalars
        The values of the scalars, in the order in which the entries name their types.
    described
        Shape and type of each input.
    """

    __slots__ = ("_kinds", "described", "entries", "scalars")

    def __init__(self, arrays: Sequence[Any]) -> None:
        self.entries: list[tuple[Any, ...]] = [(INPUT,)] * len(arrays)
        self.scalars: list[float | Number] = []
        self.described = arrays
        self._kinds: list[Kind] = []

    def inputs(self) -> list[Symbol]:
        """Return the symbols of the inputs."""
        return [Symbol(self, number) for number in range(len(self.described))]

    def add(self, operation: Any, *operands: Any) -> Symbol:
        """Note an operation, and return the symbol of its result."""
        entry = (operation, *[one.number if type(one) is Symbol else self._scalar(one) for one in operands])
        self.entries.append(entry)
        return Symbol(self, len(self.entries) - 1)

    def kind(self, number: int) -> Kind:
        """Return shape and type of the result of an entry."""
        while len(self._kinds) <= number:
            self._kinds.append(kind_of_entry(self.described, self.entries[len(self._kinds)], self._kinds))
        return self._kinds[number]

    def place(self, number: int) -> int:
        """Return the entry of the array whose memory a result has: of a view that of its base."""
        while self.entries[number][0] in (VIEW, WRITE):
            number = self.entries[number][1]
        return number

    def _scalar(self, value: Any) -> Any:
        """Keep the value of a scalar, and return its type, by which NumPy chooses that of the result."""
        if type(value) is float or type(value) is int:
            self.scalars.append(value)
            return type(value)
        if _is_count(value):
            self.entries.append((COUNT, len(value)))
            return len(self.entries) - 1
        if type(value) is Number:
            self.scalars.append(value)
            return type(value.value)
        if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
            self.scalars.append(value.item())
            return value.dtype
        raise NotTracedError(f"it computes with {_described(value)}")


class Symbol:
    """Stands for an array while a formula is recorded."""

    __slots__ = ("number", "record")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, record: Record, number: int) -> None:
        self.record, self.number = record, number

    @property
    def shape(self) -> tuple[int, ...]:
        return self.record.kind(self.number)[0]

    @property
    def dtype(self) -> Any:
        return self.record.kind(self.number)[1]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    def __len__(self) -> int:
        return self.shape[0]

    def reshape(self, *shape: Any) -> Symbol:
        """Return the same elements in another shape, as a view."""
        wanted = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple | list) else shape
        # A view of no memory, which knows what -1 stands for.
        new = np.broadcast_to(np.empty((), "?"), (self.size,)).reshape(wanted).shape
        entry = (VIEW, self.number, new)
        self.record.entries.append(entry)
        return Symbol(self.record, len(self.record.entries) - 1)

    def copy(self) -> Symbol:
        """Return a copy."""
        return self.record.add(np.positive, self)

    def astype(self, dtype: Any, copy: bool = True) -> Symbol:
        """Return the elements in another type."""
        if not copy and np.dtype(dtype) == self.dtype:
            return self
        self.record.entries.append((CONVERT, self.number, np.dtype(dtype)))
        return Symbol(self.record, len(self.record.entries) - 1)

    def sum(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Symbol:
        """Return the sum of each row."""
        return self._reduced(np.add, axis, dtype, keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Symbol:
        """Return the largest number of each row."""
        return self._reduced(np.maximum, axis, None, keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Symbol:
        """Return the smallest number of each row."""
        return self._reduced(np.minimum, axis, None, keepdims)

    def mean(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Symbol:
        """Return the mean of each row."""
        total = self._reduced(np.add, axis, dtype, keepdims)
        # NumPy divides by an integer, which makes float64 of the quotient, and rounds that.
        return self.record.add(np.divide, total, np.intp(self.size // total.size)).astype(total.dtype)

    def var(self, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Symbol:
        """Return the variance of each row, as NumPy computes it: by the deviations from the mean."""
        deviations = self - self.mean(axis, keepdims=True)
        total = np.multiply(deviations, deviations).sum(axis, keepdims=keepdims)
        count = np.maximum(np.intp(self.size // total.size) - ddof, 0)
        varies: Symbol = self.record.add(np.divide, total, count).astype(total.dtype)
        return varies

    def std(self, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Symbol:
        """Return the standard deviation of each row."""
        return self.record.add(np.sqrt, self.var(axis, ddof, keepdims))

    def clip(self, min: Any = None, max: Any = None, out: Any = None) -> Symbol:
        """Return the elements within two bounds."""
        clipped: Symbol = np.clip(self, min, max, out=out)
        return clipped

    def ravel(self) -> Symbol:
        """Return the elements along one axis, as a view."""
        return self.reshape(-1)

    def _reduced(self, ufunc: Any, axis: Any, dtype: Any, keepdims: bool) -> Symbol:
        source = self if dtype is None else self.astype(dtype, copy=False)
        if source.dtype.char not in "fd" or not self.size:
            raise NotTracedError(f"it reduces {source.dtype} in an array of shape {self.shape}")
        axes = _axes(axis, self.ndim)
        if axes == (self.ndim - 1,) and self.ndim > 1:
            entry: tuple[Any, ...] = (REDUCE, source.number, ufunc, bool(keepdims))
        elif axes == tuple(range(self.ndim - 1)) and axes and ufunc is np.add:
            entry = (TOTAL, source.number, bool(keepdims))
        else:
            raise NotTracedError("it reduces other axes than the last one, or than all others")
        self.record.entries.append(entry)
        return Symbol(self.record, len(self.record.entries) - 1)

    def __getitem__(self, index: Any) -> Symbol:
        if (type(index) is slice and index == _WHOLE[0]) or index is Ellipsis:
            return self
        if isinstance(index, tuple) and all(
            each is None or each is Ellipsis or (type(each) is slice and each == _WHOLE[0]) for each in index
        ):
            # A view of no memory knows its shape.
            return self.reshape(np.broadcast_to(np.empty((), "?"), self.shape)[index].shape)
        if isinstance(index, tuple) and len(index) == self.ndim == 2 and type(index[1]) is Symbol:
            rows, labels = index
            if _is_count(rows) and labels.shape == (len(rows),) == (len(self),) and labels.dtype == np.int64:
                self.record.entries.append((PICK, self.number, labels.number))
                return Symbol(self.record, len(self.record.entries) - 1)
        raise NotTracedError("it picks elements by an index")

    def __setitem__(self, index: Any, value: Any) -> None:
        if type(index) is Symbol:
            if type(value) is Symbol or index.dtype != np.bool_:
                raise NotTracedError("it picks elements by an index")
            value = self.record.add(WHERE, index, value, self)
        elif not ((type(index) is slice and index == _WHOLE[0]) or index is Ellipsis):
            raise NotTracedError("it picks elements by an index")
        # What an operation on the array itself has returned was written already.
        if value is not self:
            self.record.add(WRITE, self, value)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        if method != "__call__" or ufunc.nout != 1 or ufunc.signature is not None:
            raise NotTracedError(f"it calls np.{ufunc.__name__}{'' if method == '__call__' else f'.{method}'}")
        where = options.pop("where", True)
        if options:
            raise NotTracedError(f"it calls np.{ufunc.__name__} with {', '.join(options)}")
        result = self.record.add(ufunc, *inputs)
        if out is None:
            if where is not True:
                raise NotTracedError(f"it calls np.{ufunc.__name__} with where and without out")
            return result
        (target,) = out
        if type(target) is not Symbol:
            raise NotTracedError("it writes into an array that it did not get")
        if where is not True:
            result = self.record.add(WHERE, where, result, target)
        self.record.add(WRITE, target, result)
        return target

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        if function not in _FUNCTIONS:
            raise NotTracedError(f"it calls np.{function.__name__}")
        return _FUNCTIONS[function](self.record, *arguments, **options)

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise NotTracedError("it makes an array of its input")

    def __float__(self) -> float:
        raise NotTracedError("it makes a number of an array")

    def __bool__(self) -> bool:
        raise NotTracedError("it decides by the values of an array")

    def __iter__(self) -> Any:
        raise NotTracedError("it takes an array apart")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python and NumPy ask for what an object may not have
            raise AttributeError(name)
        raise NotTracedError(f"it uses .{name} of an array")

    def __add__(self, other: Any) -> Symbol:
        return self.record.add(np.add, self, other)

    def __radd__(self, other: Any) -> Symbol:
        return self.record.add(np.add, other, self)

    def __iadd__(self, other: Any) -> Symbol:
        return self._become(self.record.add(np.add, self, other))

    def __sub__(self, other: Any) -> Symbol:
        return self.record.add(np.subtract, self, other)

    def __rsub__(self, other: Any) -> Symbol:
        return self.record.add(np.subtract, other, self)

    def __isub__(self, other: Any) -> Symbol:
        return self._become(self.record.add(np.subtract, self, other))

    def __mul__(self, other: Any) -> Symbol:
        return self.record.add(np.multiply, self, other)

    def __rmul__(self, other: Any) -> Symbol:
        return self.record.add(np.multiply, other, self)

    def __imul__(self, other: Any) -> Symbol:
        return self._become(self.record.add(np.multiply, self, other))

    def __truediv__(self, other: Any) -> Symbol:
        return self.record.add(np.divide, self, other)

    def __rtruediv__(self, other: Any) -> Symbol:
        return self.record.add(np.divide, other, self)

    def __itruediv__(self, other: Any) -> Symbol:
        return self._become(self.record.add(np.divide, self, other))

    def __pow__(self, exponent: Any) -> Symbol:
        return power(self, exponent)

    def __ipow__(self, exponent: Any) -> Symbol:
        return self._become(power(self, exponent))

    def __rpow__(self, base: Any) -> Symbol:
        return self.record.add(np.power, base, self)

    def __floordiv__(self, other: Any) -> Symbol:
        return self.record.add(np.floor_divide, self, other)

    def __mod__(self, other: Any) -> Symbol:
        return self.record.add(np.remainder, self, other)

    def __pos__(self) -> Symbol:
        return self.record.add(np.positive, self)

    def __neg__(self) -> Symbol:
        return self.record.add(np.negative, self)

    def __abs__(self) -> Symbol:
        return self.record.add(np.absolute, self)

    def __lt__(self, other: Any) -> Symbol:
        return self.record.add(np.less, self, other)

    def __le__(self, other: Any) -> Symbol:
        return self.record.add(np.less_equal, self, other)

    def __gt__(self, other: Any) -> Symbol:
        return self.record.add(np.greater, self, other)

    def __ge__(self, other: Any) -> Symbol:
        return self.record.add(np.greater_equal, self, other)

    def __eq__(self, other: Any) -> Any:
        return self.record.add(np.equal, self, other)

    def __ne__(self, other: Any) -> Any:
        return self.record.add(np.not_equal, self, other)

    def __and__(self, other: Any) -> Symbol:
        return self.record.add(np.bitwise_and, self, other)

    def __or__(self, other: Any) -> Symbol:
        return self.record.add(np.bitwise_or, self, other)

    def __invert__(self) -> Symbol:
        return self.record.add(np.invert, self)

    def _become(self, result: Symbol) -> Symbol:
        self.record.add(WRITE, self, result)
        return self


def power(base: Symbol, exponent: Any) -> Symbol:
    """Return a power as the operator computes it: by a simpler function if the exponent is one of a few scalars."""
    if type(exponent) in (int, float) and exponent in _POWERS:
        return base.record.add(_POWERS[exponent], base)
    return base.record.add(np.power, base, exponent)


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    axes = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted(each % ndim for each in axes))


def _is_count(value: Any) -> bool:
    """Tell whether something is `np.arange` of its length."""
    is_like_it = type(value) is np.ndarray and value.ndim == 1 and value.dtype == np.int64
    return is_like_it and np.array_equal(value, np.arange(len(value)))


def _described(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} that it did not get"
    return f"a {type(value).__name__}"
