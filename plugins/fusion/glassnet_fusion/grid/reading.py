"""From the record of a formula to its values over several axes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from glassnet_fusion.entries import (
    ADD_AT,
    CONVERT,
    COUNT,
    FILL,
    FIRST,
    INPUT,
    MOVE,
    MOVES,
    PAD,
    PICK,
    REDUCE,
    SCALAR,
    SCATTER,
    SLICE,
    TRANSPOSE,
    VIEW,
    WHERE,
    WRITE,
    NotTracedError,
)
from glassnet_fusion.graph import TYPES
from glassnet_fusion.grid.node import Grid, Node, Shape
from glassnet_fusion.grid.order import order_of, reshaped, result_layout
from glassnet_fusion.kinds import loop_types
from glassnet_fusion.moves import moved
from glassnet_fusion.record import Record


def grid_of(record: Record, results: tuple[int, ...], left: tuple[int, ...] = ()) -> Grid:
    """Return the values of a record whose formula returned the results of these entries.

    Inputs among those in `left` are not written to.

    Raises
    ------
    NotTracedError
        If arrays are of types that are not compiled, or are written to while they are read.
    """
    return _Reading(record).grid(results, left)


def items_of(record: Record) -> int:
    """Return the number of samples, or 0 if an array is empty.

    It is the length of the first axis of the largest arrays; or of those that are added to the rows of another one.
    """
    shapes = [record.kind(number)[0] for number in range(len(record.entries))]
    added = [record.kind(entry[3])[0] for entry in record.entries if entry[0] == ADD_AT]
    largest: Shape = max(added or shapes, key=math.prod)
    return largest[0] if largest and all(0 not in shape for shape in shapes) else 0


class _Reading:
    """Goes through a record once."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.items = items_of(record)
        if self.items < 2:
            raise NotTracedError("it computes a single sample")
        self.scalars = 0
        # What the arrays hold that have memory of their own, by entry.
        self.held: dict[int, Node] = {}
        self.written: set[int] = set()
        self.known: dict[Any, Node] = {}
        # Arrays whose shape and strides are those that NumPy's would have; None where that is not known.
        self.layouts: list[Any] = []

    def grid(self, results: tuple[int, ...], left: tuple[int, ...]) -> Grid:
        for number, (operation, *operands) in enumerate(self.record.entries):
            self._read(number, operation, operands)
        inputs = len(self.record.described)
        changed = [place for place in sorted(self.written - set(left)) if place < inputs]
        returned = tuple(each for each in results if self.record.place(each) >= inputs)
        grid = Grid(
            self.record,
            self.items,
            tuple(self.record.kind(number)[1] for number in range(inputs)),
            tuple((place, self.held[place]) for place in changed),
            tuple(map(self._current, returned)),
            returned,
            self.scalars,
        )
        if not any(node.has_items for node in grid.values()):
            raise NotTracedError("it picks elements by an index")
        if not all(self._is_in_order(each) for each in returned):
            # What comes after it adds up in the order of the memory.
            raise NotTracedError("it returns an array whose elements are in another order in memory")
        if any(node.operation == INPUT and node.number in changed for node in grid.values()):
            raise NotTracedError("it reads an array that it writes to, in another order than by rows")
        return grid

    def _read(self, number: int, operation: Any, operands: list[Any]) -> None:
        dtype = self.record.kind(number)[1]
        if dtype not in TYPES:
            raise NotTracedError(f"it computes in {dtype}")
        self.layouts.append(self._layout(number, operation, operands))
        if operation == WRITE:
            self._write(operands[0], operands[1])
        elif operation == VIEW and self.layouts[number] is None:
            self.held[number] = self._seen(number)
            self.layouts[number] = np.empty(self.record.kind(number)[0], np.uint8)
        elif operation not in (VIEW, *MOVES):
            self.held[number] = self._result(number, operation, operands)

    def _layout(self, number: int, operation: Any, operands: list[Any]) -> Any:
        if operation == WRITE:
            return self.layouts[operands[0]]
        if operation in (VIEW, *MOVES):
            source = self.layouts[operands[0]]
            if source is None:
                raise NotTracedError("it has views of an array whose order is not known")
            return reshaped(source, operands[1]) if operation == VIEW else moved(operation, source, operands[1])
        # Memory that is never touched is never there.
        plain = np.empty(self.record.kind(number)[0], np.uint8)
        if operation == REDUCE:
            source = self.layouts[operands[0]]
            return plain if source is not None and order_of(source, operands[2]).keeps_order else None
        is_of_arrays = operation in (CONVERT, WHERE) or callable(operation)
        arrays = [self.layouts[each] for each in operands if type(each) is int] if is_of_arrays else []
        if all(each is not None and each.flags.c_contiguous for each in arrays):
            return plain
        # `copy` is noted as np.positive, and has an order of its own.
        is_known = operation is not np.positive and all(each is not None for each in arrays)
        return result_layout(arrays) if is_known else None

    def _is_in_order(self, number: int) -> bool:
        layout = self.layouts[number]
        return layout is not None and bool(layout.flags.c_contiguous)

    def _current(self, number: int) -> Node:
        """Return what an array holds now."""
        if number in self.held:
            return self.held[number]
        if self.record.entries[number][0] == WRITE:
            return self._current(self.record.entries[number][1])
        return self._seen(number)

    def _seen(self, number: int) -> Node:
        operation, source, detail = self.record.entries[number]
        return self._moved(operation, self._current(source), detail, self.record.kind(number)[0])

    def _moved(self, operation: str, source: Node, detail: Any, shape: Shape) -> Node:
        return self._once(MOVE, (source,), source.dtype, shape, detail=(operation, detail))

    def _result(self, number: int, operation: Any, operands: list[Any]) -> Node:
        shape, dtype = self.record.kind(number)
        if operation == INPUT:
            return Node(INPUT, (), dtype, shape, len(shape) > 1 and shape[0] == self.items, number=number)
        if operation == COUNT:
            return self._once(COUNT, (), dtype, shape)
        if operation == FILL:
            return self._filled(shape, dtype, operands[3])
        if operation == PAD:
            source = self._current(operands[0])
            spec = tuple((before, 1, size) for (before, _), size in zip(operands[2], source.shape, strict=True))
            return self._once(SCATTER, (self._filled(shape, dtype, operands[1]), source), dtype, shape, detail=spec)
        if operation == CONVERT:
            return self._converted(self._operand(operands[0], dtype), dtype)
        if operation == REDUCE:
            return self._reduced(number, *operands[:3])
        if operation == FIRST:
            return self._once(FIRST, (self._current(operands[0]),), dtype, shape, detail=operands[1][0])
        if operation == ADD_AT:
            rows = tuple(map(self._current, operands))
            if not rows[1].has_items and not rows[2].has_items:
                raise NotTracedError("it adds to the same rows for all samples")
            return self._once(ADD_AT, rows, dtype, shape)
        if operation == PICK:
            raise NotTracedError("it picks elements by an index")
        types = [self.record.kind(each)[1] if type(each) is int else each for each in operands]
        wanted = (np.dtype("?"), dtype, dtype) if operation == WHERE else loop_types(operation, types)[:-1]
        values = [self._operand(each, kind) for each, kind in zip(operands, wanted, strict=True)]
        converted = tuple(self._converted(value, kind) for value, kind in zip(values, wanted, strict=True))
        return self._once(operation, converted, dtype, shape)

    def _filled(self, shape: Shape, dtype: Any, value: float) -> Node:
        return self._once(FILL, (), dtype, shape, detail=repr(value))

    def _reduced(self, number: int, source: int, ufunc: Any, axes: tuple[int, ...]) -> Node:
        layout, values = self.layouts[source], self._current(source)
        if layout is None:
            raise NotTracedError("it reduces an array whose order is not known")
        order = order_of(layout, axes)
        # Of zeros of both signs, NumPy's loop chooses by where they are in a row.
        is_extreme = order.rows and ufunc is not np.add
        is_in_pieces = is_extreme and (order.axes or layout.strides[order.rows[-1]] != 1)
        if is_in_pieces or (order.rows and values.operation == CONVERT):
            raise NotTracedError("it reduces an array in pieces, or in another type")
        if 0 in order.rows or 0 in order.axes[1:]:
            raise NotTracedError("it reduces other axes than the last one, or than all others")
        if 0 in axes and ufunc is not np.add:
            raise NotTracedError(f"it reduces all samples with np.{ufunc.__name__}")
        shape, dtype = self.record.kind(number)
        return self._once(REDUCE, (values,), dtype, shape, ufunc=ufunc, detail=(axes, order))

    def _write(self, target: int, operand: Any) -> None:
        shape, dtype = self.record.kind(target)
        source = self._operand(operand, dtype)
        if not np.can_cast(source.dtype, dtype, "same_kind"):
            raise NotTracedError(f"it writes {source.dtype} into {dtype}")
        value = self._converted(source, dtype)
        if value.shape != shape:
            value = self._once(np.positive, (value,), dtype, shape)
        number = target
        while number not in self.held:
            operation, base, *detail = self.record.entries[number]
            if operation != WRITE:
                value = self._written(operation, self._current(base), value, *detail)
            number = base
        self.held[number] = value
        self.written.add(number)

    def _written(self, operation: str, base: Node, value: Node, detail: Any) -> Node:
        """Return what an array holds after something was written into a view of it."""
        if operation == VIEW:
            return self._moved(VIEW, value, base.shape, base.shape)
        if operation == TRANSPOSE:
            return self._moved(TRANSPOSE, value, tuple(map(int, np.argsort(detail))), base.shape)
        if operation == SLICE:
            return self._once(SCATTER, (base, value), base.dtype, base.shape, detail=detail)
        raise NotTracedError("it writes into a view that has elements more than once")

    def _operand(self, operand: Any, dtype: Any) -> Node:
        """Return the value of an operand; a scalar has the type in which it is computed with."""
        if type(operand) is int:
            return self._current(operand)
        self.scalars += 1
        return Node(SCALAR, (), dtype, (), False, number=self.scalars - 1)

    def _converted(self, value: Node, dtype: Any) -> Node:
        return value if value.dtype == dtype else self._once(CONVERT, (value,), dtype, value.shape)

    def _once(
        self,
        operation: Any,
        operands: tuple[Node, ...],
        dtype: Any,
        shape: Shape,
        ufunc: Any = None,
        detail: Any = None,
    ) -> Node:
        """Return the value of an operation; the same operation on the same values is computed once."""
        key = operation, ufunc, dtype, shape, detail, *map(id, operands)
        if key not in self.known:
            has_items = bool(shape) and shape[0] % self.items == 0 and any(each.has_items for each in operands)
            if operation == REDUCE:
                has_items = has_items and 0 not in detail[0]
            has_items = has_items and operation != ADD_AT
            self.known[key] = Node(operation, operands, dtype, shape, has_items, detail, ufunc=ufunc)
        return self.known[key]
