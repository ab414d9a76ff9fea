"""Pieces of a batch that stay in a core's cache, shared by several threads if there is enough to do."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import glassnet as gn
from glassnet_accelerators.numpy_only.tiles import tiles

# Of fewer values, one thread computes a few passes in the time that waking another one takes (docs/decisions.md).
_LEAST_SHARED = 500_000


@lru_cache(maxsize=64)
def row_pieces(rows: int, row_bytes: int) -> tuple[slice, ...]:
    """Cut rows into pieces of some rows; `row_bytes` are those of a row in all arrays that a piece is computed with."""
    return tuple(some for some, _ in tiles(rows, 1, row_bytes))


def for_each_piece(values: int, pieces: tuple[slice, ...], work: Callable[[int, slice], object]) -> None:
    """Call ``work(number, piece)`` for each piece of this number of values."""
    if len(pieces) == 1 or values < _LEAST_SHARED:
        for number, piece in enumerate(pieces):
            work(number, piece)
        return

    def work_on(number: int, worker: int) -> None:
        work(number, pieces[number])

    gn.executor().parallel_for(len(pieces), work_on)
