"""A formula that was recorded, and the compiled code that computes it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

from glassnet_fusion.background import Background
from glassnet_fusion.entries import NotTracedError
from glassnet_fusion.first_argument import first_argument
from glassnet_fusion.graph import Graph
from glassnet_fusion.grid.node import Grid
from glassnet_fusion.grid.trial import gives_the_bytes_of_numpy, items_for_trial
from glassnet_fusion.shared_run import SharedRun, least_for_a_thread
from glassnet_fusion.space import Kind, Space
from glassnet_fusion.trial import gives_the_same_bytes, space_for_trial
from glassnet_machine_code.installed import has_team

_PORTION_FOR_TRIAL = 5


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
        # Whether threads share code that adds up all rows.
        self._has_shared_passes = False
        self._compiling = _compiler().submit(self._compile)

    def wait(self) -> None:
        """Wait until it is compiled."""
        self._compiling.result()

    def bound(self, space: Space, kinds: Sequence[Kind]) -> Callable[..., int] | None:
        """Return a function of arrays that extend over a space, inputs of these kinds, then results, and the scalars.

        It is None until the code is there. The function returns 0, or another number if it could not compute the
        results: an input is of another kind, an array is not a plain one in one piece, or a label is none of the
        columns. Threads share long arrays.
        """
        if self.function is None:
            return None
        arrays = len(self.graph.inputs) + len(self.graph.changed) + len(self.graph.results)
        # Each of NumPy's loops has two addresses.
        least = least_for_a_thread(arrays, len(self._addresses) // 2)
        if space.size >= 2 * least and (self._has_shared_passes or not self.graph.has_totals):
            return SharedRun(self.function, space, self._addresses, kinds, least)
        return partial(self.function, first_argument(space, self._addresses, kinds))

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
            return gives_the_bytes_of_numpy(self.graph, items, partial(self._tried, function, Space(items, 1)))
        space = space_for_trial(self.graph)
        if self._has_shared_passes:
            from glassnet_machine_code.team import code, table_for

            # No other thread knows this table, so this one takes all portions.
            sharing, table = (2, _PORTION_FOR_TRIAL, code().share_range), table_for(2)

            def shared(*arguments: Any) -> int:
                return self._tried(function, space, *arguments, table, sharing=sharing)

            if not gives_the_same_bytes(self.graph, space, shared):
                return False
        return gives_the_same_bytes(self.graph, space, partial(self._tried, function, space))

    def _tried(self, function: Callable[..., int], space: Space, *arguments: Any, **sharing: Any) -> int:
        kinds = [(array.shape, array.dtype) for array in arguments[: len(self.graph.inputs)]]
        return function(first_argument(space, self._addresses, kinds, **sharing), *arguments)

    def _made(self) -> Callable[..., int]:
        from glassnet_fusion.agreement import same_as_numpy
        from glassnet_fusion.loop import NAME, module_of
        from glassnet_fusion.shared_passes import has_shared_passes
        from glassnet_fusion.writer import loops_needed
        from glassnet_machine_code.compiler import function_of

        loops = loops_needed(self.graph)
        if self.graph.operations <= (1 if isinstance(self.graph, Grid) else len(loops)):
            raise NotTracedError("NumPy computes it in one pass")
        self._addresses = tuple(address for pair in loops for address in pair)
        self._has_shared_passes = has_team() and has_shared_passes(self.graph)
        return function_of(module_of(self.graph, same_as_numpy(self.graph)), NAME)


@cache
def _compiler() -> Background:
    # One thread, since LLVM is given one module at a time, and the start of each would wait for the interpreter's lock.
    return Background()


if hasattr(os, "register_at_fork"):
    # A forked process has none of its parent's threads, and would wait for them for ever.
    os.register_at_fork(after_in_child=_compiler.cache_clear)
