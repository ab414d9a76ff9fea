"""Batches from arrays in memory."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from glassnet.data.loader import Batch
from glassnet.data.validation import Converter
from glassnet.support.random import stream
from glassnet.types import Array

# Small batches are gathered several at a time, which takes as long as one: as many as stay in a core's first cache.
_GATHERED_BYTES = 16_384


class ArrayFeed:
    """Samples and targets in memory: every epoch in a random order of all of them."""

    def __init__(self, x: Array, y: Array, converter: Converter, weights: Array | None = None) -> None:
        self.x = x
        self.y = y
        self.converter = converter
        self.weights = weights

    @property
    def samples(self) -> int:
        """Number of samples."""
        return len(self.x)

    @property
    def identity(self) -> dict[str, Any]:
        """What the batches depend on besides the seed."""
        return {"samples": self.samples}

    def steps(self, batch_size: int) -> int:
        """Return the number of batches in an epoch; the last one may be short."""
        return math.ceil(self.samples / batch_size)

    def chosen(self, indices: Array | slice) -> Batch:
        """Return the samples at `indices`, converted, with their targets; and their weights."""
        weights = None if self.weights is None else self.weights[indices]
        # Rows are gathered a fifth faster by take.
        x = self.x[indices] if isinstance(indices, slice) else self.x.take(indices, axis=0)
        return (self.converter(x), self.y[indices]), weights

    def shuffled(self, batch_size: int, seed: int, epoch: int, done: int = 0) -> Iterator[Batch]:
        """Go through the samples in a random order."""
        order = stream(seed, "shuffle", epoch).permutation(self.samples)
        batches = max(_GATHERED_BYTES // max(batch_size * self.x[:1].nbytes, 1), 1)
        for start in range(done * batch_size, len(order), batch_size * batches):
            (x, y), weights = self.chosen(order[start : start + batch_size * batches])
            for place in range(0, len(x), batch_size):
                batch = slice(place, place + batch_size)
                yield (x[batch], y[batch]), None if weights is None else weights[batch]

    def in_order(self, batch_size: int) -> Iterator[Batch]:
        """Go through the samples as they come."""
        for start in range(0, self.samples, batch_size):
            yield self.chosen(slice(start, start + batch_size))
