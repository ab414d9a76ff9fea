"""Datasets: where samples come from, and what comes with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, NoReturn, overload

import attrs
import numpy as np

from glassnet.components.arrays import as_array, read_array
from glassnet.components.component import Component
from glassnet.components.recipe import Recipe
from glassnet.errors import DataError, OptionError
from glassnet.registry.explained import ExplainsAttributes, explained
from glassnet.support.memory_limit import explains_memory
from glassnet.types import Array, Shape


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
        return Split(self.x[chosen], self.y[chosen], weights, columns=self.columns, preprocessing=self.preprocessing)

    def _sample(self, index: int) -> tuple[Any, ...]:
        # Arrays on disk are read by slices.
        arrays = (self.x, self.y) if self.weights is None else (self.x, self.y, self.weights)
        return tuple(np.asarray(array[index : index + 1])[0] for array in arrays)


def _rows(array: Any) -> int:
    # Not all arrays on disk have a len().
    return int(array.shape[0]) if hasattr(array, "shape") else len(array)


Split.__init__ = explained(Split.__init__)  # type: ignore[method-assign]


@attrs.frozen(eq=False)
class Dataset(ExplainsAttributes):
    """What a data source loads.

    Attributes
    ----------
    train, test, validation
        The splits; only `validation` may be missing.
    classes
        Names of the classes in the order of their labels; empty if there are no classes.
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

    def __iter__(self) -> NoReturn:
        """Raise `OptionError`: the splits are attributes."""
        raise OptionError("a dataset is not iterable; write data.train.x, data.train.y, data.test.x, data.test.y")

    def __getitem__(self, place: Any) -> NoReturn:
        """Raise `OptionError`: the splits are attributes."""
        self.__iter__()


class DataSource(Component):
    """Loads a dataset. `gn.datasets.mnist()` is one.

    Attributes
    ----------
    sample_shape, target_shape
        Shape of one sample, and of its target; None where that depends on the options.
    overlap
        Why the test data may share samples with the training data; empty where they may not.
    file_endings
        Endings of the files that it reads, such as ``".csv"``, and ``"/"`` for folders: then ``glassnet train FILE``
        calls `of_file`.
    """

    kind = "dataset"
    sample_shape: ClassVar[Shape | None] = None
    target_shape: ClassVar[Shape | None] = None
    overlap: ClassVar[str] = ""
    file_endings: ClassVar[Sequence[str]] = ()

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "load" in vars(cls):
            cls.load = explains_memory(cls.load)  # type: ignore[method-assign]

    @classmethod
    def load_data(cls, *_: Any, **__: Any) -> NoReturn:
        """Raise `OptionError`: data come from `load`."""
        raise OptionError(
            "data are loaded by load() of an instance: "
            f"data = gn.datasets.{cls.title()}().load(), then data.train.x, data.train.y"
        )

    @classmethod
    def of_file(cls, path: str, **options: str) -> DataSource:
        """Return the source for one file or folder.

        Parameters
        ----------
        path
            The file or folder; by default the value of the first option.
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
