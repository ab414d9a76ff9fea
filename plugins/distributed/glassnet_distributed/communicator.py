"""The processes that share a training, and what they tell each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from glassnet.types import Array

T = TypeVar("T")


class Communicator:
    """One process alone; `MpiCommunicator` overrides every method.

    Attributes
    ----------
    rank, size
        The number of this process, from 0, and how many there are.
    """

    rank = 0
    size = 1

    @property
    def has_stopped(self) -> bool:
        """Whether all ranks are to end, and a message has said so."""
        return False

    def sum(self, array: Array) -> None:
        """Put the sum over all ranks into an array, the same bytes on each of them."""

    def exchange(self, parts: Array) -> Array:
        """Give row `i` of an array to rank `i`; return the rows that this rank was given, in the order of ranks."""
        return parts

    def stack(self, array: Array) -> Array:
        """Return the arrays of all ranks, which have one shape, as the rows of one array."""
        return array[None]

    def gather(self, value: T) -> Sequence[T]:
        """Return a value of each rank, in the order of ranks."""
        return [value]

    def broadcast(self, value: T) -> T:
        """Return the value of rank 0."""
        return value

    def fail(self, error: BaseException) -> None:
        """Tell the other ranks of an error that this one cannot go on after; it is theirs too if all of them raise."""

    def hint(self, text: str) -> None:
        """Say what is to be added to the message about a rank that fails."""


ONE_PROCESS = Communicator()
