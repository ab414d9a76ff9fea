"""The function that computes a formula, in the instructions of LLVM."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from glassnet_fusion.apart import are_apart
from glassnet_fusion.array_kind import kind_check
from glassnet_fusion.elements_loop import write_elements
from glassnet_fusion.graph import Graph
from glassnet_fusion.grid.node import Grid
from glassnet_fusion.grid.writer import write_grid
from glassnet_fusion.heap import MEMORY_FUNCTIONS
from glassnet_fusion.rows_loop import write_rows
from glassnet_fusion.shared_call import call_by_threads
from glassnet_fusion.shared_passes import has_shared_passes, write_passes
from glassnet_fusion.writer import in_memory, values_of_numpy
from glassnet_machine_code.installed import ALIGNED, DATA, FLAGS, IN_ONE_PIECE, TYPE, WRITEABLE
from glassnet_machine_code.instructions import ADDRESS, DOUBLE, INDEX, member

NAME = "fused"
# With this number of elements, others may run Python meanwhile.
_LONG = 16_384
# What the first argument holds: the range of rows, the number of columns; in how many parts threads share the range,
# how many rows they take at once, the function that shares; Python's functions, a type, NumPy's loops, kinds of inputs.
_RANGE = 3
_PARTS, _PORTION, _SHARE_RANGE, _PYTHON = range(_RANGE, _RANGE + 4)
PYTHON_FUNCTIONS = (
    "PyLong_FromLong",
    "PyFloat_AsDouble",
    "PyEval_SaveThread",
    "PyEval_RestoreThread",
    *MEMORY_FUNCTIONS,
)
_CHECKED_TYPE = _PYTHON + len(PYTHON_FUNCTIONS)
_LOOPS = _CHECKED_TYPE + 1
_IS_NOT_SIMPLE = INDEX(2)


def module_of(graph: Graph | Grid, own: frozenset[Any] = frozenset()) -> ir.Module:
    """Return the code of a function that computes a formula, and is called as Python calls built-in functions.

    Of the functions in `own` compiled code gives NumPy's bytes on this machine, and may compute them itself.

    Its first argument is an array of int64 with what does not change from call to call. The arrays of the formula
    follow (inputs, then results), its scalars, and the table of the threads that share the range, if they do. It
    returns 0; 1 if a label is not a column; or 2, with nothing done, if an array is not a plain one, in one piece and
    aligned, or an input has another shape or type, or shares memory with one that is written to, or arguments are
    missing; or `NO_MEMORY`.
    """
    module = ir.Module(NAME)
    arrays = [*graph.inputs, *(value.dtype for value in graph.results)]
    numbers = [DOUBLE] * graph.scalars + [INDEX] * (2 * len(values_of_numpy(graph)))
    pointers = [in_memory(each).as_pointer() for each in arrays]
    kinds = [INDEX] * _RANGE + pointers + numbers + [INDEX] * len(MEMORY_FUNCTIONS)
    inner = ir.Function(module, ir.FunctionType(INDEX, kinds), "loop")
    inner.attributes.add("noinline")  # inlined, it would forget that the arrays are apart
    for argument in inner.args:
        if argument.type.is_pointer:
            argument.add_attribute("noalias")
    if isinstance(graph, Grid):
        write_grid(graph, inner, own)
    elif graph.is_elementwise:
        write_elements(graph, inner, own)
    else:
        write_rows(graph, inner, own)
    passes = write_passes(graph, inner, own) if has_shared_passes(graph) else None
    _Entry(graph, inner, pointers, passes).write()
    return module


class _Entry:
    """Writes the function that Python calls."""

    def __init__(
        self, graph: Graph | Grid, inner: ir.Function, pointers: list[Any], passes: ir.Function | None
    ) -> None:
        self.graph, self.inner, self.pointers, self.passes = graph, inner, pointers, passes
        kind = ir.FunctionType(ADDRESS, [ADDRESS, ADDRESS.as_pointer(), INDEX])
        function = ir.Function(inner.module, kind, NAME)
        self.build = ir.IRBuilder(function.append_basic_block())
        _, self.arguments, self.count = function.args
        self.fixed = member(self.build, self._argument(0), DATA, INDEX.as_pointer())

    def write(self) -> None:
        build = self.build
        result = build.alloca(INDEX)
        build.store(_IS_NOT_SIMPLE, result)
        needed = INDEX(1 + len(self.pointers) + self.graph.scalars)
        with build.if_then(build.icmp_signed(">=", self.count, needed), likely=True):
            self._write_if_simple(result)
        make_integer = self._function("PyLong_FromLong", ADDRESS, [INDEX])
        build.ret(build.call(make_integer, [build.load(result)]))

    def _write_if_simple(self, result: Any) -> None:
        build = self.build
        arrays = [self._argument(1 + place) for place in range(len(self.pointers))]
        # Of another object, nothing behind its type is read.
        with (
            build.if_then(self._are_plain(arrays), likely=True),
            build.if_then(self._are_simple(arrays), likely=True),
        ):
            build.store(self._computed(arrays), result)

    def _computed(self, arrays: list[Any]) -> Any:
        build = self.build
        start, stop, columns = (self._fixed(place) for place in range(_RANGE))
        data = [member(build, array, DATA, kind) for array, kind in zip(arrays, self.pointers, strict=True)]
        make_double = self._function("PyFloat_AsDouble", DOUBLE, [ADDRESS])
        first = 1 + len(arrays)
        scalars = [build.call(make_double, [self._argument(first + n)]) for n in range(self.graph.scalars)]
        loops = [self._fixed(_LOOPS + place) for place in range(2 * len(values_of_numpy(self.graph)))]
        memory = [self._fixed(_PYTHON + PYTHON_FUNCTIONS.index(name)) for name in MEMORY_FUNCTIONS]
        whole = [start, stop, columns, *data, *scalars, *loops, *memory]
        is_long = build.icmp_signed(">=", build.mul(build.sub(stop, start), columns), INDEX(_LONG))
        thread = build.alloca(ADDRESS)
        with build.if_then(is_long):
            build.store(build.call(self._function("PyEval_SaveThread", ADDRESS, []), []), thread)
        computed = build.alloca(INDEX)
        parts = self._fixed(_PARTS)
        with build.if_else(build.icmp_signed(">", parts, INDEX(1)), likely=False) as (by_threads, alone):
            with by_threads:
                table = member(build, self._argument(first + len(scalars)), DATA, INDEX)
                sharing = [self._fixed(_SHARE_RANGE), table, parts, self._fixed(_PORTION)]
                build.store(self._shared(whole, sharing), computed)
            with alone:
                build.store(build.call(self.inner, whole), computed)
        with build.if_then(is_long):
            restore = self._function("PyEval_RestoreThread", ir.VoidType(), [ADDRESS])
            build.call(restore, [build.load(thread)])
        return build.load(computed)

    def _shared(self, whole: list[Any], sharing: list[Any]) -> Any:
        if self.passes is None:
            return call_by_threads(self.build, self.inner, whole, sharing)
        return self.build.call(self.passes, [*whole, *sharing])

    def _are_plain(self, arrays: list[Any]) -> Any:
        """Tell whether all arrays are NumPy's own; other classes may do other things."""
        answer: Any = ir.IntType(1)(1)
        for array in arrays:
            is_plain = self.build.icmp_unsigned(
                "==", member(self.build, array, TYPE, INDEX), self._fixed(_CHECKED_TYPE)
            )
            answer = self.build.and_(answer, is_plain)
        return answer

    def _are_simple(self, arrays: list[Any]) -> Any:
        """Tell whether all arrays are as the loop takes them for granted to be."""
        build = self.build
        written = {place for place, _ in self.graph.changed}
        answer = self._are_of_their_kinds(arrays[: len(self.graph.inputs)])
        for place, array in enumerate(arrays):
            wanted = IN_ONE_PIECE | ALIGNED | (WRITEABLE if place in written else 0)
            flags = build.and_(member(build, array, FLAGS, ir.IntType(32)), ir.IntType(32)(wanted))
            answer = build.and_(answer, build.icmp_unsigned("==", flags, ir.IntType(32)(wanted)))
        inputs = self.graph.inputs
        sizes = [dtype.itemsize for dtype in inputs]
        return build.and_(answer, are_apart(build, arrays[: len(inputs)], sizes, sorted(written)))

    def _are_of_their_kinds(self, inputs: list[Any]) -> Any:
        build, check = self.build, kind_check(self.inner.module)
        answer: Any = ir.IntType(1)(1)
        kind = build.gep(self.fixed, [INDEX(_LOOPS + 2 * len(values_of_numpy(self.graph)))])
        for array in inputs:
            answer = build.and_(answer, build.call(check, [array, kind]))
            axes = build.load(build.gep(kind, [INDEX(1)]))
            kind = build.gep(kind, [build.add(axes, INDEX(2))])
        return answer

    def _argument(self, place: int) -> Any:
        return self.build.load(self.build.gep(self.arguments, [INDEX(place)]))

    def _fixed(self, place: int) -> Any:
        return self.build.load(self.build.gep(self.fixed, [INDEX(place)]))

    def _function(self, name: str, result: Any, arguments: list[Any]) -> Any:
        address = self._fixed(_PYTHON + PYTHON_FUNCTIONS.index(name))
        return self.build.inttoptr(address, ir.FunctionType(result, arguments).as_pointer())
