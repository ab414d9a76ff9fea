"""Datasets: where samples come from, and what comes with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import attrs
import numpy as np

from glassnet.arrays import Array, Shape
from glassnet.component import Component
from glassnet.errors import DataError
from glassnet.experiment import Recipe


@attrs.frozen(eq=False)
class Split:
    """Samples and their targets; arrays that lie in a file stay there.

    Attributes
    ----------
    x
        Inputs, ``(samples, …)``. Bytes (uint8) are pixels: networks read 0..255 as 0..1, a batch at a time.
    y
        Targets, one row a sample: integer labels, one-hot rows or values.
    weights
        How much each sample counts, ``(samples,)``; without them all count alike.
    """

    x: Array
    y: Array
    weights: Array | None = None

    def __attrs_post_init__(self) -> None:
        samples, targets = len(self), _rows(self.y)
        if samples != targets:
            raise DataError(f"x has {samples} samples and y has {targets}; each sample needs one target")
        if self.weights is not None and np.shape(self.weights) != (samples,):
            raise DataError(
                f"weights have shape {np.shape(self.weights)} and x has {samples} samples; give one weight a sample"
            )

    def __len__(self) -> int:
        return _rows(self.x)

    def __getitem__(self, chosen: Any) -> Split:
        """Return some of the samples, picked by slice, indices or mask."""
        return Split(self.x[chosen], self.y[chosen], None if self.weights is None else self.weights[chosen])


def _rows(array: Any) -> int:
    # Not all arrays on disk have a len().
    return int(array.shape[0]) if hasattr(array, "shape") else len(array)


@attrs.frozen(eq=False)
class Dataset:
    """What a data source loads.

    Attributes
    ----------
    train, test, validation
        The splits; only `validation` may be missing.
    classes
        Names of the classes in the order of their labels; empty where there are none.
    task
        ``"classification"`` or ``"regression"``.
    recipe
        A network and a way to train it that are known to work, or None.
    """

    train: Split
    test: Split
    validation: Split | None = None
    classes: Sequence[str] = ()
    task: str = "classification"
    recipe: Recipe | None = None


class DataSource(Component):
    """Loads a dataset. `gn.datasets.mnist()` is one.

    Attributes
    ----------
    sample_shape, target_shape
        Shape of one sample, and of its target; None where that depends on the options.
    overlap
        Why the test data may share samples with the training data; empty where they may not.
    file_endings
        Endings of the files that it reads, such as ``".csv"``: then ``glassnet train FILE`` calls `of_file`.
    """

    kind = "dataset"
    sample_shape: ClassVar[Shape | None] = None
    target_shape: ClassVar[Shape | None] = None
    overlap: ClassVar[str] = ""
    file_endings: ClassVar[Sequence[str]] = ()

    @classmethod
    def of_file(cls, path: str, **options: str) -> DataSource:
        """Return the source for one file.

        Parameters
        ----------
        path
            The file; by default the value of the first option.
        options
            What was said besides, such as ``target`` by ``--target``.

        Raises
        ------
        OptionError
            If more has to be said; the message tells what.
        """
        return cls(path, **options)

    def load(self) -> Dataset:
        """Return the data.

        Raises
        ------
        DataError, FileError
            When the files are missing or damaged; the message names the file.
        """
        raise NotImplementedError(f"{type(self).__name__} needs load()")
