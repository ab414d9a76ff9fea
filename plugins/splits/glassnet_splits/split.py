"""Splits: samples with their targets, and weights if there are any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import attrs
import numpy as np

import glassnet as gn
from glassnet.data.arrays import as_array, read_array
from glassnet.errors import DataError
from glassnet.types import Array
from glassnet_splits.row_labels import check_order
from glassnet_splits.weights import check_weights


@attrs.frozen(eq=False, repr=False)
class Split(gn.ExplainsAttributes):
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
    preprocessing
        What made these samples of rows; a network that is fitted to them keeps it. None for other samples.
    cells
        The rows of a file with a table that these samples were made of: ``cells.frame()`` reads them again. None for
        other samples.

    Raises
    ------
    DataError
        If `x`, `y` or `weights` are not numbers, or differ in length.
    """

    x: Array
    y: Array
    weights: Array | None = None
    columns: tuple[str, ...] | None = attrs.field(default=None, kw_only=True)
    preprocessing: Any = attrs.field(default=None, kw_only=True)
    cells: Any = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_order(self.x, self.y)
        check_order(self.x, self.weights, "weights")
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

    def __repr__(self) -> str:
        weights = "" if self.weights is None else ", with weights"
        return f"<Split of {len(self):,} samples: x {element_text(self.x)}, y {element_text(self.y)}{weights}>"

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
        cells = None if self.cells is None else self.cells[chosen]
        made = {"columns": self.columns, "preprocessing": self.preprocessing, "cells": cells}
        return Split(self.x[chosen], self.y[chosen], weights, **made)

    def _sample(self, index: int) -> tuple[Any, ...]:
        # Arrays on disk are read by slices.
        arrays = (self.x, self.y) if self.weights is None else (self.x, self.y, self.weights)
        return tuple(np.asarray(array[index : index + 1])[0] for array in arrays)


def as_split(x: Any, y: Any = None) -> Split:
    """Return ``x, y`` or a split as a split of arrays."""
    if isinstance(x, Split):
        if y is not None:
            raise DataError("got a split and also y; give either a split or x and y")
        return x
    if y is None:
        raise DataError("got x without y; give a split, or x and y")
    return Split(x, y)


def element_text(array: Any) -> str:
    """Return the type and the shape of one sample: ``uint8 (28, 28, 1)``."""
    return f"{array.dtype} {tuple(array.shape[1:])}" if array.shape[1:] else str(array.dtype)


def _rows(array: Any) -> int:
    # Not all arrays on disk have a len().
    return int(array.shape[0]) if hasattr(array, "shape") else len(array)


Split.__init__ = gn.explained(Split.__init__)  # type: ignore[method-assign]


def weighted(split: Split, sample_weight: Any = None) -> Split:
    """Return `split` with a weight for each sample: its own, times the one that is given.

    Raises
    ------
    DataError
        When a weight is negative or not finite, there are not as many as samples, or the sum is not finite.
    """
    if sample_weight is None and split.weights is None:
        return split
    weights = np.ones(len(split)) if split.weights is None else np.asarray(split.weights, np.float64)
    if sample_weight is not None:
        given = np.asarray(as_array(sample_weight, "sample_weight"), np.float64)
        attrs.evolve(split, weights=given)  # sees to it that there is one for each sample
        weights = weights * given
    check_weights(weights)
    return attrs.evolve(split, weights=weights)
