"""The code of dense for small networks, in the instructions of LLVM: the products of its formulas, written out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir

from glassnet_machine_code.compiler import addresses_of, builtin_at
from glassnet_machine_code.installed import (
    ALIGNED,
    AXES,
    DATA,
    ELEMENTS,
    FLAGS,
    IN_ONE_PIECE,
    SHAPE,
    TYPE,
    TYPE_NUMBER,
    WRITEABLE,
    type_number,
)
from glassnet_machine_code.instructions import ADDRESS, INDEX, for_each, member

_INT, _TRUTH = ir.IntType(32), ir.IntType(1)
_TYPES = {"f": ir.FloatType(), "d": ir.DoubleType()}
_BUILTIN = ir.FunctionType(ADDRESS, [ADDRESS, ADDRESS.as_pointer(), INDEX])
_NOTHING, _ONE = INDEX(0), INDEX(1)


# The axes of the arguments: those with the same letter are of one length. Results come last.
_OUTPUTS, _GRADIENTS = ("ik", "kj", "j", "ij"), ("ik", "kj", "ij", "kj", "j", "nk")


class DenseLoops(NamedTuple):
    """What computes dense with numbers of one type, in plain arrays.

    The functions look at the arrays themselves: from outside that takes longer than to multiply. They return 1, with
    nothing done, if the arrays are not plain, do not fit each other, or are not of the class of the last one, which is
    new.

    Attributes
    ----------
    outputs
        Puts ``x W + b`` into y, of ``(x, W, b, y)``.
    gradients
        Of ``(x, W, dy, dW, db, dx)`` puts ``x^T dy`` into dW, the sum of dy over the batch into db, and ``dy W^T`` into
        the rows that dx has.
    """

    outputs: Callable[..., int]
    gradients: Callable[..., int]


@cache
def dense_loops(char: str) -> DenseLoops:
    """Return the functions for a type of numbers, which is ``f`` or ``d``."""
    module = ir.Module("dense")
    ir.Function(module, ir.FunctionType(ADDRESS, [INDEX]), "PyLong_FromLong")
    _Checked(module, "outputs", char).write(_write_outputs, _OUTPUTS, results=1)
    _Checked(module, "gradients", char).write(_write_gradients, _GRADIENTS, results=3)
    addresses = addresses_of(module, *DenseLoops._fields)
    return DenseLoops(*map(builtin_at, addresses, DenseLoops._fields))


class _Checked:
    """Writes a function that computes with arrays if they are as it takes them."""

    def __init__(self, module: ir.Module, name: str, char: str) -> None:
        self.function = ir.Function(module, _BUILTIN, name)
        self.build = ir.IRBuilder(self.function.append_basic_block())
        self.char = char

    def write(self, write: Callable[[list[_Array]], None], axes: tuple[str, ...], results: int) -> None:
        build = self.build
        answer = build.alloca(INDEX)
        build.store(_ONE, answer)
        given = [build.load(build.gep(self.function.args[1], [INDEX(place)])) for place in range(len(axes))]
        are_of_class = [self._same(TYPE, INDEX, array, given[-1]) for array in given]
        # Behind its type, an object of another class keeps something else.
        with build.if_then(self._all(are_of_class)):
            read = len(axes) - results
            forms = [self._has_form(array, len(axes[n]), n >= read) for n, array in enumerate(given)]
            with build.if_then(self._all(forms)):
                arrays = [_Array(build, array, _TYPES[self.char]) for array in given]
                with build.if_then(self._all(self._lengths(arrays, axes))):
                    write(arrays)
                    build.store(_NOTHING, answer)
        make_integer = self.function.module.globals["PyLong_FromLong"]
        build.ret(build.call(make_integer, [build.load(answer)]))

    def _all(self, conditions: list[Any]) -> Any:
        answer: Any = _TRUTH(1)
        for condition in conditions:
            answer = self.build.and_(answer, condition)
        return answer

    def _same(self, offset: int, kind: Any, one: Any, other: Any) -> Any:
        return self.build.icmp_signed("==", *(member(self.build, each, offset, kind) for each in (one, other)))

    def _has_form(self, array: Any, axes: int, is_written: bool) -> Any:
        """Tell whether an array has a number of axes, the type of numbers, and is in one piece."""
        build = self.build
        wanted = _INT(IN_ONE_PIECE | ALIGNED | (WRITEABLE if is_written else 0))
        flags = build.and_(member(build, array, FLAGS, _INT), wanted)
        number = member(build, member(build, array, ELEMENTS, ADDRESS), TYPE_NUMBER, INDEX)
        return self._all(
            [
                build.icmp_signed("==", flags, wanted),
                build.icmp_signed("==", member(build, array, AXES, _INT), _INT(axes)),
                build.icmp_signed("==", number, INDEX(type_number(np.dtype(self.char)))),
            ]
        )

    def _lengths(self, arrays: list[_Array], axes: tuple[str, ...]) -> list[Any]:
        """Return whether each axis is as long as the first one with its letter."""
        known: dict[str, Any] = {}
        return [
            self.build.icmp_signed("==", array.size(axis), known.setdefault(letter, array.size(axis)))
            for array, letters in zip(arrays, axes, strict=True)
            for axis, letter in enumerate(letters)
        ]


class _Array:
    """An array among the arguments of a function, which begins with its first number."""

    def __init__(self, build: ir.IRBuilder, array: Any, number: Any) -> None:
        self.build, self.number = build, number
        self._data = member(build, array, DATA, number.as_pointer())
        self._dimensions = member(build, array, SHAPE, INDEX.as_pointer())

    def size(self, axis: int) -> Any:
        """Return the length of an axis."""
        return self.build.load(self.build.gep(self._dimensions, [INDEX(axis)]))

    def at(self, *indices: Any) -> Any:
        """Return a pointer to an element."""
        place = indices[0]
        for axis, index in enumerate(indices[1:], 1):
            place = self.build.add(self.build.mul(place, self.size(axis)), index)
        return self.build.gep(self._data, [place])

    def put(self, value: Any, *indices: Any) -> None:
        """Write an element."""
        self.build.store(value, self.at(*indices))

    def get(self, *indices: Any) -> Any:
        """Read an element."""
        return self.build.load(self.at(*indices))

    def add(self, value: Any, *indices: Any) -> None:
        """Add to an element."""
        self.put(self.build.fadd(self.get(*indices), value), *indices)


def _write_outputs(arrays: list[_Array]) -> None:
    x, weights, bias, y = arrays
    build = x.build
    inputs, units = weights.size(0), weights.size(1)

    def of_sample(i: Any) -> None:
        _each(build, units, lambda j: y.put(bias.get(j), i, j))
        _each(build, inputs, lambda k: _each(build, units, lambda j: add_product(i, k, j)))

    def add_product(i: Any, k: Any, j: Any) -> None:
        y.add(build.fmul(x.get(i, k), weights.get(k, j)), i, j)

    _each(build, x.size(0), of_sample)


def _write_gradients(arrays: list[_Array]) -> None:
    x, weights, dy, dweights, dbias, dx = arrays
    build, zero = x.build, x.number(0)
    inputs, units = weights.size(0), weights.size(1)

    def of_sample(i: Any) -> None:
        _each(build, units, lambda j: dbias.add(dy.get(i, j), j))
        _each(build, inputs, lambda k: _each(build, units, lambda j: add_product(i, k, j)))

    def add_product(i: Any, k: Any, j: Any) -> None:
        dweights.add(build.fmul(x.get(i, k), dy.get(i, j)), k, j)

    def of_input(i: Any, k: Any) -> None:
        dx.put(zero, i, k)
        _each(build, units, lambda j: dx.add(build.fmul(dy.get(i, j), weights.get(k, j)), i, k))

    _each(build, units, lambda j: dbias.put(zero, j))
    _each(build, inputs, lambda k: _each(build, units, lambda j: dweights.put(zero, k, j)))
    _each(build, x.size(0), of_sample)
    _each(build, dx.size(0), lambda i: _each(build, inputs, lambda k: of_input(i, k)))


def _each(build: ir.IRBuilder, count: Any, write: Callable[[Any], None]) -> None:
    for_each(build, _NOTHING, count, _ONE, write)
