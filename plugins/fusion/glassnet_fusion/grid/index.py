"""Where an element of a view is in the array that it views.

The place along an axis is written in digits, as many as there are loops that go along it. So an axis that is split in
two, or two that are joined, take and give digits, and nothing is divided in the loops.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir

from glassnet_fusion.entries import SLICE, SPREAD, TRANSPOSE, VIEW, NotTracedError
from glassnet_machine_code.instructions import INDEX

Shape = tuple[int, ...]
# A number, known now or in the loop, and the first number that is too large for it.
Digit = tuple[Any, int]
# The most significant first; none along an axis of one element.
Digits = tuple[Digit, ...]
Index = tuple[Digits, ...]


class Places:
    """Writes the arithmetic of places; the same is written once in the body of a loop."""

    def __init__(self, build: ir.IRBuilder) -> None:
        self.build = build
        self.known: dict[Any, Any] = {}

    def number(self, digits: Digits) -> Any:
        """Return the number that digits stand for."""
        total: Any = 0
        for value, size in digits:
            total = self.sum(self.product(total, size), value)
        return total

    def sum(self, left: Any, right: Any) -> Any:
        """Return the sum of two numbers."""
        if type(left) is int and type(right) is int:
            return left + right
        if right == 0 or left == 0:
            return left if type(right) is int else right
        return self._once("add", left, right)

    def product(self, left: Any, factor: int) -> Any:
        """Return the product of a number and one that is known."""
        if type(left) is int:
            return left * factor
        return left if factor == 1 else self._once("mul", left, factor)

    def _once(self, operation: str, left: Any, right: Any) -> Any:
        key = operation, *(each if type(each) is int else ("value", id(each)) for each in (left, right))
        if key not in self.known:
            operands = [INDEX(each) if type(each) is int else each for each in (left, right)]
            self.known[key] = getattr(self.build, operation)(*operands)
        return self.known[key]

    def of_source(self, index: Index, move: tuple[str, Any], source: Shape) -> Index:
        """Return the place in an array of a view's element."""
        operation, detail = move
        if operation == VIEW:
            return self._regrouped(index, source)
        if operation == SPREAD:
            return spread(index, source)
        if operation == TRANSPOSE:
            return tuple(index[detail.index(axis)] for axis in range(len(source)))
        if operation == SLICE:
            return self.of_slice(index, detail, source)
        outer = list(index[: len(source)])
        for axis, within in zip(detail[1], index[len(source) :], strict=True):
            outer[axis] = ((self.sum(self.number(outer[axis]), self.number(within)), source[axis]),)
        return tuple(outer)

    def of_slice(self, index: Index, spec: tuple[Any, ...], source: Shape) -> Index:
        """Return the place in an array of an element that integers and slices pick."""
        given, sizes = iter(index), iter(source)
        found: list[Digits] = []
        for each in spec:
            if each is None:
                next(given)
                continue
            size = next(sizes)
            if type(each) is int:
                found.append(((each, size),))
                continue
            digits, (start, step, count) = next(given), each
            is_whole = (start, step, count) == (0, 1, size)
            place = digits if is_whole else ((self.sum(self.product(self.number(digits), step), start), size),)
            found.append(place)
        return tuple(found)

    def _regrouped(self, index: Index, shape: Shape) -> Index:
        """Return the same digits, as many along each axis as its size asks for."""
        waiting = [digit for digits in index for digit in digits]
        found: list[Digits] = []
        for size in reversed(shape[1:]):
            digits: list[Digit] = []
            while (rest := size // math.prod(bound for _, bound in digits)) > 1:
                if not waiting:
                    digits.insert(0, (0, rest))
                elif waiting[-1][1] <= rest:
                    digits.insert(0, waiting.pop())
                else:
                    high, low = self._split(waiting.pop(), rest)
                    waiting.append(high)
                    digits.insert(0, low)
            if math.prod(bound for _, bound in digits) != size:
                raise NotTracedError(f"it reshapes an array to {shape}")
            found.insert(0, tuple(digits))
        return (tuple(waiting), *found) if shape else ()

    def _split(self, digit: Digit, low: int) -> tuple[Digit, Digit]:
        value, size = digit
        if size % low:
            raise NotTracedError("it reshapes an array in a way that is not known")
        if type(value) is int:
            return (value // low, size // low), (value % low, low)
        high = self.build.udiv(value, INDEX(low))
        return (high, size // low), (self.build.urem(value, INDEX(low)), low)


def spread(index: Index, shape: Shape) -> Index:
    """Return the place in an array that NumPy repeats along the axes that it does not have, or has once."""
    own = index[len(index) - len(shape) :]
    return tuple(() if size == 1 else digits for digits, size in zip(own, shape, strict=True))


def unreduced(index: Index, ndim: int, axes: tuple[int, ...], places: dict[int, Digits]) -> Index:
    """Return the place in an array of an element that is reduced; `places` are those along axes longer than 1."""
    keeps_axes = len(index) == ndim
    given = iter(index)
    found = []
    for axis in range(ndim):
        own = next(given) if keeps_axes or axis not in axes else ()
        found.append(places.get(axis, ()) if axis in axes else own)
    return tuple(found)
