"""Inputs to try a layer with: random ones, and the awkward ones that random numbers never hit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from glassnet.types import Array, Shape

LARGEST = 5e4


def read_only(array: Array) -> Array:
    """Return the array, not to be written to from now on: views of somebody's data may be so, in a batch too."""
    array.setflags(write=False)
    return array


def big_endian(array: Array) -> Array:
    """Return the array with the most significant byte first, as some file formats store it."""
    return array.astype(array.dtype.newbyteorder(">"))


def _with_steps(array: Array) -> Array:
    return np.repeat(array, 2, axis=-1)[..., ::2]


def _reversed(array: Array) -> Array:
    flipped: Array = np.flip(np.flip(array).copy())
    return flipped


def _transposed(array: Array) -> Array:
    return np.moveaxis(np.moveaxis(array, 0, -1).copy(), -1, 0)


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "as a view with steps": _with_steps,
    "in Fortran's order": np.asfortranarray,
    "as a reversed view": _reversed,
    "as a transposed view": _transposed,
}


class Inputs:
    """Batches for samples of one shape.

    Parameters
    ----------
    shape
        Shape of a sample.
    domain
        The two bounds between which values make sense.
    kinks
        Values at which the derivative jumps.
    integers
        Whether the values are indices.
    """

    def __init__(
        self, shape: Shape, domain: tuple[float, float], kinks: Sequence[float] = (), *, integers: bool = False
    ) -> None:
        self.shape = shape
        self.low, self.high = domain
        self.kinks = tuple(kinks)
        self.integers = integers
        # Any vocabulary has two indices.
        self.indices = 2

    def random(self, batch: int, seed: int = 0) -> Array:
        """Return a batch of random samples."""
        rng = np.random.default_rng(seed)
        shape = (batch, *self.shape)
        if self.integers:
            return rng.integers(0, self.indices, shape)
        if math.isfinite(self.low) and math.isfinite(self.high):
            # Not at the very edge: differences need room on both sides.
            return self.low + (self.high - self.low) * rng.uniform(0.05, 0.95, shape)
        values = rng.normal(size=shape)
        if math.isfinite(self.low):
            return self.low + 0.1 + np.abs(values)
        return self.high - 0.1 - np.abs(values) if math.isfinite(self.high) else values

    def awkward(self) -> Iterator[Array]:
        """Return batches with zeros, large and negative values, and the kinks, the simplest first."""
        if self.integers:
            return
        base = self.random(2, 1)
        batches = [
            np.zeros((1, *self.shape)),
            self._with_some(base, 0.0),
            -np.abs(base),
            10 * base,
            100 * base,
            -100 * np.abs(base),
            1000 * base,
        ]
        for kink in self.kinks:
            batches += [self._with_some(base, kink), self._with_a_row(base, kink), kink + 0.01 * base]
        yield from (batch for batch in batches if self.is_inside(batch))

    def of_one_sign(self) -> Iterator[Array]:
        """Return batches of positive and of negative values alone, small and large."""
        if not self.integers:
            base = np.abs(self.random(2, 3))
            yield from (batch for batch in (base, -base, 30 * base) if self.is_inside(batch))

    def nudged(self, batch: Array) -> Array:
        """Return a batch whose values are near those of `batch`, and on no kink but by chance."""
        shift = np.random.default_rng(4).uniform(1e-4, 2e-4, batch.shape)
        # Towards the inside, where the domain has an end.
        moved: Array = np.where(batch + shift < self.high, batch + shift, batch - shift)
        return moved

    def large(self, dtype: str) -> Iterator[Array]:
        """Return batches with values up to `LARGEST` in size, or to the end of the domain."""
        if self.integers:
            return
        sizes = [0.0, 1e-30, 1.0, 20.0, 104.0, 710.0, 1000.0, LARGEST]
        values = np.array([sign * size for size in sizes for sign in (1, -1)])
        values = values[(values > self.low) & (values < self.high)]
        for value in values:
            yield np.full((1, *self.shape), value, dtype)
        rng = np.random.default_rng(2)
        if len(values):
            yield rng.choice(values, (4, *self.shape)).astype(dtype)

    def _with_some(self, base: Array, value: float) -> Array:
        """Return `base` with about a third of its values, and at least one, replaced."""
        changed = base.copy()
        changed.reshape(-1)[::3] = value
        return changed

    def _with_a_row(self, base: Array, value: float) -> Array:
        """Return `base` with one row of features, such as a step of a sequence, replaced."""
        changed = base.copy()
        changed.reshape(-1, base.shape[-1])[-1] = value
        return changed

    def is_inside(self, batch: Array) -> bool:
        return bool((batch > self.low).all() and (batch < self.high).all())
