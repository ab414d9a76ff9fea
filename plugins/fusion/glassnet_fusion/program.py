"""A formula that was recorded, and the compiled code that computes it."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_fusion.graph import Graph
from glassnet_fusion.record import NotTracedError
from glassnet_fusion.space import Space

# With this number of elements, waking another thread takes less time than it saves.
SHARED = 500_000
# How many elements a thread computes before it takes more.
STRETCH = 131_072


class Program:
    """The compiled code of a formula; until it is there, and if it cannot be there, NumPy computes the formula.

    Attributes
    ----------
    graph
        The formula.
    reason
        Why it is not compiled, or an empty text.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.reason = ""
        self.function: Callable[..., int] | None = None
        self._addresses: tuple[int, ...] = ()
        self._thread = threading.Thread(target=self._compile, name="glassnet-fusion")
        self._thread.start()

    def wait(self) -> None:
        """Wait until it is compiled."""
        self._thread.join()

    def run(self, space: Space, arrays: Sequence[Any], scalars: Sequence[float]) -> bool:
        """Compute all rows of arrays that extend over a space: inputs, then results. Threads share large ones.

        Returns
        -------
        bool
            False if a label is none of the columns; the results then are to be forgotten.
        """
        function, rows, columns = self.function, space.rows, space.columns
        assert function is not None
        if rows * columns < SHARED:
            return not function(0, rows, columns, *arrays, *scalars, *self._addresses)
        stretch = max(STRETCH // columns, 1)
        failures: list[int] = []

        def compute(piece: int, worker: int) -> None:
            start = piece * stretch
            stop = min(start + stretch, rows)
            failures.append(function(start, stop, columns, *arrays, *scalars, *self._addresses))

        gn.executor().parallel_for(-(-rows // stretch), compute)
        return not any(failures)

    def _compile(self) -> None:
        try:
            self.function = self._made()
        except NotTracedError as error:
            self.reason = str(error)
        except Exception as error:  # a compiler that fails must not end a training
            self.reason = f"{type(error).__name__}: {error}"

    def _made(self) -> Callable[..., int]:
        from glassnet_fusion.loop import NAME, module_of
        from glassnet_fusion.machine_code import function_of
        from glassnet_fusion.writer import loops_needed

        loops = loops_needed(self.graph)
        if self.graph.operations <= len(loops):
            raise NotTracedError("NumPy computes it in one pass")

        self._addresses = tuple(address for pair in loops for address in pair)
        arrays = len(self.graph.inputs) + len(self.graph.results)
        kinds: list[Any] = [ctypes.c_int64] * 3 + [ctypes.py_object] * arrays
        kinds += [ctypes.c_double] * self.graph.scalars + [ctypes.c_int64] * len(self._addresses)
        return function_of(module_of(self.graph), NAME, kinds)


def is_simple(array: Any) -> bool:
    """Tell whether compiled code can take an array: a plain one in one piece, aligned, in this machine's byte order."""
    flags = array.flags
    return type(array) is np.ndarray and flags.c_contiguous and flags.aligned and array.dtype.isnative
