"""Which functions of our own give the bytes of NumPy's here: NumPy chooses its code by the processor."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import numpy as np

from glassnet_fusion.entries import INPUT
from glassnet_fusion.first_argument import first_argument
from glassnet_fusion.graph import Graph, Value
from glassnet_fusion.own_functions import FUNCTIONS
from glassnet_fusion.space import FULL, Space
from glassnet_machine_code.code_cache import cached

_TYPE = np.dtype(np.float32)
# Every 4,093rd of all float32 numbers: a prime, so that all exponents and all low bits are among them.
_STEP = 4093


def same_as_numpy(graph: Any) -> frozenset[Any]:
    """Return the functions of a graph that compiled code may compute itself."""
    called = {value.operation for value in graph.values() if value.operation in FUNCTIONS and value.dtype == _TYPE}
    return frozenset(function for function in called if agrees(function))


@cache
def agrees(function: Any) -> bool:
    """Tell whether our own code of a function gives NumPy's bytes, by a million numbers from the whole range.

    It is asked once for a build of NumPy on a machine; the answer is in the cache.
    """
    from glassnet_fusion.loop import module_of
    from glassnet_machine_code.compiler import machine

    given = Value(INPUT, (), _TYPE, FULL)
    graph = Graph(Space(1, 1), (_TYPE,), (FULL,), (), (Value(function, (given,), _TYPE, FULL),), 0)
    module = module_of(graph, frozenset({function}))
    depends_on = "\n".join(("agrees", *_build_of_numpy(), *machine(), str(module)))
    return cached(depends_on, lambda: b"yes" if _gives_the_same_bytes(module, function) else b"no") == b"yes"


def _build_of_numpy() -> tuple[str, ...]:
    """Return what NumPy's loops depend on: its library, and the instructions that it uses here."""
    from numpy._core._multiarray_umath import __cpu_features__, __file__  # type: ignore[import-not-found]

    library = os.stat(__file__)
    used = sorted(name for name, is_used in __cpu_features__.items() if is_used)
    return np.__version__, __file__, str((library.st_size, library.st_mtime_ns)), *used


def _gives_the_same_bytes(module: Any, function: Any) -> bool:
    from glassnet_fusion.loop import NAME
    from glassnet_fusion.numpy_loops import loop_addresses
    from glassnet_machine_code.compiler import function_of

    x = np.arange(0, 2**32, _STEP, dtype=np.uint32).view(_TYPE)
    code = function_of(module, NAME)
    got = np.empty_like(x)
    code(first_argument(Space(len(x), 1), loop_addresses(function, _TYPE.char), [(x.shape, _TYPE)]), x, got)
    with np.errstate(all="ignore"):
        wanted = function(x)
    numbers = ~np.isnan(wanted)
    return bool((np.isnan(got) == ~numbers).all()) and got[numbers].tobytes() == wanted[numbers].tobytes()
