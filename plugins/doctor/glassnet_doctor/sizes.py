"""The sizes of a network's parameters and of their steps: root mean squares, in pieces that stay in the cache.

The squares of all parameters take as much memory as the network. To touch it first takes longer than to add them up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

import glassnet as gn

Vector: TypeAlias = Callable[[slice], gn.Array]
"""Returns a part of a vector, which need not be there as a whole."""

# The length of a piece.
PIECE = 65_536
# With this length of the vectors, waking another thread takes less time than it saves.
SHARED = 500_000


def sizes_of_each(vectors: Sequence[Vector], starts: Sequence[int], length: int) -> list[gn.Array]:
    """Return the root mean squares of the parameters in each of some vectors.

    Parameters
    ----------
    vectors
        They have the same parameters.
    starts, length
        Where each parameter begins, and the length of a vector.
    """
    if length < SHARED:
        return [_root_mean_squares(vector, starts, length) for vector in vectors]
    sizes: list[gn.Array] = [np.empty(0)] * len(vectors)

    def compute(number: int, worker: int) -> None:
        sizes[number] = _root_mean_squares(vectors[number], starts, length)

    gn.executor().parallel_for(len(vectors), compute)
    return sizes


def _root_mean_squares(vector: Vector, starts: Sequence[int], length: int) -> gn.Array:
    stops = [*starts[1:], length]
    counts = np.subtract(stops, starts)
    if length <= PIECE:
        sums = np.add.reduceat(np.square(vector(slice(0, length))), starts) if starts else counts
    else:
        sums = np.array([_sum_of_squares(vector, *ends) for ends in zip(starts, stops, strict=True)])
    result: gn.Array = np.sqrt(sums / counts)
    return result


def _sum_of_squares(vector: Vector, start: int, stop: int) -> np.floating:
    """Return the sum that `np.add.reduceat` gives: the first square, then the sum of the others."""
    first: np.floating = np.square(vector(slice(start, start + 1)))[0]
    return first + _sum_in_halves(vector, start + 1, stop)


def _sum_in_halves(vector: Vector, start: int, stop: int) -> np.floating:
    # NumPy halves a sum at the same places, so the order of all additions is that of the whole.
    half = (stop - start) // 2
    if 2 * half < PIECE:
        total: np.floating = np.add.reduce(np.square(vector(slice(start, stop))))
        return total
    middle = start + half - half % 8
    return _sum_in_halves(vector, start, middle) + _sum_in_halves(vector, middle, stop)
