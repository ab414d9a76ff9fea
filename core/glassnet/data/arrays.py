"""What users give as samples and targets, as arrays of real numbers, and splits of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

import attrs
import numpy as np

from glassnet.components.attributes import ExplainsAttributes
from glassnet.components.services import explained
from glassnet.errors import DataError
from glassnet.registry.plugins import plugin_hooks
from glassnet.types import Array, Shape

Columns = tuple[str, ...] | None
"""The names of the columns of a data frame; None for other values."""


def as_array(values: Any, name: str) -> Any:
    """Return `values` as an array of real numbers with a batch axis; see `read_array`."""
    return read_array(values, name)[0]


def read_array(values: Any, name: str, sample_shape: Shape | None = None) -> tuple[Any, Columns]:
    """Return `values` as an array of real numbers with a batch axis, and the names of its columns.

    Parameters
    ----------
    values
        An array of NumPy, nested lists, or what a plugin reads. An array in a file stays there.
    name
        The name of the values in messages, such as ``"x"``.
    sample_shape
        The shape that one sample should have, or None if it is not known.

    Raises
    ------
    DataError
        If the values are not numbers, or if rows differ in length.
    """
    if type(values) is np.ndarray and values.ndim > 0 and values.dtype.kind in "fiub" and values.dtype.isnative:
        return values, None  # by far the most, so asked first
    read = plugin_hooks().glassnet_array(values=values, name=name, sample_shape=sample_shape)
    array, columns = (_numpy_array(values, name), None) if read is None else read
    if array.dtype.kind not in "fiub":
        raise DataError(f"{name} has element type {array.dtype}; give numbers, such as float32 or uint8")
    if len(array.shape) == 0:
        raise DataError(f"{name} is a single value; give one row a sample")
    return array, columns


def _numpy_array(values: Any, name: str) -> Array:
    if not isinstance(values, (np.ndarray, list, tuple)) or isinstance(values, np.ma.MaskedArray):
        raise DataError(f"{name} is a {type(values).__name__}; give an array of NumPy")
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise DataError(f"NumPy cannot make an array of {name} ({error}); give an array of NumPy") from None
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def row_blocks(array: Any, multiple_of: int = 1) -> Iterable[slice]:
    """Return the places of an array that are read one after another: all at once if the array is in memory."""
    if is_in_memory(array):
        return (slice(0, len(array)),)
    blocks: Iterable[slice] | None = plugin_hooks().glassnet_row_blocks(array=array, multiple_of=multiple_of)
    return (slice(0, len(array)),) if blocks is None else blocks


def is_in_memory(array: Any) -> bool:
    """Return whether NumPy itself holds the memory of an array; if not, a file may lie behind it."""
    while type(array) is np.ndarray:
        array = array.base
    return array is None


@attrs.frozen(eq=False, repr=False)
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
    preprocessing
        What made these samples of rows; a network that is fitted to them keeps it. None for other samples.

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
        made = {"columns": self.columns, "preprocessing": self.preprocessing}
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


Split.__init__ = explained(Split.__init__)  # type: ignore[method-assign]
