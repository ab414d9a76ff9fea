"""A formula that was recorded, and the compiled code that computes it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import glassnet as gn
from glassnet_fusion.entries import NotTracedError
from glassnet_fusion.first_argument import first_argument
from glassnet_fusion.graph import Graph
from glassnet_fusion.grid.node import Grid
from glassnet_fusion.grid.trial import gives_the_bytes_of_numpy, items_for_trial
from glassnet_fusion.space import Space
from glassnet_fusion.trial import gives_the_same_bytes, space_for_trial

# With this number of elements, waking another thread takes less time than it saves. Beside six busy processes, a step
# of Adam with 700,000 parameters took 0.92 ms on two threads and 0.42 ms on one.
SHARED = 1_000_000
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

    def __init__(self, graph: Graph | Grid) -> None:
        self.graph = graph
        self.reason = ""
        self.function: Callable[..., int] | None = None
        self._addresses: tuple[int, ...] = ()
        self._thread = threading.Thread(target=self._compile, name="glassnet-fusion")
        self._thread.start()

    def wait(self) -> None:
        """Wait until it is compiled."""
        self._thread.join()

    def bound(self, space: Space) -> Callable[..., int] | None:
        """Return a function of arrays that extend over a space, inputs, then results, and the scalars.

        It is None until the code is there. The function returns 0, or another number if it could not compute the
        results: an array is not a plain one in one piece, or a label is none of the columns. Threads share long arrays.
        """
        if self.function is None:
            return None
        if space.size >= SHARED and not self.graph.has_totals:
            return partial(self._run_shared, space)
        return partial(self.function, self._fixed(0, space.rows, space.columns))

    def _run_shared(self, space: Space, *arguments: Any) -> int:
        function = self.function
        assert function is not None
        stretch = max(STRETCH // space.columns, 1)
        pieces = -(-space.rows // stretch)
        if gn.executor().num_free_workers(pieces) < 2:
            return function(self._fixed(0, space.rows, space.columns), *arguments)
        failures: list[int] = []

        def compute(piece: int, worker: int) -> None:
            start = piece * stretch
            some = self._fixed(start, min(start + stretch, space.rows), space.columns)
            failures.append(function(some, *arguments))

        gn.executor().parallel_for(pieces, compute)
        return max(failures)

    def _fixed(self, start: int, stop: int, columns: int) -> Any:
        return first_argument(start, stop, columns, self._addresses)

    def _compile(self) -> None:
        try:
            function = self._made()
            if self._is_right(function):
                self.function = function
            else:
                self.reason = "here compiled code gives other bytes than NumPy"
        except NotTracedError as error:
            self.reason = str(error)
        except Exception as error:  # a compiler that fails must not end a training
            self.reason = f"{type(error).__name__}: {error}"

    def _is_right(self, function: Callable[..., int]) -> bool:
        """Tell whether compiled code gives NumPy's bytes."""
        if isinstance(self.graph, Grid):
            items = items_for_trial(self.graph)
            return gives_the_bytes_of_numpy(self.graph, items, partial(function, self._fixed(0, items, 1)))
        space = space_for_trial(self.graph)
        return gives_the_same_bytes(self.graph, space, partial(function, self._fixed(0, space.rows, space.columns)))

    def _made(self) -> Callable[..., int]:
        from glassnet_fusion.agreement import same_as_numpy
        from glassnet_fusion.loop import NAME, module_of
        from glassnet_fusion.machine_code import function_of
        from glassnet_fusion.writer import loops_needed

        loops = loops_needed(self.graph)
        if self.graph.operations <= (1 if isinstance(self.graph, Grid) else len(loops)):
            raise NotTracedError("NumPy computes it in one pass")
        self._addresses = tuple(address for pair in loops for address in pair)
        return function_of(module_of(self.graph, same_as_numpy(self.graph)), NAME)
