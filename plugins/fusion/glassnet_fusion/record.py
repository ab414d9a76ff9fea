"""What a formula did with its arrays, one entry for each operation, and the symbols that stand for the arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any, TypeVar

import numpy as np

from glassnet_fusion.entries import (
    ADD_AT,
    CONVERT,
    COUNT,
    FIRST,
    INPUT,
    PICK,
    REDUCE,
    SLICE,
    TRANSPOSE,
    VIEW,
    WHERE,
    WRITE,
    NotTracedError,
)
from glassnet_fusion.kinds import Kind, kind_of_entry
from glassnet_fusion.moves import spec_of
from glassnet_fusion.number import Number
from glassnet_fusion.operators import Operators

_WHOLE = (slice(None), Ellipsis)
# Beyond it, float64 has no longer all integers.
_MOST_EXACT = 2**53

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

    def note(self, operation: Any, source: Symbol, *details: Any) -> Symbol:
        """Note an operation on one array that is not a ufunc, and return the symbol of its result."""
        self.entries.append((operation, source.number, *details))
        return Symbol(self, len(self.entries) - 1)

    def kind(self, number: int) -> Kind:
        """Return shape and type of the result of an entry."""
        while len(self._kinds) <= number:
            self._kinds.append(kind_of_entry(self.described, self.entries[len(self._kinds)], self._kinds))
        return self._kinds[number]

    def is_written(self, value: Symbol, target: Symbol) -> bool:
        """Tell whether a symbol is an array into which something was written, or a view of it like another one."""
        one, other = value.number, target.number
        while one != other and self.entries[one] == self.entries[other] and self.entries[one][0] == SLICE:
            one, other = self.entries[one][1], self.entries[other][1]
        return one == other

    def place(self, number: int) -> int:
        """Return the entry of the array whose memory a result has: of a view that of its base."""
        while self.entries[number][0] in (VIEW, WRITE):
            number = self.entries[number][1]
        return number

    def _scalar(self, value: Any) -> Any:
        """Keep the value of a scalar, and return its type, by which NumPy chooses that of the result."""
        if type(value) is float or type(value) is int:
            return self._kept(value, type(value))
        if isinstance(value, np.ndarray) and value.ndim and _is_count(value.reshape(-1)):
            self.entries.append((COUNT, value.size))
            if value.ndim > 1:
                self.entries.append((VIEW, len(self.entries) - 1, value.shape))
            return len(self.entries) - 1
        if type(value) is Number:
            self.scalars.append(value)
            return type(value.value)
        if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
            return self._kept(value.item(), value.dtype)
        raise NotTracedError(f"it computes with {_described(value)}")

    def _kept(self, value: Any, kind: Any) -> Any:
        """Keep a number, which compiled code is given as a float64."""
        if type(value) is int and not -_MOST_EXACT <= value <= _MOST_EXACT:
            raise NotTracedError(f"it computes with {value}, which float64 rounds")
        self.scalars.append(value)
        return kind


class Symbol(Operators):
    """Stands for an array while a formula is recorded."""

    __slots__ = ("number", "record")
    record: Record

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
        return self.record.note(VIEW, self, new)

    def copy(self) -> Symbol:
        """Return a copy."""
        return self.record.add(np.positive, self)

    def astype(self, dtype: Any, copy: bool = True) -> Symbol:
        """Return the elements in another type."""
        if not copy and np.dtype(dtype) == self.dtype:
            return self
        return self.record.note(CONVERT, self, np.dtype(dtype))

    def sum(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Symbol:
        """Return the sum along some axes."""
        return self._reduced(np.add, axis, dtype, keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Symbol:
        """Return the largest number along some axes."""
        return self._reduced(np.maximum, axis, None, keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Symbol:
        """Return the smallest number along some axes."""
        return self._reduced(np.minimum, axis, None, keepdims)

    def mean(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Symbol:
        """Return the mean along some axes."""
        total = self._reduced(np.add, axis, dtype, keepdims)
        # NumPy divides by an integer, which makes float64 of the quotient, and rounds that.
        return self.record.add(np.divide, total, np.intp(self.size // total.size)).astype(total.dtype)

    def var(self, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Symbol:
        """Return the variance along some axes, as NumPy computes it: by the deviations from the mean."""
        deviations = self - self.mean(axis, keepdims=True)
        total = np.multiply(deviations, deviations).sum(axis, keepdims=keepdims)
        count = np.maximum(np.intp(self.size // total.size) - ddof, 0)
        varies: Symbol = self.record.add(np.divide, total, count).astype(total.dtype)
        return varies

    def std(self, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Symbol:
        """Return the standard deviation along some axes."""
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
        return self.record.note(REDUCE, source, ufunc, _axes(axis, self.ndim), bool(keepdims))

    def argmax(self, axis: Any = None, keepdims: bool = False) -> Symbol:
        """Return the place of the first of the largest numbers along an axis."""
        if type(axis) is not int or self.dtype.char not in "fd" or not self.size:
            raise NotTracedError("it calls argmax for all axes, or of other numbers than floats")
        return self.record.note(FIRST, self, (axis % self.ndim,), bool(keepdims))

    def transpose(self, *axes: Any) -> Symbol:
        """Return a view with the axes in another order."""
        order = axes[0] if len(axes) == 1 and isinstance(axes[0], tuple | list) else axes
        every = tuple(each % self.ndim for each in order) or tuple(reversed(range(self.ndim)))
        if sorted(every) != [*range(self.ndim)]:
            raise NotTracedError(f"it transposes {self.ndim} axes to {every}")
        return self.record.note(TRANSPOSE, self, every)

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
                return self.record.note(PICK, self, labels.number)
        return self.record.note(SLICE, self, spec_of(index, self.shape))

    def __setitem__(self, index: Any, value: Any) -> None:
        if type(index) is Symbol:
            if getattr(value, "ndim", 0) or index.dtype != np.bool_ or index.shape != self.shape[: index.ndim]:
                raise NotTracedError("it picks elements by an index")
            # A mask of the first axes picks whole rows; a choice would go along the last axes.
            of_rows = index.reshape(index.shape + (1,) * (self.ndim - index.ndim))
            value = self.record.add(WHERE, of_rows if index.ndim < self.ndim else index, value, self)
        target = self[index] if type(index) is not Symbol else self
        if self.record.entries[target.number][0] == PICK:  # what is picked is a copy
            raise NotTracedError("it writes into elements that an index picks")
        # What an operation on the array itself, or on a view of it, has returned was written already.
        if not (type(value) is Symbol and self.record.is_written(value, target)):
            self.record.add(WRITE, target, value)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        if method == "at" and ufunc is np.add and len(inputs) == 3:
            return add_at(self.record, *inputs)
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
        replacement = _FUNCTIONS[function]
        try:
            signature(replacement).bind(self.record, *arguments, **options)
        except TypeError:
            raise NotTracedError(f"it calls np.{function.__name__} with arguments that are not followed") from None
        return replacement(self.record, *arguments, **options)

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


def add_at(record: Record, target: Any, indices: Any, values: Any) -> None:
    """Note that values are added to the rows of an array that indices name."""
    if not all(type(each) is Symbol for each in (target, indices, values)) or indices.dtype != np.int64:
        raise NotTracedError("it calls np.add.at with numbers, or with places that are not integers")
    if (
        values.shape != indices.shape + target.shape[1:]
        or values.dtype != target.dtype
        or target.dtype.char not in "fd"
    ):
        raise NotTracedError("it calls np.add.at with arrays that do not fit one another")
    record.add(WRITE, target, record.note(ADD_AT, target, indices.number, values.number))


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
