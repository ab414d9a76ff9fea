"""The loops that compute what is kept in memory: reductions, what NumPy computes, arrays written in parts."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from glassnet_fusion.entries import ADD_AT, INPUT, MOVE, REDUCE, SCATTER, VIEW, NotTracedError
from glassnet_fusion.grid.elements import Elements, start_of
from glassnet_fusion.grid.index import Index
from glassnet_fusion.grid.memory import SHORT_ROW
from glassnet_fusion.grid.node import Node
from glassnet_fusion.grid.parts import Parts
from glassnet_fusion.row_sum import row_sum
from glassnet_machine_code.instructions import INDEX


class Kept(Elements):
    """Writes the loops of kept values."""

    def write_kept(self, nodes: list[Node]) -> None:
        """Write the loops of values that are computed together."""
        first = nodes[0]
        if first.operation == REDUCE:
            self._write_reductions(nodes)
        elif first.operation == SCATTER:
            self._write_parts(Parts(first))
        elif first.operation == ADD_AT:
            self._write_rows(first)
        else:
            self._write_call(first)
        self.ready |= {id(node) for node in nodes}

    def clear(self, node: Node) -> None:
        """Write what a sum of samples, or a reduction, begins with."""
        if node.operation == ADD_AT:
            self._fill(node, node.operands[0])
            return
        array, has_all = self.memory[id(node)]
        size = self._size(node)
        first = self.build.mul(self.item, INDEX(size)) if has_all and node.has_items else INDEX(0)
        array = self.build.gep(array, [first])
        self.for_each(INDEX(0), INDEX(size), INDEX(1), lambda i: self.store(start_of(node), array, i))

    def _size(self, node: Node) -> int:
        return self.graph.size_of_item(node.shape) if node.has_items else math.prod(node.shape)

    def _write_reductions(self, nodes: list[Node]) -> None:
        """Write reductions in the same order of arrays of the same shape."""
        for node in nodes:
            if not node.is_total:
                self.clear(node)
        (values,) = nodes[0].operands
        axes, order = nodes[0].detail
        outer = tuple(1 if axis in order.rows else size for axis, size in enumerate(values.shape))

        def reduce(place: Index) -> None:
            self.body()
            index = tuple(
                ((0, values.shape[axis]),) if axis in order.rows else digits for axis, digits in enumerate(place)
            )
            for node in nodes:
                one = self._of_row(node, index) if order.rows else self.value(node.operands[0], index)
                array, has_all = self.memory[id(node)]
                kept = _reduced_index(node, index, axes)
                at = self.offset(node, kept, of_sample=not has_all)
                at = INDEX(at) if type(at) is int else at
                so_far = self.build.load(self.build.gep(array, [at]))
                self.store(self.reduced(node, so_far, one), array, at)

        self.for_each_element(outer, values.has_items, reduce)

    def _of_row(self, node: Node, index: Index) -> Any:
        """Return the sum, or the extreme, of the innermost elements, which follow one another in memory."""
        (values,) = node.operands
        _, order = node.detail
        length = math.prod(values.shape[axis] for axis in order.rows)
        if length < SHORT_ROW and node.ufunc is np.add:
            return self.row_written_out(node, index)
        count = INDEX(length)
        row = self._row_in_memory(values, index)
        if row is None:
            row = self._copied_row(values, index, order.rows)
        self.body()
        if node.ufunc is np.add:
            return self.build.call(row_sum(self.build.module, row.type.pointee), [row, count])
        result = self._variable(row.type.pointee)
        self.reduce(node, row, result, count)
        return self.build.load(result)

    def _row_in_memory(self, values: Node, index: Index) -> Any:
        """Return where a row begins if its elements are in memory, or None."""
        while values.operation == MOVE and values.detail[0] == VIEW:
            (source,) = values.operands
            index, values = self.places.of_source(index, values.detail, source.shape), source
        if values.operation == INPUT:
            array, has_all = self.arrays[values.number], True
        elif id(values) in self.ready:
            array, has_all = self.memory[id(values)]
        else:
            return None
        at = self.offset(values, index, of_sample=not has_all)
        return self.build.gep(array, [INDEX(at) if type(at) is int else at])

    def _copied_row(self, values: Node, index: Index, axes: tuple[int, ...]) -> Any:
        if id(values) not in self.rows:
            size = math.prod(values.shape[axis] for axis in axes)
            self.rows[id(values)] = self.own_memory(values.dtype, size)
        row = self.rows[id(values)]
        lengths = tuple(values.shape[axis] for axis in axes)

        def copy(within: Index) -> None:
            self.body()
            at = 0
            for digits, size in zip(within, lengths, strict=True):
                at = self.places.sum(self.places.product(at, size), self.places.number(digits))
            whole = list(index)
            for axis, digits in zip(axes, within, strict=True):
                whole[axis] = digits
            self.store(self.value(values, tuple(whole)), row, at)

        self.for_each_element(lengths, False, copy)
        return row

    def _write_call(self, node: Node) -> None:
        """Have NumPy compute a value for each element of a sample."""
        size = self._size(node)
        buffers = [self.own_memory(each.dtype, size) for each in node.operands]

        def write(index: Index) -> None:
            self.body()
            at = self.offset(node, index, of_sample=True)
            for operand, buffer in zip(node.operands, buffers, strict=True):
                self.store(self.spread_value(operand, index), buffer, INDEX(at) if type(at) is int else at)

        self.for_each_element(node.shape, node.has_items, write)
        self.call_elementwise(node, buffers, INDEX(size))
        self.memory[id(node)] = self.result_of(node, buffers), False

    def _write_parts(self, parts: Parts) -> None:
        """Write an array into parts of which values are written, in their order."""
        node = parts.last
        if node.has_items and not parts.are_of_all:
            raise NotTracedError("it writes to some of the samples alone")
        array, has_all = self.memory[id(node)]

        def store(value: Any, index: Index) -> None:
            at = self.offset(node, index, of_sample=not has_all)
            self.store(value, array, INDEX(at) if type(at) is int else at)

        def read(index: Index) -> Any:
            return self.value(parts.base, index) if parts.are_apart else self.kept_value(node, index)

        def write(scatters: list[Node], index: Index) -> None:
            self.body()
            for scatter in scatters:
                old, new = scatter.operands
                place = self.places.of_slice(index, scatter.detail, node.shape)
                self.before[id(old)] = self.offset(node, place, of_sample=False), read
                store(self.value(new, index), place)
                del self.before[id(old)]

        if not parts.cover and self.memory.get(id(parts.base)) != (array, True):
            self._fill(node, parts.base)
        for scatters in parts.groups:
            shape = scatters[0].operands[1].shape
            self.for_each_element(shape, node.has_items, partial(write, scatters), parts.descending)

    def _fill(self, node: Node, base: Node) -> None:
        """Write what an array is before other values are written into parts of it."""
        array, has_all = self.memory[id(node)]

        def fill(index: Index) -> None:
            self.body()
            at = self.offset(node, index, of_sample=not has_all)
            self.store(self.value(base, index), array, INDEX(at) if type(at) is int else at)

        self.for_each_element(node.shape, node.has_items, fill)

    def _write_rows(self, node: Node) -> None:
        """Add the rows of a sample to those of an array that its indices name, one after another."""
        _, indices, values = node.operands
        array, _ = self.memory[id(node)]
        rows = node.shape[0]

        def add(index: Index) -> None:
            self.body()
            row = self._row_named(self.value(indices, index), rows)

            def one(within: Index) -> None:
                self.body()
                at = self.offset(node, (((row, rows),), *within), of_sample=False)
                so_far = self.build.load(self.build.gep(array, [at]))
                self.store(self.build.fadd(so_far, self.value(values, (*index, *within))), array, at)

            self.for_each_element(node.shape[1:], False, one)

        self.for_each_element(indices.shape, True, add)

    def _row_named(self, place: Any, rows: int) -> Any:
        """Return the row that an index names, from the end if it is negative; note a failure if there is none."""
        build = self.build
        from_start = build.add(place, INDEX(rows))
        row = build.select(build.icmp_signed("<", place, INDEX(0)), from_start, place)
        is_inside = build.icmp_unsigned("<", row, INDEX(rows))
        self.note_failure(build.not_(is_inside))
        return build.select(is_inside, row, INDEX(0))


def _reduced_index(node: Node, index: Index, axes: tuple[int, ...]) -> Index:
    if len(node.shape) == len(index):
        return tuple(() if axis in axes else digits for axis, digits in enumerate(index))
    return tuple(digits for axis, digits in enumerate(index) if axis not in axes)
