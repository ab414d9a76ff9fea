"""What users give as samples, targets and weights, as arrays of real numbers.

One rule holds wherever a network is measured. Weights of samples say how much each of them counts: in the loss and in
the metrics, in training, validation and evaluation. Weights of classes say what training is to attend to. They count in
the loss of the data that they are given with, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np

from glassnet.errors import DataError, OptionError
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


class ClassWeights(Protocol):
    """How much the samples of each class count in the loss."""

    @property
    def by_class(self) -> Mapping[int, float]:
        """The weight of each class, by its label."""

    def times(self, weights: Array | None, y: Array) -> Array:
        """Return the weights in the loss of samples with these targets, and with weights of their own or None."""

    def of_unchecked(self, weights: Array | None, y: Array) -> Array:
        """Return the same for targets that were not checked; raise `DataError` if a class has no weight."""


def make_class_weights(given: Any, data: Any, output_shape: Shape) -> ClassWeights | None:
    """Return what `fit` was given as ``class_weight``, as a plugin reads it.

    Parameters
    ----------
    given
        Weights of classes in any form, or None.
    data
        The loader of the data that the weights are for.
    output_shape
        The shape of one output of the network.

    Raises
    ------
    OptionError, DataError
        If there are weights, and they do not fit the classes or no plugin reads them.
    """
    if given is None:
        return None
    read: ClassWeights | None = plugin_hooks().glassnet_class_weights(
        class_weight=given, data=data, output_shape=output_shape
    )
    if read is None:
        raise OptionError("class_weight needs a plugin that is switched off; weigh the samples: sample_weight=…")
    return read


def no_weight(name: str, *, masked: bool = False) -> str:
    """Return the message for data in which no sample counts.

    Parameters
    ----------
    name
        What to call the data, with a space behind it.
    masked
        Whether a mask leaves padded time steps out.
    """
    if masked:
        return (
            "no time step counts: all time steps are padding, or the weights of their samples are 0; "
            "give samples with real steps"
        )
    return f"all {name}weights are 0, so no sample counts; give at least one sample a weight above 0"
