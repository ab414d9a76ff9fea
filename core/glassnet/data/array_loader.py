"""Batches from arrays in memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from glassnet.components.services import executor
from glassnet.data.preparation import Expected, Preparation, input_rules
from glassnet.errors import DataError
from glassnet.support.random import stream
from glassnet.types import Array, Shape

Batch = tuple[tuple[Array, Array], Array | None]
"""``(x, y), weights``: samples and targets as network and loss take them, and the samples' weights or None."""

# Small batches are gathered several at a time, which takes as long as one: as many as stay in a core's first cache.
_GATHERED_BYTES = 16_384


class ArrayLoader:
    """Samples and targets in memory: every epoch in a random order of all of them. See `DataLoader`."""

    def __init__(
        self,
        x: Array,
        y: Array,
        weights: Array | None = None,
        columns: tuple[str, ...] | None = None,
        convert: Callable[[Array], Array] = np.asarray,
    ) -> None:
        self.x = x
        self.y = y
        self.weights = weights
        self._columns = columns
        self._convert = convert
        self._given = (x, y, weights)

    @classmethod
    def of_checked(cls, x: Array, y: Array, weights: Array | None, preparation: Preparation) -> ArrayLoader:
        """Return checked samples ready for use."""
        if preparation.class_weights is not None:  # they come into the loss later; here a class without one shows
            preparation.class_weights.of_unchecked(None, y)
        return cls(x, preparation.targets(y), weights, convert=preparation.convert)

    @property
    def samples(self) -> int:
        """Number of samples."""
        return len(self.x)

    @property
    def sample_shape(self) -> Shape:
        """Shape of one sample."""
        return self.x.shape[1:]

    @property
    def identity(self) -> dict[str, Any]:
        """What the batches depend on besides the seed."""
        return {"samples": self.samples}

    def parts(self) -> Iterator[tuple[Array, Array, Array | None]]:
        """Yield samples, targets and weights as they were given."""
        yield self._given

    def inputs(self, integer_input: bool) -> Any:
        """Return what the samples are like."""
        return input_rules().inputs(self.x, self._columns, integer_input)

    def train_test_split(self, fraction: float, rng: np.random.Generator) -> tuple[ArrayLoader, ArrayLoader]:
        """Return two loaders that share no sample; the second one has a fraction of all samples."""
        training, held_out = (
            ArrayLoader(self.x[rows], self.y[rows], None if self.weights is None else self.weights[rows], self._columns)
            for rows in split_rows(self.samples, fraction, rng)
        )
        return training, held_out

    def check(self, expected: Expected, name: str = "") -> None:
        """Raise `DataError` or `ShapeError` if the samples or the targets are not as expected."""
        expected.check(self.x, self.y, self._columns, name)

    def prepare(self, preparation: Preparation, name: str = "") -> None:
        """Make the targets into what the loss takes, and have batches converted for the first layer."""
        class_weights = preparation.class_weights
        weights = self.weights if class_weights is None else class_weights.of_unchecked(self.weights, self.y)
        if weights is not None:
            input_rules().check_weights(weights, name)
        self.y = preparation.targets(self.y)
        self._convert = preparation.convert

    def steps_per_epoch(self, batch_size: int) -> int:
        """Return the number of batches in an epoch; the last one may be short."""
        return math.ceil(self.samples / batch_size)

    def chosen(self, indices: Array | slice) -> Batch:
        """Return the samples at `indices`, converted, with their targets; and their weights."""
        weights = None if self.weights is None else self.weights[indices]
        x = self.x[indices] if isinstance(indices, slice) else executor().take(self.x, indices)
        return (self._convert(x), self.y[indices]), weights

    def epoch_batches(self, batch_size: int, seed: int, epoch: int, done: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch in a random order of the samples."""
        order = stream(seed, "shuffle", epoch).permutation(self.samples)
        batches = max(_GATHERED_BYTES // max(batch_size * self.x[:1].nbytes, 1), 1)
        for start in range(done * batch_size, len(order), batch_size * batches):
            (x, y), weights = self.chosen(order[start : start + batch_size * batches])
            for place in range(0, len(x), batch_size):
                batch = slice(place, place + batch_size)
                yield (x[batch], y[batch]), None if weights is None else weights[batch]

    def sequential_batches(self, batch_size: int) -> Iterator[Batch]:
        """Yield batches of the samples in their order."""
        for start in range(0, self.samples, batch_size):
            yield self.chosen(slice(start, start + batch_size))


def split_rows(samples: int, fraction: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return the rows to train on and those that are held out, both in rising order."""
    held = round(samples * fraction)
    if not 0 < held < samples:
        raise DataError(
            f"validation={fraction} of {samples} samples leaves {samples - held} to train on and {held} to "
            "validate; choose another fraction or give more data"
        )
    order = rng.permutation(samples)
    return np.sort(order[held:]), np.sort(order[:held])
