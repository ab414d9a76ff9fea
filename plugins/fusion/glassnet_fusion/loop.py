"""The function that computes a formula, in the instructions of LLVM."""

from __future__ import annotations

from llvmlite import ir

from glassnet_fusion.elements_loop import write_elements
from glassnet_fusion.graph import Graph
from glassnet_fusion.rows_loop import write_rows
from glassnet_fusion.writer import ADDRESS, DOUBLE, INDEX, in_memory, values_of_numpy

NAME = "fused"
# In a NumPy array, the address of its numbers comes behind the two members of every Python object.
_DATA_OFFSET = 16
_RANGE = [INDEX, INDEX, INDEX]


def module_of(graph: Graph) -> ir.Module:
    """Return the code of a function that computes a formula.

    It is given the first row and the one behind the last, the number of columns, the arrays (inputs, then results) as
    Python objects, the scalars, and the addresses of NumPy's loops. It returns 0, or 1 if a label is no column.
    """
    module = ir.Module(NAME)
    arrays = [*graph.inputs, *(value.dtype for value in graph.results)]
    numbers = [DOUBLE] * graph.scalars + [INDEX] * (2 * len(values_of_numpy(graph)))
    pointers = [in_memory(each).as_pointer() for each in arrays]
    inner = ir.Function(module, ir.FunctionType(INDEX, [*_RANGE, *pointers, *numbers]), "loop")
    inner.attributes.add("noinline")  # inlined, it would forget that the arrays are apart
    for pointer in inner.args[len(_RANGE) : len(_RANGE) + len(arrays)]:
        pointer.add_attribute("noalias")
    (write_elements if graph.is_elementwise else write_rows)(graph, inner)
    _write_entry(module, inner, len(arrays))
    return module


def _write_entry(module: ir.Module, inner: ir.Function, arrays: int) -> None:
    """Write the function that takes arrays as Python objects and calls the loop."""
    places = range(len(_RANGE), len(_RANGE) + arrays)
    kinds = [ADDRESS if place in places else kind for place, kind in enumerate(inner.function_type.args)]
    entry = ir.Function(module, ir.FunctionType(INDEX, kinds), NAME)
    build = ir.IRBuilder(entry.append_basic_block())
    given = list(entry.args)
    for place in places:
        field = build.gep(given[place], [INDEX(_DATA_OFFSET)])
        pointer = inner.function_type.args[place]
        given[place] = build.load(build.bitcast(field, pointer.as_pointer()))
    build.ret(build.call(inner, given))
