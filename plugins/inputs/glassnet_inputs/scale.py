"""How large the numbers of a training were, and whether later ones can be of the same kind.

A network that was trained on pixels from 0 to 1 answers nonsense for pixels from 0 to 255, and nothing fails. A doubt
must not fall on data that are only unusual, so whole samples are compared, and outliers do not count.
"""

from __future__ import annotations

import math
from typing import Any, Self

import attrs
import numpy as np

from glassnet.data.arrays import is_in_memory, row_blocks
from glassnet.types import Array

# The number of numbers that are looked at, of a training and of later samples; at least one sample is.
_OF_TRAINING, _OF_OTHERS = 2**18, 2**14
# The number of samples at the beginning of a file that are read for this; a training goes on to look at all of them.
_OF_A_FILE = 64
# Numbers that are mostly larger than the largest of the training by more than this factor are on another scale.
_TIMES_LARGER = 4
# So is a sample whose largest number is smaller by this factor than that of each training sample.
_TIMES_SMALLER = 10
# Numbers that are smaller than the largest of the training by this factor are 0 but for rounding: means of columns.
_ROUNDING = float(np.finfo(np.float32).eps)
# With fewer numbers in a sample, those that are close to 0 or have no negative number are not rare.
_ENOUGH_TO_BE_SMALL, _ENOUGH_FOR_SIGNS = 8, 16


@attrs.frozen
class Scale:
    """What the numbers in the samples of a training were like.

    Attributes
    ----------
    lowest, highest
        The smallest and the largest number.
    smallest
        The largest absolute value in a sample, in that sample of which it is smallest; samples of zeros are left out.
    negatives
        Whether all samples had a negative number, or none had; None if some had.
    """

    lowest: float
    highest: float
    smallest: float
    negatives: bool | None

    @classmethod
    def of(cls, x: Any) -> Self | None:
        """Return what samples are like; None without a number other than 0."""
        if len(x) == 0:
            return None
        samples = _some(x, _OF_TRAINING).astype(np.float64)
        sizes, negative = np.abs(samples).max(axis=1), (samples < 0).any(axis=1)
        if not sizes.any():
            return None
        every = bool(np.all(negative))
        negatives = every if every or not np.any(negative) else None
        return cls(float(samples.min()), float(samples.max()), float(sizes[sizes > 0].min()), negatives)

    def with_further(self, x: Any) -> Scale:
        """Return what samples are like together with further ones of a training."""
        lowest, highest, fits = self._look_at(x)
        other = None if fits else Scale.of(x)
        if other is None:
            return attrs.evolve(self, lowest=min(self.lowest, lowest), highest=max(self.highest, highest))
        return Scale(
            min(self.lowest, lowest, other.lowest),
            max(self.highest, highest, other.highest),
            min(self.smallest, other.smallest),
            self.negatives if self.negatives == other.negatives else None,
        )

    def difference(self, x: Any) -> str | None:
        """Return how samples differ from those of the training, such as ``"from 0 to 255"``, or None if they fit."""
        lowest, highest, fits = self._look_at(x)
        return None if fits else f"from {lowest:.4g} to {highest:.4g}"

    def _look_at(self, x: Any) -> tuple[float, float, bool]:
        """Return the smallest and the largest number of samples, and whether they are on the scale of the training."""
        samples = x if getattr(x, "size", math.inf) <= _OF_OTHERS else _some(x, _OF_OTHERS)
        # A reduction by its function takes half as long as by the method.
        lowest, highest = float(np.minimum.reduce(samples, None)), float(np.maximum.reduce(samples, None))
        fits = not math.isfinite(highest - lowest) or self._fits(samples, lowest, highest)
        return lowest, highest, fits

    def _fits(self, samples: Array, lowest: float, highest: float) -> bool:
        largest = max(-self.lowest, self.highest)
        size = max(-lowest, highest)
        if size > _TIMES_LARGER * largest:
            sizes = np.abs(samples[samples != 0].astype(np.float64))
            return bool(np.median(sizes) <= _TIMES_LARGER * largest)
        count = samples.size // len(samples)
        is_zero = size <= _ROUNDING * largest
        if is_zero or (count >= _ENOUGH_TO_BE_SMALL and size * _TIMES_SMALLER <= self.smallest):
            return is_zero
        if count < _ENOUGH_FOR_SIGNS or self.negatives is None:
            return True
        if self.negatives:
            return lowest < 0
        # A column may fall below the training's; a third of all numbers far below 0 are another scale.
        return lowest >= 0 or bool(np.mean(samples < -0.1 * largest) < 1 / 3)


def _some(x: Any, numbers: int) -> Array:
    """Return samples from all over an array as rows; from a file, some of its first ones."""
    rows = max(1, numbers // max(1, math.prod(x.shape[1:])))
    if isinstance(x, np.ndarray) and is_in_memory(x):
        samples = x[:: max(1, len(x) // rows)]
    else:
        first = next(iter(row_blocks(x)))
        samples = np.asarray(x[: min(rows, first.stop, _OF_A_FILE)])
    return samples.reshape(len(samples), -1)
