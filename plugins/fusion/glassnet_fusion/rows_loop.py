"""The loop of a formula that reduces rows to numbers, or combines rows with numbers of each row or column.

It takes a block of rows that stays in the first-level cache. Each number that NumPy has to compute, and each sum, is
computed for the block before the next; then come the outputs. Rows are added up in NumPy's order.

What needs a sum over all rows is computed in another pass over them.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from glassnet_fusion.column_sums import WIDTH, ColumnSums, are_by_vectors
from glassnet_fusion.entries import COUNT, INPUT, PICK, SCALAR, NotTracedError
from glassnet_fusion.graph import Graph, Value
from glassnet_fusion.native import emit
from glassnet_fusion.own_functions import is_own
from glassnet_fusion.passes import Pass, passes_of
from glassnet_fusion.space import COLUMN, FULL, ROW
from glassnet_fusion.writer import Writer, is_reduction
from glassnet_machine_code.instructions import INDEX

# The number of elements of a block, unless a single row has more.
BLOCK = 1024
# The buffers of blocks stay in the second-level cache.
_MOST_CALLS = 12
_ZERO, _ONE = INDEX(0), INDEX(1)


def write_rows(graph: Graph, function: ir.Function, own: frozenset[Any]) -> None:
    """Write the loop of a graph; compiled code may compute the functions in `own`."""
    Rows(graph, function, own).write()


def outputs_of_rows(graph: Graph) -> list[Value]:
    """Return the values that a formula writes and that are not one for each column."""
    return [value for value in graph.outputs if value.form != COLUMN]


class Rows(Writer):
    """Writes the loops."""

    def __init__(self, graph: Graph, function: ir.Function, own: frozenset[Any]) -> None:
        super().__init__(graph, function)
        build = self.build
        self.own_values = {id(value) for value in self.by_numpy if value.form == FULL and is_own(value, own)}
        # Where a block begins, and what is known in it: arrays of a block, and values of the row at hand.
        self.first = _ZERO
        self.done: dict[int, Any] = {}
        self.of_row: dict[int, Any] = {}
        # Where the values are that are one for each column.
        self.of_column: dict[int, Any] = {}
        if len(self.by_numpy) > _MOST_CALLS:
            raise NotTracedError(f"it calls more than {_MOST_CALLS} functions of NumPy")
        self.rows_of_block = rows = self.heap.counted(self._rows)
        self.elements = self.heap.counted(lambda: build.mul(rows, self.columns))
        self.buffers = {id(value): self._buffers(value, rows) for value in self.by_numpy}

    def write(self) -> None:
        """Write all passes."""
        for work in passes_of(self.graph, outputs_of_rows(self.graph)):
            totals = [(value, self.buffer(value.dtype, self.columns)) for value in work.totals]
            self.write_pass(work, totals)
            self.of_column |= {id(value): total for value, total in totals}
        self.write_columns()
        self.end()

    def _rows(self) -> Any:
        """Return the number of rows of a block."""
        rows = self.build.udiv(INDEX(BLOCK), self.columns)
        return self.build.select(self.build.icmp_signed("<", rows, _ONE), _ONE, rows)

    def write_pass(self, work: Pass, totals: list[tuple[Value, Any]]) -> None:
        """Write a loop over the rows; each total is added up in the memory beside it."""
        self.begin_pass(work, totals, _ZERO, self.columns)
        if are_by_vectors(work):
            self.write_sums(_ZERO, self.columns)
        else:
            rows = self.rows_of_block
            self.for_each(self.start, self.stop, rows, lambda first: self._write_block(first, rows))
        self.done, self.of_row = {}, {}

    def begin_pass(self, work: Pass, totals: list[tuple[Value, Any]], start: Any, stop: Any) -> None:
        """Write what is computed for some columns before a pass."""
        self.work, self.totals = work, totals
        self.outputs_now = [(place, value) for place, value in self.outputs if value in work.outputs]
        columns = [(value, self.buffer(value.dtype, self.columns)) for value in work.columns]
        self.for_each(start, stop, _ONE, lambda column: self._begin(columns, column, {}))
        self.of_column |= {id(value): buffer for value, buffer in columns}

    def write_sums(self, start: Any, stop: Any) -> None:
        """Write a pass that does nothing but add up rows, in some columns; those that fill no vector one by one."""
        by_vectors = self.build.add(start, self.build.and_(self.build.sub(stop, start), INDEX(-WIDTH)))
        ColumnSums(self, self.totals).write(start, by_vectors)
        self.first = self.start

        def write_row(row: Any) -> None:
            self._prepare(*(value.operands[0] for value, _ in self.totals))
            self.for_each(by_vectors, stop, _ONE, lambda column: self._add_to_totals(row, column, {}))

        with self.build.if_then(self.build.icmp_signed("<", by_vectors, stop)):
            self._for_each_row(self.build.sub(self.stop, self.start), write_row)

    def write_columns(self) -> None:
        """Write what is one number for each column, when all rows are added up."""
        self._for_each_column(self._write_columns)

    def _begin(self, columns: list[tuple[Value, Any]], column: Any, known: dict[int, Any]) -> None:
        for _, total in self.totals:
            self.store(total.type.pointee(0), total, column)
        for value, buffer in columns:
            self.store(self._value(value, None, column, known), buffer, column)

    def _add_to_totals(self, row: Any, column: Any, known: dict[int, Any]) -> None:
        for value, total in self.totals:
            so_far = self.build.load(self.build.gep(total, [column]))
            (operand,) = value.operands
            self.store(self.build.fadd(so_far, self._value(operand, row, column, known)), total, column)

    def _write_columns(self, column: Any, known: dict[int, Any]) -> None:
        columns = [(place, value) for place, value in self.outputs if value.form == COLUMN]
        computed = [(self._value(value, None, column, known), self.arrays[place]) for place, value in columns]
        for value, array in computed:
            self.store(value, array, column)

    def _buffers(self, value: Value, rows: Any) -> list[Any]:
        if is_reduction(value):
            return [self.buffer(value.dtype, rows), self.buffer(value.dtype, self.columns)]
        if value.form == COLUMN:
            raise NotTracedError(f"it calls np.{value.operation.__name__} for each column")
        size = self.elements if value.form == FULL else rows
        return [self.buffer(each.dtype, size) for each in value.operands]

    def _write_block(self, first: Any, rows: Any) -> None:
        self.first, self.done = first, {}
        count = self.smaller(self.build.sub(self.stop, first), rows)
        for value in self.by_numpy:
            if value not in self.work.needed:
                continue
            buffers = self.buffers[id(value)]
            if is_reduction(value):
                self._write_reduction(value, count)
                self.done[id(value)] = buffers[0]
            else:
                self._write_call(value, count)
                self.done[id(value)] = self.result_of(value, buffers)
        self._for_each_row(count, self._write_outputs)

    def _write_call(self, value: Value, count: Any) -> None:
        """Compute a function such as exp for each element, or each row, of the block."""
        buffers = self.buffers[id(value)]

        def write_row(row: Any) -> None:
            self._prepare(*value.operands)
            if value.form == ROW:
                for operand, buffer in zip(value.operands, buffers, strict=True):
                    self.store(self._row_value(operand, row), buffer, row)
                return
            self._for_each_column(lambda column, known: self._write_operands(value, buffers, row, column, known))

        self._for_each_row(count, write_row)
        self.call_elementwise(value, buffers, self.build.mul(count, self.columns) if value.form == FULL else count)

    def _write_operands(self, value: Value, buffers: Any, row: Any, column: Any, known: dict[int, Any]) -> None:
        at = self._in_block(row, column)
        for operand, buffer in zip(value.operands, buffers, strict=True):
            self.store(self._value(operand, row, column, known), buffer, at)

    def _write_reduction(self, value: Value, count: Any) -> None:
        results, temporary = self.buffers[id(value)]
        (operand,) = value.operands

        def reduce_row(row: Any) -> None:
            self._prepare(operand)
            numbers = self._memory_of(operand, row)
            if numbers is None:
                numbers = temporary
                self._for_each_column(
                    lambda column, known: self.store(self._value(operand, row, column, known), temporary, column)
                )
            self.reduce(value, numbers, self.build.gep(results, [row]), self.columns)

        self._for_each_row(count, reduce_row)

    def _memory_of(self, value: Value, row: Any) -> Any:
        """Return where the numbers of a row are if they are in memory, or None."""
        if id(value) in self.done:
            return self.build.gep(self.done[id(value)], [self._in_block(row, _ZERO)])
        if value.operation == INPUT and value.form == FULL:
            return self.build.gep(self.arrays[value.number], [self._in_arrays(row, _ZERO)])
        return None

    def _write_outputs(self, row: Any) -> None:
        outputs = self.outputs_now
        self._prepare(*(value for _, value in outputs), *(value.operands[0] for value, _ in self.totals))
        for place, value in outputs:
            if value.form == ROW:
                self.store(self._row_value(value, row), self.arrays[place], self.build.add(self.first, row))
        full = [(place, value) for place, value in outputs if value.form != ROW]
        if full or self.totals:
            self._for_each_column(lambda column, known: self._write_elements(full, row, column, known))

    def _write_elements(self, outputs: list[tuple[int, Value]], row: Any, column: Any, known: dict[int, Any]) -> None:
        self._add_to_totals(row, column, known)
        # All is read before anything is written: an input may be one of the outputs.
        computed = [(self._value(value, row, column, known), self.arrays[place]) for place, value in outputs]
        for value, array in computed:
            self.store(value, array, self._in_arrays(row, column))

    def _prepare(self, *values: Value) -> None:
        """Compute what is one number for the row at hand, before the loop over its columns."""
        self.of_row = {}
        waiting = list(values)
        while waiting:
            value = waiting.pop()
            if value.form == ROW:
                self._row_value(value, self.row)
            elif value.form != COLUMN and id(value) not in self.done:
                waiting += value.operands

    def _row_value(self, value: Value, row: Any) -> Any:
        if value.operation == SCALAR:
            return self.converted[id(value)]
        if id(value) not in self.of_row:
            if value.operation == PICK:
                computed = self._picked(value, row)
            elif value.operation == COUNT:
                computed = self.build.add(self.first, row)
            elif id(value) in self.done:
                computed = self.build.load(self.build.gep(self.done[id(value)], [row]))
            elif value.operation == INPUT:
                computed = self.load(self.arrays[value.number], self.build.add(self.first, row), value.dtype)
            else:
                computed = emit(self.build, value, [self._row_value(each, row) for each in value.operands])
            self.of_row[id(value)] = computed
        return self.of_row[id(value)]

    def _picked(self, value: Value, row: Any) -> Any:
        """Return the number of a row that a label picks, from the end if it is negative."""
        values, labels = value.operands
        label = self._row_value(labels, row)
        from_start = self.build.add(label, self.columns)
        label = self.build.select(self.build.icmp_signed("<", label, _ZERO), from_start, label)
        is_inside = self.build.icmp_unsigned("<", label, self.columns)
        self.note_failure(self.build.not_(is_inside))
        return self._value(values, row, self.build.select(is_inside, label, _ZERO), {})

    def _value(self, value: Value, row: Any, column: Any, known: dict[int, Any]) -> Any:
        """Return the value of an element; unless it comes from NumPy it is computed anew in each loop."""
        if value.operation == SCALAR:
            return self.converted[id(value)]
        if value.form == ROW:
            return self._row_value(value, row)
        if id(value) not in known:
            if value.operation == COUNT:
                known[id(value)] = column
            elif id(value) in self.of_column:
                known[id(value)] = self.build.load(self.build.gep(self.of_column[id(value)], [column]))
            elif id(value) in self.done:
                at = self.build.gep(self.done[id(value)], [self._in_block(row, column)])
                known[id(value)] = self.build.load(at)
            elif value.operation == INPUT:
                at = self._in_arrays(row, column) if value.form == FULL else column
                known[id(value)] = self.load(self.arrays[value.number], at, value.dtype)
            else:
                operands = [self._value(each, row, column, known) for each in value.operands]
                known[id(value)] = emit(self.build, value, operands)
        return known[id(value)]

    def _in_block(self, row: Any, column: Any) -> Any:
        return self.build.add(self.build.mul(row, self.columns), column)

    def _in_arrays(self, row: Any, column: Any) -> Any:
        return self._in_block(self.build.add(self.first, row), column)

    def _for_each_row(self, count: Any, write: Any) -> None:
        def body(row: Any) -> None:
            self.row = row
            write(row)

        self.for_each(_ZERO, count, _ONE, body)

    def _for_each_column(self, write: Any) -> None:
        self.for_each(_ZERO, self.columns, _ONE, lambda column: write(column, {}))
