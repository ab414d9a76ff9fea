"""Samples and their targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import attrs
import numpy as np

from glassnet.components.attributes import ExplainsAttributes
from glassnet.components.services import explained
from glassnet.data.arrays import as_array, read_array
from glassnet.errors import DataError
from glassnet.types import Array


@attrs.frozen(eq=False)
class Split(ExplainsAttributes):
    """Samples and their targets; arrays in a file stay there.

    Iteration yields the samples one by one, as ``(x, y)``, or ``(x, y, weight)`` if there are weights.

    Attributes
    ----------
    x
        Inputs, ``(samples, …)``: an array, nested lists, a data frame or an array in a file. Bytes (uint8) with the
        shape of images are pixels: networks read 0..255 as 0..1, a batch at a time (see `Inputs`).
    y
        Targets, one row a sample: integer labels, one-hot rows or values.
    weights
        How much each sample counts, ``(samples,)``; without them all count alike.
    columns
        The names of the columns of `x`, taken from a data frame; None if `x` was given as an array.

    Raises
    ------
    DataError
        If `x`, `y` or `weights` are not numbers, or differ in length.
    """

    x: Array
    y: Array
    weights: Array | None = None
    columns: tuple[str, ...] | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        x, columns = read_array(self.x, "x")
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "columns", self.columns or columns)
        for name in ("y",) if self.weights is None else ("y", "weights"):
            object.__setattr__(self, name, as_array(getattr(self, name), name))
        samples, targets = len(self), _rows(self.y)
        if samples != targets:
            raise DataError(f"x has {samples} samples and y has {targets}; each sample needs one target")
        if self.weights is not None and np.shape(self.weights) != (samples,):
            raise DataError(
                f"weights have shape {np.shape(self.weights)} and x has {samples} samples; give one weight a sample"
            )

    def __len__(self) -> int:
        return _rows(self.x)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Yield each sample with its target, and its weight if there are weights."""
        return (self._sample(index) for index in range(len(self)))

    @overload
    def __getitem__(self, chosen: int) -> tuple[Any, ...]: ...

    @overload
    def __getitem__(self, chosen: slice | Array | Sequence[int]) -> Split: ...

    def __getitem__(self, chosen: Any) -> Any:
        """Return some of the samples as a split, picked by slice, indices or mask; or one of them, as iteration does.

        Raises
        ------
        IndexError
            If there is no sample of that number.
        """
        if isinstance(chosen, (int, np.integer)) and not isinstance(chosen, bool):
            return self._sample(range(len(self))[chosen])
        weights = None if self.weights is None else self.weights[chosen]
        return Split(self.x[chosen], self.y[chosen], weights, columns=self.columns)

    def _sample(self, index: int) -> tuple[Any, ...]:
        # Arrays on disk are read by slices.
        arrays = (self.x, self.y) if self.weights is None else (self.x, self.y, self.weights)
        return tuple(np.asarray(array[index : index + 1])[0] for array in arrays)


def _rows(array: Any) -> int:
    # Not all arrays on disk have a len().
    return int(array.shape[0]) if hasattr(array, "shape") else len(array)


Split.__init__ = explained(Split.__init__)  # type: ignore[method-assign]
