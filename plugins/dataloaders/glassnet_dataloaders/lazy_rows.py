"""Samples that become an array when they are read: sparse matrices, datasets of PyTorch and of Hugging Face.

They are known by their methods, so none of these libraries has to be installed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import DataError
from glassnet.types import Array


class LazyRows:
    """Samples with the attributes of an array in a file: slices of them are read.

    Parameters
    ----------
    samples
        The number of samples.
    shape, dtype
        The shape and the element type of one sample.
    """

    def __init__(self, samples: int, shape: tuple[int, ...], dtype: Any) -> None:
        self.shape = (samples, *shape)
        self.ndim = len(self.shape)
        self.dtype = np.dtype(dtype)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, chosen: Any) -> Array:
        if isinstance(chosen, (int, np.integer)):
            sample: Array = self.read(np.array([range(len(self))[chosen]]))[0]
            return sample
        return self.read(np.arange(len(self))[chosen])

    def read(self, rows: Array) -> Array:
        """Return the samples with these numbers as one array."""
        raise NotImplementedError


class SparseRows(LazyRows):
    """The rows of a sparse matrix of SciPy. No more of them are dense than are computed with."""

    def __init__(self, matrix: Any) -> None:
        self._matrix = matrix.tocsr()
        super().__init__(matrix.shape[0], tuple(matrix.shape[1:]), matrix.dtype)

    def read(self, rows: Array) -> Array:
        """Return some rows of the matrix, dense."""
        dense: Array = self._matrix[rows].toarray()
        return dense


class DatasetSamples(LazyRows):
    """The samples of a dataset in which each element is a pair of sample and target, or a sample."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        first = _array(_sample(dataset[0]))
        super().__init__(len(dataset), first.shape, first.dtype)

    def read(self, rows: Array) -> Array:
        """Return some samples."""
        return _stacked([_sample(self._dataset[row]) for row in rows.tolist()])


class DatasetColumn(LazyRows):
    """A column of arrays or images of a dataset of Hugging Face."""

    def __init__(self, dataset: Any, name: str) -> None:
        self._dataset = dataset.with_format("numpy")
        self._name = name
        first = _array(self._dataset[0][name])
        super().__init__(len(dataset), first.shape, first.dtype)

    def read(self, rows: Array) -> Array:
        """Return some values of the column."""
        return _stacked(list(self._dataset[rows.tolist()][self._name]))


def lazily_read(values: Any) -> Any:
    """Return a sparse matrix or a column of arrays as `LazyRows`, and all other values as they are."""
    if hasattr(values, "tocsr") and hasattr(values, "nnz"):
        return SparseRows(values)
    if hasattr(values, "with_format") and hasattr(values, "column_names") and len(values.column_names) == 1:
        column = DatasetColumn(values, values.column_names[0])
        return column if column.ndim > 1 else values  # a column of numbers is a frame with one column
    return values


def is_torch_dataset(values: Any) -> bool:
    """Return whether `values` is a dataset of PyTorch whose samples are read by their number."""
    is_of_torch = any(cls.__module__.startswith("torch.utils.data.dataset") for cls in type(values).__mro__)
    return is_of_torch and hasattr(values, "__len__") and hasattr(type(values), "__getitem__")


def samples_and_targets(dataset: Any) -> tuple[Any, Any]:
    """Return the samples and the targets of a dataset of PyTorch. Targets are read at once.

    Raises
    ------
    DataError
        If an element is not a pair, or targets differ in shape.
    """
    tensors = getattr(dataset, "tensors", None)
    if tensors is not None and len(tensors) == 2:
        return tensors[0], tensors[1]
    first = dataset[0] if len(dataset) else None
    if not isinstance(first, (tuple, list)) or len(first) != 2:
        raise DataError(
            f"a {type(dataset).__name__} has to give pairs of sample and target (got {type(first).__name__}); "
            "give samples and targets as arrays: net.fit(x, y)"
        )
    return DatasetSamples(dataset), _stacked([dataset[row][1] for row in range(len(dataset))])


def _sample(element: Any) -> Any:
    return element[0] if isinstance(element, tuple | list) else element


def _array(value: Any) -> Array:
    return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)


def _stacked(values: list[Any]) -> Array:
    """Return samples as one array, or raise `DataError` if they differ in shape."""
    arrays = [_array(value) for value in values]
    shapes = {array.shape for array in arrays}
    if len(shapes) > 1:
        one, another = sorted(shapes)[:2]
        raise DataError(f"samples differ in shape ({one} and {another}); give all of them the same, by a transform")
    return np.stack(arrays)
