"""What training and evaluation draw their batches from, wherever the data lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from glassnet.types import Array

Batch = tuple[tuple[Array, Array], Array | None]
"""``(x, y), weights``: samples and targets as network and loss take them, and the samples' weights or None."""


class Feed(Protocol):
    """Checked data, handed out in batches."""

    @property
    def samples(self) -> int | None:
        """Number of samples, or None where nobody knows."""

    @property
    def identity(self) -> dict[str, Any]:
        """What has to be the same, as plain values, for the same seed to give the same batches."""

    def steps(self, batch_size: int) -> int | None:
        """Return the number of batches in an epoch, or None where nobody knows."""

    def shuffled(self, batch_size: int, seed: int, epoch: int, done: int = 0) -> Iterator[Batch]:
        """Go through one epoch's batches in the order that belongs to the seed; the first `done` are left out."""

    def in_order(self, batch_size: int) -> Iterator[Batch]:
        """Go through all samples as they come, at most `batch_size` at once."""
