"""Processes that read one table together: each takes its part of the pieces, and tells the others what it found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class Readers(Protocol):
    """The processes, such as the ranks of MPI.

    Attributes
    ----------
    rank, size
        The number of this process, from 0, and how many there are.
    """

    @property
    def rank(self) -> int: ...

    @property
    def size(self) -> int: ...

    def gather(self, value: Any) -> Sequence[Any]:
        """Return a value of each process, in their order."""


class OneReader:
    """One process that reads all."""

    rank = 0
    size = 1

    def gather(self, value: Any) -> Sequence[Any]:
        """Return the value of this process."""
        return [value]


ONE_READER = OneReader()


def reads(readers: Readers, number: int) -> bool:
    """Return whether the piece of this number is this process's to read: every N-th is."""
    return number % readers.size == readers.rank
