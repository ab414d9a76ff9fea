"""CSV: a table of your own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import attrs
import numpy as np

import glassnet as gn
from glassnet_datasets.held_out import held_out
from glassnet_datasets.table import Table, delimiter_of, read_table

_EXAMPLE = str(Path(__file__).parent / "data" / "iris" / "iris.csv")
# Whole numbers are read as classes up to this number of different values, unless each has only a few samples.
_MOST_CLASSES = 20
# Where a column of text has more different values than this, and few samples for each, it names samples.
_MOST_CATEGORIES = 20
# Limits on the size of the features, in bytes and as a multiple of the file's bytes.
_MOST_BYTES = 64 * 2**20
_MOST_TIMES = 16
# Squares of smaller numbers are zero.
_SMALLEST = 1e-150


@dataclass(frozen=True)
class Column:
    """What one feature, or the target of a regression, is.

    Attributes
    ----------
    name
        The column's name; ``"name=category"`` for one category of a text column.
    mean, deviation
        What was taken off and what the rest was divided by; 0 and 1 where values are as in the table.
    """

    name: str
    mean: float
    deviation: float


class Csv(gn.DataSource):
    """The samples of a table: one line each, below a first line with the names of the columns.

    One column is the `target`; all others are features, except for those in `ignore`. A column of numbers is one
    feature. A column of text is a feature for each of its categories, in alphabetical order, which is 1 where the
    sample is of that category, else 0. Numbers that only stand for something, such as postal codes, are read in the
    same way when the column is in `categorical`. Every cell must be filled.

    ``x`` is ``(samples, features)`` float32. The task is classification where the target is text, or whole numbers of
    which there are few: at most 20 different ones, and no more than the square root of the number of rows. Then ``y``
    is ``(samples,)`` int64, and `classes` has the names in alphabetical order or that of the numbers. Else it is
    regression, and ``y`` is ``(samples, 1)`` float32.

    A part of the rows, drawn with the seed, is kept to test with. With `standardise`, features that are numbers have
    mean 0 and standard deviation 1, and so has the target of a regression: errors are then in standard deviations of
    the target. Mean and deviation are those of the training rows alone, so the test knows nothing of itself.
    `columns` tells them, and the names of the features in order.

    Source: Shafranovich (2005), Common Format and MIME Type for Comma-Separated Values (CSV) Files, RFC 4180.

    Raises
    ------
    FileError
        When the file cannot be read.
    DataError
        If the file is not a valid table; the message names the line and the column.
    """

    examples = (f"csv({_EXAMPLE!r}, 'species')", f"csv({_EXAMPLE!r}, 'petal_width')")
    overlap = "rows of a table may be alike"

    path: str = gn.option(path=True, help="the file")
    target: str = gn.option(help="name of the column to predict")
    task: str = gn.option(
        "auto", choices=("auto", "classification", "regression"), help="what to predict: a class or a number"
    )
    categorical: tuple[str, ...] = gn.option((), help="columns of numbers to read as categories")
    ignore: tuple[str, ...] = gn.option((), help="columns to leave out")
    standardise: bool = gn.option(True, help="whether to bring numbers to mean 0 and standard deviation 1")
    test: float = gn.option(0.2, gt=0, lt=1, help="part of the rows that is kept to test with")
    delimiter: str = gn.option(",", choices=(",", ";", "\t", "|"), help="what separates the cells of a line")
    seed: int = gn.option(0, ge=0, help="where the choice of test rows comes from")

    @classmethod
    def of_file(cls, path: str, **options: str) -> Csv:
        delimiter = delimiter_of(Path(path))
        if "target" not in options:
            columns = ", ".join(read_table(Path(path), delimiter).columns)
            raise gn.OptionError(
                f"{path} does not say which column to predict; name it with --target NAME, or write "
                f"csv({path!r}, target=NAME) (its columns: {columns})"
            )
        return cls(path, delimiter=delimiter, **options)

    def load(self) -> gn.Dataset:
        dataset, _ = self._read()
        return dataset

    def columns(self) -> tuple[Column, ...]:
        """Return the features in order, and behind them the target of a regression."""
        _, columns = self._read()
        return columns

    def _read(self) -> tuple[gn.Dataset, tuple[Column, ...]]:
        table = read_table(Path(self.path).expanduser(), self.delimiter)
        for name in (self.target, *self.categorical, *self.ignore):
            table.require(name)
        y, classes = self._targets(table)
        names, x, numeric = self._features(table)
        train, test = held_out(x, y, self.test, self.seed)
        means, deviations = _scale(train.x, numeric & self.standardise)
        if self.standardise:
            _check_scale(table, names, train.x, means, deviations)
        described = list(zip(names, means.tolist(), deviations.tolist(), strict=True))
        if not classes:
            mean, deviation = _scale(train.y, np.array([self.standardise]))
            if self.standardise:
                _check_scale(table, [self.target], train.y, mean, deviation)
            described.append((self.target, mean.item(), deviation.item()))
            train, test = (attrs.evolve(split, y=_scaled(split.y, mean, deviation)) for split in (train, test))
        train, test = (
            attrs.evolve(split, x=_scaled(split.x, means, deviations), columns=tuple(names)) for split in (train, test)
        )
        for split in (train, test):
            _check_scaled(table, split, [name for name, *_ in described])
        task = "classification" if classes else "regression"
        dataset = gn.Dataset(train=train, test=test, classes=classes, task=task, recipe=_recipe(len(classes)))
        return dataset, tuple(Column(*each) for each in described)

    def _targets(self, table: Table) -> tuple[gn.Array, tuple[str, ...]]:
        """Return labels and the classes' names; or values ``(rows, 1)`` and no names."""
        cells = table.column(self.target)
        numbers = None if self.target in self.categorical else table.numbers(self.target)
        if numbers is None:
            if self.task == "regression":
                raise gn.DataError(
                    f"{table.path}, line {table.lines[0]}: the target {self.target!r} is not a number (got "
                    f"{cells[0]!r}); "
                    "choose another column, or task='classification'"
                )
            return _labelled(table, self.target, _categories_and_places(cells))
        if self.task == "classification" or (self.task == "auto" and _are_classes(numbers)):
            different, labels = np.unique(numbers, return_inverse=True)
            names = [np.format_float_positional(value, trim="-") for value in different]
            return _labelled(table, self.target, (names, labels))
        return numbers[:, np.newaxis], ()

    def _features(self, table: Table) -> tuple[list[str], gn.Array, gn.Array]:
        """Return the features' names, their values ``(rows, features)``, and which of them were numbers."""
        names: list[str] = []
        values: list[gn.Array] = []
        numeric: list[bool] = []
        for name in table.columns:
            if name == self.target or name in self.ignore:
                continue
            numbers = None if name in self.categorical else table.numbers(name)
            if numbers is not None:
                names.append(name)
                values.append(numbers)
                numeric.append(True)
                continue
            categories = self._categories(table, name)
            names += [f"{name}={category}" for category in categories]
            _check_size(table, name, (len(values) + len(categories)) * len(table) * 8)
            _, places = _categories_and_places(table.column(name))
            values += list(places == np.arange(len(categories))[:, np.newaxis])
            numeric += [False] * len(categories)
        if not names:
            raise gn.DataError(f"{table.path} has no column besides the target {self.target!r}; give some features")
        return names, np.stack(values, axis=1).astype(np.float64), np.array(numeric)

    def _categories(self, table: Table, name: str) -> list[str]:
        """Return the categories of a column of text in order.

        Raises
        ------
        DataError
            If the number of classes suggests that the column names the samples.
        """
        cells = table.column(name)
        categories = sorted(set(cells))
        if name not in self.categorical and len(categories) > max(_MOST_CATEGORIES, len(cells) / 10):
            raise gn.DataError(
                f"{table.path}: column {name!r} has {len(categories)} different texts in {len(cells)} rows, too many "
                f"for categories; put it in ignore=[{name!r}] to leave it out, or in categorical=[{name!r}] to insist"
            )
        return categories


def _are_classes(numbers: gn.Array) -> bool:
    """Tell whether numbers look like classes: whole, few, and with many samples each."""
    different = len(np.unique(numbers))
    return bool((numbers == np.floor(numbers)).all()) and different <= min(_MOST_CLASSES, math.sqrt(len(numbers)))


def _categories_and_places(cells: list[str]) -> tuple[list[str], gn.Array]:
    """Return the different cells in order, and for each cell its place among them.

    An array of text would take as much memory for each cell as the longest one needs.
    """
    categories = sorted(set(cells))
    places = {category: place for place, category in enumerate(categories)}
    return categories, np.array([places[cell] for cell in cells])


def _check_size(table: Table, name: str, size: int) -> None:
    """Raise `DataError` if the features of a table take far more memory than its file has bytes."""
    most = _MOST_BYTES + _MOST_TIMES * table.path.stat().st_size
    if size > most:
        raise gn.DataError(
            f"{table.path}: with the categories of column {name!r} the features take {size:,} bytes, more than the "
            f"{most:,} that a table of that size may take; put it in ignore=[{name!r}] to leave it out"
        )


def _labelled(table: Table, name: str, found: tuple[list[str], gn.Array]) -> tuple[gn.Array, tuple[str, ...]]:
    classes, labels = tuple(found[0]), found[1]
    if len(classes) == 1:
        raise gn.DataError(
            f"{table.path}: the target {name!r} is {classes[0]!r} in every row; a classification needs two classes"
        )
    return labels.astype(np.int64), classes


def _check_scale(table: Table, names: list[str], values: gn.Array, means: gn.Array, deviations: gn.Array) -> None:
    """Raise `DataError` if squares of a column's numbers are too large or too small for float64."""
    vanish = (np.abs(values).max(axis=0) < _SMALLEST) & (values.max(axis=0) != values.min(axis=0))
    wrong = np.flatnonzero(~np.isfinite(means) | ~np.isfinite(deviations) | vanish)
    if len(wrong) > 0:
        name = names[wrong[0]]
        raise gn.DataError(
            f"{table.path}: column {name!r} has numbers whose mean and deviation cannot be computed; scale the column, "
            f"or leave it out: ignore=[{name!r}]"
        )


def _check_scaled(table: Table, split: gn.Split, names: list[str]) -> None:
    """Raise `DataError` if a number is so large or so small that it has no place in float32 after scaling."""
    for values in (split.x, split.y if split.y.ndim == 2 else split.x):
        wrong = np.flatnonzero(~np.isfinite(values).all(axis=0))
        if len(wrong) > 0:
            name = names[wrong[0]] if values is split.x else names[-1]
            raise gn.DataError(
                f"{table.path}: column {name!r} has numbers that are too large, or lie too close to each other; scale "
                f"the column, or leave it out: ignore=[{name!r}]"
            )


@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # a check of the result follows
def _scale(values: gn.Array, scaled: gn.Array) -> tuple[gn.Array, gn.Array]:
    """Return mean and standard deviation of the columns to be scaled; 0 and 1 for the others."""
    deviations = values.std(axis=0)
    # What is the same in all rows is not divided by nothing, nor by the rounding of its mean.
    constant = deviations <= 1e-12 * np.abs(values).max(axis=0)
    return np.where(scaled, values.mean(axis=0), 0.0), np.where(scaled & ~constant, deviations, 1.0)


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def _scaled(values: gn.Array, means: gn.Array, deviations: gn.Array) -> gn.Array:
    return ((values - means) / deviations).astype(np.float32)


def _recipe(classes: int) -> gn.Recipe:
    hidden = ["dense(32)", "relu", "dense(32)", "relu"]
    how = {"optimizer": "adam(lr=0.005)", "schedule": "cosine", "epochs": 50, "batch_size": 32}
    if classes:
        return gn.Recipe(
            layers=[*hidden, f"dense({classes})", "softmax"],
            loss="categorical_crossentropy",
            metrics=["accuracy"],
            **how,
        )
    return gn.Recipe(layers=[*hidden, "dense(1)"], loss="mean_squared_error", metrics=["r2"], **how)
