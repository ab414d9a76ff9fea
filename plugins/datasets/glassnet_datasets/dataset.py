"""The base class of datasets: where samples come from, and what comes with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NoReturn

import attrs

import glassnet as gn
from glassnet_datasets.recipe import Recipe


@attrs.frozen(eq=False, repr=False)
class Dataset(gn.ExplainsAttributes):
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

    train: gn.Split
    test: gn.Split
    validation: gn.Split | None = None
    classes: Sequence[str] = ()
    task: str = "classification"
    recipe: Recipe | None = None

    def __repr__(self) -> str:
        splits = {"train": self.train, "validation": self.validation, "test": self.test}
        sizes = ", ".join(f"{len(split):,} {name}" for name, split in splits.items() if split is not None)
        classes = f" of {len(self.classes)} classes" if self.classes else ""
        return f"<Dataset for {self.task}{classes}: {sizes} samples; {self.train!r}>"

    def __iter__(self) -> NoReturn:
        """Raise `OptionError`: the splits are attributes."""
        raise gn.OptionError("a dataset is not iterable; write data.train.x, data.train.y, data.test.x, data.test.y")

    def __getitem__(self, place: Any) -> NoReturn:
        """Raise `OptionError`: the splits are attributes."""
        self.__iter__()


class DataSource(gn.Component):
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
    sample_shape: ClassVar[gn.Shape | None] = None
    target_shape: ClassVar[gn.Shape | None] = None
    overlap: ClassVar[str] = ""
    file_endings: ClassVar[Sequence[str]] = ()

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "load" in vars(cls):
            cls.load = gn.explained(cls.load)  # type: ignore[method-assign]

    def __iter__(self) -> NoReturn:
        """Raise `OptionError`: data are loaded first."""
        loaded = f"data = gn.datasets.{self.title()}().load(), then data.train.x, data.train.y"
        raise gn.OptionError(f"a dataset has samples when it is loaded; write {loaded}")

    def __len__(self) -> NoReturn:
        """Raise `OptionError`: data are loaded first."""
        self.__iter__()

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, place: Any) -> NoReturn:
        """Raise `OptionError`: data are loaded first."""
        self.__iter__()

    @classmethod
    def load_data(cls, *_: Any, **__: Any) -> NoReturn:
        """Raise `OptionError`: data come from `load`."""
        raise gn.OptionError(
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
