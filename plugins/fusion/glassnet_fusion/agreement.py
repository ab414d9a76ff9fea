"""Which functions of our own give the bytes of NumPy's here: NumPy chooses its code by the processor."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from glassnet_fusion.entries import INPUT
from glassnet_fusion.first_argument import first_argument
from glassnet_fusion.graph import Graph, Value
from glassnet_fusion.own_functions import FUNCTIONS
from glassnet_fusion.space import FULL, Space

_TYPE = np.dtype(np.float32)
# Every 4,093rd of all float32 numbers: a prime, so that all exponents and all low bits are among them.
_STEP = 4093


def same_as_numpy(graph: Any) -> frozenset[Any]:
    """Return the functions of a graph that compiled code may compute itself."""
    called = {value.operation for value in graph.values() if value.operation in FUNCTIONS and value.dtype == _TYPE}
    return frozenset(function for function in called if agrees(function))


@cache
def agrees(function: Any) -> bool:
    """Tell whether our own code of a function gives NumPy's bytes, by a million numbers from the whole range."""
    from glassnet_fusion.loop import NAME, module_of
    from glassnet_fusion.numpy_loops import loop_addresses
    from glassnet_machine_code.compiler import function_of

    x = np.arange(0, 2**32, _STEP, dtype=np.uint32).view(_TYPE)
    space = Space(len(x), 1)
    given = Value(INPUT, (), _TYPE, FULL)
    graph = Graph(space, (_TYPE,), (FULL,), (), (Value(function, (given,), _TYPE, FULL),), 0)
    code = function_of(module_of(graph, frozenset({function})), NAME)
    got = np.empty_like(x)
    code(first_argument(space, loop_addresses(function, _TYPE.char), [(x.shape, _TYPE)]), x, got)
    with np.errstate(all="ignore"):
        wanted = function(x)
    numbers = ~np.isnan(wanted)
    return bool((np.isnan(got) == ~numbers).all()) and got[numbers].tobytes() == wanted[numbers].tobytes()
