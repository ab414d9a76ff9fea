"""Work on several items that the ranks divide among themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from glassnet_distributed.mpi_communicator import communicator

Item = TypeVar("Item")
Result = TypeVar("Result")


def divided(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Return what a function returns for each item, in their order, on every rank; each rank works on a part of them.

    Parameters
    ----------
    work
        A function whose results can be pickled. It must not call what all ranks call together.
    items
        The same on all ranks.
    """
    ranks = communicator()
    results = ranks.gather([work(item) for item in items[ranks.rank :: ranks.size]])
    return [results[place % ranks.size][place // ranks.size] for place in range(len(items))]
