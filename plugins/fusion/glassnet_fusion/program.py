"""A formula that was recorded, and the compiled code that computes it."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassnet_fusion.graph import Graph
from glassnet_fusion.record import NotTracedError


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
        self.function: Callable[..., None] | None = None
        self._addresses: tuple[int, ...] = ()
        self._thread = threading.Thread(target=self._compile, name="glassnet-fusion")
        self._thread.start()

    def wait(self) -> None:
        """Wait until it is compiled."""
        self._thread.join()

    def run(self, start: int, stop: int, arrays: Sequence[Any], scalars: Sequence[float]) -> None:
        """Compute the elements from `start` to before `stop` of all arrays: inputs, then results."""
        assert self.function is not None
        self.function(start, stop, *arrays, *scalars, *self._addresses)

    def _compile(self) -> None:
        try:
            self.function = self._made()
        except NotTracedError as error:
            self.reason = str(error)
        except Exception as error:  # a compiler that fails must not end a training
            self.reason = f"{type(error).__name__}: {error}"

    def _made(self) -> Callable[..., None]:
        from glassnet_fusion.loop import NAME, loops_needed, module_of
        from glassnet_fusion.machine_code import function_of

        loops = loops_needed(self.graph)
        self._addresses = tuple(address for pair in loops for address in pair)
        arrays = len(self.graph.inputs) + len(self.graph.results)
        kinds: list[Any] = [ctypes.c_int64] * 2 + [ctypes.py_object] * arrays
        kinds += [ctypes.c_double] * self.graph.scalars + [ctypes.c_int64] * len(self._addresses)
        return function_of(module_of(self.graph), NAME, kinds)


def is_simple(array: Any, dtype: Any) -> bool:
    """Tell whether compiled code can take an array: a plain one in one piece, aligned, of this type."""
    flags = array.flags
    return type(array) is np.ndarray and array.dtype == dtype and flags.c_contiguous and flags.aligned
