"""What every peer can do: train a network and use it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np

from benchmarks.cases import Case, Samples, Weights
from glassnet.support.random import stream


def order_of_epoch(number: int, count: int) -> np.ndarray:
    """Return the order in which ``glassnet`` with seed 0 goes through its samples; all others go the same way."""
    return stream(0, "shuffle", number).permutation(count)


class Peer(ABC):
    """A library that trains the network of a case, from given weights, on samples that are in memory already."""

    def __init__(self, case: Case, samples: Samples, weights: Weights) -> None:
        self.case = case
        self.samples = samples
        self.weights = weights

    @classmethod
    def why_not_here(cls) -> str | None:
        """Say why it cannot be measured on this machine, if it cannot."""
        return None

    @classmethod
    def why_not(cls, case: Case) -> str | None:
        """Say why it cannot train the network of `case`, if it cannot."""
        return None

    @abstractmethod
    def start(self) -> None:
        """Go back to the first weights, with an optimizer that has seen nothing."""

    @abstractmethod
    def epoch(self, order: np.ndarray) -> None:
        """Take one step on each batch of the samples in this order. It gathers its batches itself."""

    @abstractmethod
    def outputs(self, x: np.ndarray) -> np.ndarray | None:
        """Return the probabilities for `x`, NumPy in and NumPy out; None for a peer that does not learn."""

    def first_steps(self, count: int) -> None:
        """Start, and take the first steps of an epoch only."""
        self.start()
        self.epoch(order_of_epoch(0, self.case.samples)[: count * self.case.batch])

    def train(self, epochs: int, enough: Callable[[], bool] = lambda: False) -> None:
        """Train for `epochs` epochs, or until `enough` is true after one of them."""
        for number in range(epochs):
            self.epoch(order_of_epoch(number, self.case.samples))
            if enough():
                break
