"""Compiled code that several threads run, each on some of the rows, to the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import glassnet as gn
from glassnet_fusion.first_argument import first_argument
from glassnet_fusion.space import Kind, Space
from glassnet_machine_code.installed import has_team

# With this many numbers that each thread of the team reads and writes, a hand-over takes less time than it saves. Adam
# has seven for a parameter. With 101,770 parameters it takes 33 µs in place of 52, if no thread has read weights that
# another one updates (docs/decisions.md).
FOR_A_THREAD = 300_000
# A function such as exp or tanh takes as long as to read or write this many numbers.
_OF_A_CALL = 10
# With this number of elements, waking a thread of Python takes less time than it saves. Beside six busy processes, a
# step of Adam with 700,000 parameters took 0.92 ms on two threads and 0.42 ms on one.
BY_PYTHON = 1_000_000
# How many elements a thread of Python computes before it takes more.
STRETCH = 131_072


def least_for_a_thread(arrays: int, calls: int) -> int:
    """Return from how many elements on a thread shares a formula, by its arrays and its functions such as exp."""
    return max(FOR_A_THREAD // (arrays + _OF_A_CALL * calls), 1)


class SharedRun:
    """Runs compiled code on all rows, by several threads if they are free.

    Parameters
    ----------
    function
        The compiled code.
    space
        What it goes through.
    addresses
        NumPy's loops that it needs, see `first_argument`.
    kinds
        The shapes and types of its inputs.
    least
        The number of elements from which a thread shares it.
    """

    def __init__(
        self, function: Callable[..., int], space: Space, addresses: tuple[int, ...], kinds: Sequence[Kind], least: int
    ) -> None:
        self._function, self._space, self._addresses, self._kinds = function, space, addresses, kinds
        self._least = least
        self._whole = self._rows(0, space.rows)
        self._in_parts: dict[int, Any] = {}

    def __call__(self, *arguments: Any) -> int:
        """Return 0, or another number if the results could not be computed.

        Raises
        ------
        MemoryError
            If a thread got no memory, while others may have computed their parts.
        """
        answer = self._answer(arguments)
        if answer != 0:
            from glassnet_fusion.heap import NO_MEMORY

            if answer == NO_MEMORY:
                raise MemoryError("no memory for the numbers that a thread works with")
        return answer

    def _answer(self, arguments: tuple[Any, ...]) -> int:
        if has_team():
            answer = self._by_team(arguments)
            return self._function(self._whole, *arguments) if answer is None else answer
        if self._space.size >= BY_PYTHON:
            return self._by_python(arguments)
        return self._function(self._whole, *arguments)

    def _by_team(self, arguments: tuple[Any, ...]) -> int | None:
        from glassnet_machine_code import team

        most = min(self._space.size // self._least, self._space.rows)
        parts = gn.executor().num_free_workers(most)
        if parts < 2:
            return None
        if parts not in self._in_parts:
            portion = max(team.PORTION // self._space.columns, 1)
            sharing = parts, portion, team.code().share_range
            self._in_parts[parts] = first_argument(self._space, self._addresses, self._kinds, None, sharing)
        answer: int | None = team.on_team(parts, self._function, self._in_parts[parts], *arguments)
        return answer

    def _by_python(self, arguments: tuple[Any, ...]) -> int:
        stretch = max(STRETCH // self._space.columns, 1)
        pieces = -(-self._space.rows // stretch)
        if gn.executor().num_free_workers(pieces) < 2:
            return self._function(self._whole, *arguments)
        failures: list[int] = []

        def compute(piece: int, worker: int) -> None:
            start = piece * stretch
            failures.append(self._function(self._rows(start, min(start + stretch, self._space.rows)), *arguments))

        gn.executor().parallel_for(pieces, compute)
        return max(failures)

    def _rows(self, start: int, stop: int) -> Any:
        return first_argument(self._space, self._addresses, self._kinds, (start, stop))
