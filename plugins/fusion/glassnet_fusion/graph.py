"""The values that a formula computes, each of them once: what is left of a record without names and writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from glassnet_fusion.kinds import loop_types
from glassnet_fusion.record import CONVERT, INPUT, VIEW, WHERE, WRITE, NotTracedError, Record

SCALAR = "scalar"

# What the memory holds.
TYPES = (np.dtype(np.float32), np.dtype(np.float64), np.dtype(np.bool_))


@attrs.frozen(eq=False)
class Value:
    """One value for each element: an input, a scalar, or the result of an operation.

    Attributes
    ----------
    operation
        A ufunc, or one of the words for what is no ufunc.
    operands
        The values that it is computed from, in the types in which it computes.
    number
        Of an input or a scalar its place among them.
    """

    operation: Any
    operands: tuple[Value, ...]
    dtype: Any
    number: int = 0


@attrs.frozen
class Graph:
    """The values of a formula.

    Attributes
    ----------
    inputs
        The types of the arrays.
    changed
        The inputs that the formula writes to, and their new values.
    results
        The values that it returns, each in an array of its own.
    scalars
        The number of scalars.
    """

    inputs: tuple[Any, ...]
    changed: tuple[tuple[int, Value], ...]
    results: tuple[Value, ...]
    scalars: int

    @property
    def operations(self) -> int:
        """The number of operations on whole arrays."""
        return sum(value.operation not in (INPUT, SCALAR) for value in self.values())

    def values(self) -> Iterator[Value]:
        """Iterate over all values, operands first."""
        seen: set[int] = set()
        outputs = [*(value for _, value in self.changed), *self.results]
        waiting = [(value, False) for value in reversed(outputs)]
        while waiting:
            value, is_ready = waiting.pop()
            if is_ready:
                yield value
            elif id(value) not in seen:
                seen.add(id(value))
                waiting.append((value, True))
                waiting += [(each, False) for each in reversed(value.operands)]


def graph_of(record: Record, results: tuple[int, ...], left: tuple[int, ...] = ()) -> Graph:
    """Return the graph of a record whose formula returned the results of these entries.

    Inputs among those in `left` are not written to.

    Raises
    ------
    NotTracedError
        If arrays of several sizes meet, or of types that are not compiled.
    """
    return _Reading(record).graph(results, left)


class _Reading:
    """Goes through a record once."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.scalars = 0
        # Each array of the formula has a place, which views of it share, and in it the value that it holds now.
        self.places: list[int] = []
        self.held: list[Value] = []
        self.written: set[int] = set()
        self.known: dict[Any, Value] = {}

    def graph(self, results: tuple[int, ...], left: tuple[int, ...]) -> Graph:
        for number, (operation, *operands) in enumerate(self.record.entries):
            self._read(number, operation, operands)
        inputs = len(self.record.described)
        returned = [each for each in results if self.places[each] >= inputs]
        shapes = {self.record.kind(number)[0] for number in (*range(inputs), *returned)}
        if len(shapes) > 1:
            raise NotTracedError(f"it has arrays of shapes {', '.join(map(str, sorted(shapes)))}")
        return Graph(
            tuple(self.record.kind(number)[1] for number in range(inputs)),
            tuple((place, self.held[place]) for place in sorted(self.written - set(left)) if place < inputs),
            tuple(self.held[self.places[each]] for each in returned),
            self.scalars,
        )

    def _read(self, number: int, operation: Any, operands: list[Any]) -> None:
        _, dtype = self.record.kind(number)
        if dtype not in TYPES:
            raise NotTracedError(f"it computes in {dtype}")
        if operation == VIEW:
            self.places.append(self.places[operands[0]])
            return
        if operation == WRITE:
            place = self.places[operands[0]]
            source = self._operand(operands[1], dtype)
            if not np.can_cast(source.dtype, dtype, "same_kind"):
                raise NotTracedError(f"it writes {source.dtype} into {dtype}")
            self.held[place] = self._converted(source, dtype)
            self.written.add(place)
            self.places.append(place)
            return
        self.places.append(len(self.held))
        if operation == INPUT:
            self.held.append(Value(INPUT, (), dtype, number))
        elif operation == CONVERT:
            self.held.append(self._converted(self._operand(operands[0], dtype), dtype))
        else:
            self.held.append(self._computed(operation, operands, dtype))

    def _computed(self, operation: Any, operands: list[Any], dtype: Any) -> Value:
        types = [self.record.kind(each)[1] if type(each) is int else each for each in operands]
        wanted = (np.dtype("?"), dtype, dtype) if operation == WHERE else loop_types(operation, types)[:-1]
        values = [self._converted(self._operand(each, kind), kind) for each, kind in zip(operands, wanted, strict=True)]
        return self._once(operation, tuple(values), dtype)

    def _operand(self, operand: Any, dtype: Any) -> Value:
        """Return the value of an operand; a scalar of Python has the type in which it is computed with."""
        if type(operand) is int:
            return self.held[self.places[operand]]
        self.scalars += 1
        return Value(SCALAR, (), operand if isinstance(operand, np.dtype) else dtype, self.scalars - 1)

    def _converted(self, value: Value, dtype: Any) -> Value:
        if value.dtype == dtype:
            return value
        if dtype not in TYPES or value.dtype not in TYPES:
            raise NotTracedError(f"it converts {value.dtype} to {dtype}")
        return self._once(CONVERT, (value,), dtype)

    def _once(self, operation: Any, operands: tuple[Value, ...], dtype: Any) -> Value:
        """Return the value of an operation; the same operation on the same values is computed once."""
        key = operation, dtype, *map(id, operands)
        if key not in self.known:
            self.known[key] = Value(operation, operands, dtype)
        return self.known[key]
