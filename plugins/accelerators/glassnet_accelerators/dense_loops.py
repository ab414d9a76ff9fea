"""The code of dense for small networks, in the instructions of LLVM: the products of its formulas, written out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

from llvmlite import ir

from glassnet_machine_code.compiler import addresses_of, builtin_at
from glassnet_machine_code.installed import DATA, SHAPE
from glassnet_machine_code.instructions import ADDRESS, INDEX, for_each, member

_TYPES = {"f": ir.FloatType(), "d": ir.DoubleType()}
_BUILTIN = ir.FunctionType(ADDRESS, [ADDRESS, ADDRESS.as_pointer(), INDEX])
_NOTHING, _ONE = INDEX(0), INDEX(1)


class DenseLoops(NamedTuple):
    """What computes dense with numbers of one type, in plain arrays.

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
    make_integer = ir.Function(module, ir.FunctionType(ADDRESS, [INDEX]), "PyLong_FromLong")
    for name, write in (("outputs", _write_outputs), ("gradients", _write_gradients)):
        function = ir.Function(module, _BUILTIN, name)
        build = ir.IRBuilder(function.append_basic_block())
        write(partial(_Array, build, function.args[1], _TYPES[char]))
        build.ret(build.call(make_integer, [_NOTHING]))
    addresses = addresses_of(module, *DenseLoops._fields)
    return DenseLoops(*map(builtin_at, addresses, DenseLoops._fields))


class _Array:
    """An array among the arguments of a function, which begins with its first number."""

    def __init__(self, build: ir.IRBuilder, arguments: Any, number: Any, place: int) -> None:
        self.build, self.number = build, number
        array = build.load(build.gep(arguments, [INDEX(place)]))
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


def _write_outputs(argument: Callable[[int], _Array]) -> None:
    x, weights, bias, y = map(argument, range(4))
    build = x.build
    inputs, units = weights.size(0), weights.size(1)

    def of_sample(i: Any) -> None:
        _each(build, units, lambda j: y.put(bias.get(j), i, j))
        _each(build, inputs, lambda k: _each(build, units, lambda j: add_product(i, k, j)))

    def add_product(i: Any, k: Any, j: Any) -> None:
        y.add(build.fmul(x.get(i, k), weights.get(k, j)), i, j)

    _each(build, x.size(0), of_sample)


def _write_gradients(argument: Callable[[int], _Array]) -> None:
    x, weights, dy, dweights, dbias, dx = map(argument, range(6))
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
