"""The values that a formula computes, each of them once: what is left of a record without names and writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from glassnet_fusion.computed import Computed, in_order
from glassnet_fusion.entries import (
    BY_AXES,
    CONVERT,
    COUNT,
    INPUT,
    MOVES,
    PICK,
    REDUCE,
    SCALAR,
    TOTAL,
    VIEW,
    WHERE,
    WRITE,
    NotTracedError,
)
from glassnet_fusion.kinds import loop_types
from glassnet_fusion.record import Record
from glassnet_fusion.space import COLUMN, FULL, ROW, SINGLE, Space, space_of

# What the memory holds.
TYPES = (np.dtype(np.float32), np.dtype(np.float64), np.dtype(np.bool_), np.dtype(np.int64))


@attrs.frozen(eq=False)
class Value(Computed["Value"]):
    """A value of rows and columns; `form` says how it extends over them."""

    form: str


@attrs.frozen
class Graph:
    """The values of a formula.

    Attributes
    ----------
    space
        Its rows and columns.
    inputs, forms
        The types of the arrays, and how they extend over rows and columns.
    changed
        The inputs that the formula writes to, and their new values.
    results
        The values that it returns, each in an array of its own.
    scalars
        The number of scalars.
    """

    space: Space
    inputs: tuple[Any, ...]
    forms: tuple[str, ...]
    changed: tuple[tuple[int, Value], ...]
    results: tuple[Value, ...]
    scalars: int

    @property
    def outputs(self) -> list[Value]:
        """The values that are written, into inputs and into arrays of their own."""
        return [*(value for _, value in self.changed), *self.results]

    @property
    def is_elementwise(self) -> bool:
        """Whether each element is computed alone, and is a row of its own."""
        return self.space.columns == 1 and all(
            value.form in (FULL, SINGLE) and value.operation not in (REDUCE, TOTAL, COUNT, PICK)
            for value in self.values()
        )

    @property
    def has_totals(self) -> bool:
        """Whether numbers of all rows are added up, which has to be done in their order."""
        return any(value.operation == TOTAL for value in self.values())

    @property
    def operations(self) -> int:
        """The number of operations on whole arrays."""
        return sum(value.operation not in (INPUT, SCALAR) for value in self.values())

    def values(self) -> Iterator[Value]:
        """Iterate over all values, operands first."""
        return in_order(self.outputs)


def graph_of(record: Record, results: tuple[int, ...], left: tuple[int, ...] = ()) -> Graph:
    """Return the graph of a record whose formula returned the results of these entries.

    Inputs among those in `left` are not written to.

    Raises
    ------
    NotTracedError
        If arrays of several sizes meet, or of types that are not compiled.
    """
    space = space_of(record)
    try:
        return _Reading(record, space).graph(results, left)
    except NotTracedError:
        if space.rows != space.columns:
            raise
        # As many rows as columns: what one axis means is seen by what is done with it.
        return _Reading(record, attrs.evolve(space, vectors=ROW)).graph(results, left)


class _Reading:
    """Goes through a record once."""

    def __init__(self, record: Record, space: Space) -> None:
        self.record = record
        self.space = space
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
        return Graph(
            self.space,
            tuple(self.record.kind(number)[1] for number in range(inputs)),
            tuple(self.space.form(self.record.kind(number)[0]) for number in range(inputs)),
            tuple((place, self.held[place]) for place in sorted(self.written - set(left)) if place < inputs),
            tuple(self._held(each) for each in returned),
            self.scalars,
        )

    def _read(self, number: int, operation: Any, operands: list[Any]) -> None:
        shape, dtype = self.record.kind(number)
        if dtype not in TYPES:
            raise NotTracedError(f"it computes in {dtype}")
        if operation in MOVES:
            raise NotTracedError("it picks elements by an index")
        if operation == VIEW:
            self.places.append(self.places[operands[0]])
            # As a view it has to extend as before, but for axes of one element. A single column is both rows and all.
            form = self.held[self.places[-1]].form
            if self.space.form(shape) != form and not (self.space.columns == 1 and form in (FULL, ROW)):
                raise NotTracedError(f"it reshapes an array to {shape}")
        elif operation == WRITE:
            self._write(operands[0], operands[1])
        else:
            self.places.append(len(self.held))
            self.held.append(self._result(number, operation, operands))

    def _result(self, number: int, operation: Any, operands: list[Any]) -> Value:
        shape, dtype = self.record.kind(number)
        if operation == INPUT:
            return Value(INPUT, (), dtype, self.space.form(shape), number=number)
        if operation == COUNT:
            return self._once(COUNT, (), dtype, self.space.form(shape))
        if operation == PICK:
            return self._picked(self._held(operands[0]), self._held(operands[1]))
        if operation == CONVERT:
            return self._converted(self._operand(operands[0], dtype), dtype)
        if operation == REDUCE:
            return self._reduced(operands[0], operands[1], operands[2])
        if operation in BY_AXES:
            raise NotTracedError("it picks elements by an index")
        types = [self.record.kind(each)[1] if type(each) is int else each for each in operands]
        wanted = (np.dtype("?"), dtype, dtype) if operation == WHERE else loop_types(operation, types)[:-1]
        values = [self._operand(each, kind) for each, kind in zip(operands, wanted, strict=True)]
        extents = [
            (value.form, self.record.kind(each)[0] if type(each) is int else ())
            for value, each in zip(values, operands, strict=True)
        ]
        form = self.space.joint_form(extents, shape)
        converted = (self._converted(value, kind) for value, kind in zip(values, wanted, strict=True))
        return self._once(operation, tuple(converted), dtype, form)

    def _reduced(self, source: int, ufunc: Any, axes: tuple[int, ...]) -> Value:
        values, last = self._held(source), len(self.record.kind(source)[0]) - 1
        if axes == tuple(range(last)) and axes and ufunc is np.add:
            return self._total(values)
        if axes != (last,) or not last:
            raise NotTracedError("it reduces other axes than the last one, or than all others")
        if values.form != FULL:
            raise NotTracedError(f"it reduces with np.{ufunc.__name__} what is one number for each row")
        return self._once(REDUCE, (values,), values.dtype, ROW, ufunc=ufunc)

    def _total(self, values: Value) -> Value:
        if values.form != FULL or self.space.columns == 1:
            raise NotTracedError("it adds up what is not rows of several numbers")
        return self._once(TOTAL, (values,), values.dtype, COLUMN)

    def _picked(self, values: Value, labels: Value) -> Value:
        if (values.form, labels.form) != (FULL, ROW):
            raise NotTracedError("it picks elements by an index")
        return self._once(PICK, (values, labels), values.dtype, ROW)

    def _write(self, target: int, operand: Any) -> None:
        shape, dtype = self.record.kind(target)
        source = self._operand(operand, dtype)
        if not np.can_cast(source.dtype, dtype, "same_kind"):
            raise NotTracedError(f"it writes {source.dtype} into {dtype}")
        place, form = self.places[target], self.held[self.places[target]].form
        value = self._converted(source, dtype)
        if value.form != form:
            of_source = self.record.kind(operand)[0] if type(operand) is int else ()
            if self.space.joint_form([(form, shape), (value.form, of_source)], shape) != form:
                raise NotTracedError(f"it writes an array of shape {of_source} into one of shape {shape}")
            value = self._once(np.positive, (value,), dtype, form)
        self.held[place] = value
        self.written.add(place)
        self.places.append(place)

    def _held(self, number: int) -> Value:
        return self.held[self.places[number]]

    def _operand(self, operand: Any, dtype: Any) -> Value:
        """Return the value of an operand; a scalar has the type in which it is computed with."""
        if type(operand) is int:
            return self._held(operand)
        self.scalars += 1
        return Value(SCALAR, (), dtype, SINGLE, number=self.scalars - 1)

    def _converted(self, value: Value, dtype: Any) -> Value:
        if value.dtype == dtype:
            return value
        if dtype not in TYPES or value.dtype not in TYPES:
            raise NotTracedError(f"it converts {value.dtype} to {dtype}")
        return self._once(CONVERT, (value,), dtype, value.form)

    def _once(self, operation: Any, operands: tuple[Value, ...], dtype: Any, form: str, ufunc: Any = None) -> Value:
        """Return the value of an operation; the same operation on the same values is computed once."""
        key = operation, ufunc, dtype, form, *map(id, operands)
        if key not in self.known:
            self.known[key] = Value(operation, operands, dtype, form, ufunc=ufunc)
        return self.known[key]
