"""The passes of a formula that adds up all rows, each of which threads share.

A sum over all rows has an order, so it is the columns that they share there. In a pass that writes outputs they share
the rows. A pass that does both is cut in two, for threads alone, since its inputs are then read twice.
"""

from __future__ import annotations

from typing import Any, TypeGuard

from llvmlite import ir

from glassnet_fusion.column_sums import WIDTH, are_by_vectors
from glassnet_fusion.graph import Graph, Value
from glassnet_fusion.grid.node import Grid
from glassnet_fusion.native import llvm_type
from glassnet_fusion.passes import Pass, passes_apart
from glassnet_fusion.rows_loop import Rows, outputs_of_rows
from glassnet_fusion.shared_call import call_by_threads
from glassnet_machine_code.instructions import ADDRESS, INDEX

_ZERO, _SIZE = INDEX(0), 8


def has_shared_passes(graph: Graph | Grid) -> TypeGuard[Graph]:
    """Tell whether a formula adds up all rows in passes that threads can share."""
    if isinstance(graph, Grid) or not graph.has_totals:
        return False
    return all(not work.totals or are_by_vectors(work) for work in passes_apart(graph, outputs_of_rows(graph)))


def write_passes(graph: Graph, loop: ir.Function, own: frozenset[Any]) -> ir.Function:
    """Write a function with the arguments of a graph's loop, then those of sharing as `call_by_threads` has them."""
    writer = _SharedPasses(graph, loop, own)
    writer.write()
    return writer.function


class _SharedPasses(Rows):
    """Calls the function of each pass."""

    def __init__(self, graph: Graph, loop: ir.Function, own: frozenset[Any]) -> None:
        self.kinds = [argument.type for argument in loop.args]
        kind = ir.FunctionType(INDEX, [*self.kinds, *[INDEX] * 4])
        function = ir.Function(loop.module, kind, "passes")
        super().__init__(graph, function, own)
        self.own, self.function = own, function

    def write(self) -> None:
        build = self.build
        *arguments, share_range, table, parts, portion = self.function.args
        works = passes_apart(self.graph, outputs_of_rows(self.graph))
        totals = [total for work in works for total in work.totals]
        size = self.heap.counted(lambda: build.mul(self.columns, INDEX(len(totals))))
        pointer = build.bitcast(self.heap.part(INDEX, _SIZE, size), ADDRESS)
        for number, work in enumerate(works):
            function = _OnePass(self, number, work, totals).function
            whole = [*arguments, self.stop, pointer]
            if work.totals:
                each = build.add(build.sdiv(self.columns, parts), INDEX(WIDTH - 1))
                of_columns = self.larger(build.and_(each, INDEX(-WIDTH)), INDEX(WIDTH))
                whole[:2] = _ZERO, self.columns
                self.note(call_by_threads(build, function, whole, [share_range, table, parts, of_columns]))
            else:
                self.note(call_by_threads(build, function, whole, [share_range, table, parts, portion]))
        self.of_column |= memory_of(build, pointer, self.columns, totals)
        self.write_columns()
        self.end()

    def larger(self, left: Any, right: Any) -> Any:
        return self.build.select(self.build.icmp_signed(">", left, right), left, right)

    def note(self, answer: Any) -> None:
        """Have the function return the largest answer of the passes."""
        self.build.store(self.larger(answer, self.build.load(self._failure)), self._failure)


class _OnePass(Rows):
    """Writes the function of one pass, over a range of rows or of columns.

    Its further arguments are the number of rows, and the memory of all totals.
    """

    def __init__(self, whole: _SharedPasses, number: int, work: Pass, totals: list[Value]) -> None:
        kind = ir.FunctionType(INDEX, [*whole.kinds, INDEX, ADDRESS])
        self.function = ir.Function(whole.function.module, kind, f"pass_{number}")
        self.function.attributes.add("noinline")  # inlined, it would forget that the arrays are apart
        for argument in self.function.args:
            if argument.type.is_pointer:
                argument.add_attribute("noalias")
        super().__init__(whole.graph, self.function, whole.own)
        *_, rows, memory = self.function.args
        places = memory_of(self.build, memory, self.columns, totals)
        if work.totals:
            start, stop = self.start, self.stop
            self.start, self.stop = _ZERO, rows
            added = [(value, places.pop(id(value))) for value in work.totals]
            self.of_column |= places
            self.begin_pass(work, added, start, stop)
            self.write_sums(start, stop)
        else:
            self.of_column |= places
            self.write_pass(work, [])
        self.end()


def memory_of(build: ir.IRBuilder, memory: Any, columns: Any, totals: list[Value]) -> dict[int, Any]:
    """Return where in the memory the sums of each total are."""
    length = build.mul(columns, INDEX(_SIZE))
    starts = (build.gep(memory, [build.mul(length, INDEX(place))]) for place in range(len(totals)))
    return {
        id(value): build.bitcast(start, llvm_type(value.dtype).as_pointer())
        for value, start in zip(totals, starts, strict=True)
    }
