"""CSV: a table of your own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import glassnet as gn
from glassnet_datasets.held_out import held_out
from glassnet_datasets.table import Table, read_table

# Whole numbers are taken for classes up to so many different ones, and not where each has only a few samples.
_MOST_CLASSES = 20
# Where a column of text has more different values than this, and few samples for each, it names samples.
_MOST_CATEGORIES = 20


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

    Raises
    ------
    FileError
        When the file cannot be read.
    DataError
        When it is no such table; the message names the line and the column.
    """

    path: str = gn.option(help="the file")
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

    def load(self) -> gn.Dataset:
        dataset, _ = self._read()
        return dataset

    def columns(self) -> tuple[Column, ...]:
        """Return the features in order, and behind them the target of a regression."""
        _, columns = self._read()
        return columns

    def _read(self) -> tuple[gn.Dataset, tuple[Column, ...]]:
        table = read_table(Path(self.path).expanduser(), self.delimiter)
        names, x, scaled = self._features(table)
        y, classes = self._targets(table)
        train, test = held_out(x, y, self.test, self.seed)
        means, deviations = _scale(train.x, scaled & self.standardise)
        columns = [Column(*described) for described in zip(names, means.tolist(), deviations.tolist(), strict=True)]
        train, test = (
            gn.Split(((split.x - means) / deviations).astype(np.float32), split.y) for split in (train, test)
        )
        if not classes:
            means, deviations = _scale(train.y, np.array([self.standardise]))
            columns.append(Column(self.target, means.item(), deviations.item()))
            train, test = (
                gn.Split(split.x, ((split.y - means) / deviations).astype(np.float32)) for split in (train, test)
            )
        task = "classification" if classes else "regression"
        dataset = gn.Dataset(train=train, test=test, classes=classes, task=task, recipe=_recipe(len(classes)))
        return dataset, tuple(columns)

    def _features(self, table: Table) -> tuple[list[str], gn.Array, gn.Array]:
        """Return the features' names, their values ``(rows, features)``, and which of them are numbers."""
        for name in (*self.categorical, *self.ignore):
            if name not in table.columns:
                table.column(name)  # which says so
        names: list[str] = []
        values: list[gn.Array] = []
        scaled: list[bool] = []
        for name in table.columns:
            if name == self.target or name in self.ignore:
                continue
            cells = table.column(name)
            numbers = None if name in self.categorical else _numbers(table, name)
            if numbers is not None:
                names.append(name)
                values.append(numbers)
                scaled.append(True)
                continue
            categories = sorted(set(cells))
            if name not in self.categorical and len(categories) > max(_MOST_CATEGORIES, len(cells) / 10):
                raise gn.DataError(
                    f"{table.path}: column {name!r} has {len(categories)} different texts in {len(cells)} rows, too "
                    f"many for categories; leave it out with ignore=[{name!r}], or insist with categorical=[{name!r}]"
                )
            names += [f"{name}={category}" for category in categories]
            values += list(np.array(cells) == np.array(categories)[:, np.newaxis])
            scaled += [False] * len(categories)
        if not names:
            raise gn.DataError(f"{table.path} has no column besides the target {self.target!r}; give some features")
        return names, np.stack(values, axis=1).astype(np.float64), np.array(scaled)

    def _targets(self, table: Table) -> tuple[gn.Array, tuple[str, ...]]:
        """Return labels and the classes' names; or values ``(rows, 1)`` and no names."""
        cells = table.column(self.target)
        if self.target in self.ignore:
            raise gn.DataError(f"{self!r}: the target {self.target!r} is in ignore; take it out of one of the two")
        as_text = self.target in self.categorical or not any(map(_is_number, cells))
        if as_text and self.task == "regression":
            raise gn.DataError(
                f"{table.path}, line {table.lines[0]}: the target {self.target!r} is no number (got {cells[0]!r}); "
                "choose another column, or task='classification'"
            )
        if as_text or (self.task == "classification" and not all(map(_is_number, cells))):
            return _labelled(table, self.target, np.array(cells))
        numbers = _numbers(table, self.target)
        assert numbers is not None
        if self.task == "classification" or (self.task == "auto" and _are_classes(numbers)):
            return _labelled(table, self.target, numbers)
        return numbers[:, np.newaxis], ()


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _numbers(table: Table, name: str) -> gn.Array | None:
    """Return a column as numbers, or None where none of its cells is one.

    Raises
    ------
    DataError
        When some are and some are not, or one is not finite.
    """
    cells = table.column(name)
    are_numbers = [_is_number(cell) for cell in cells]
    if not any(are_numbers):
        return None
    if not all(are_numbers):
        row = are_numbers.index(False)
        raise gn.DataError(
            f"{table.path}, line {table.lines[row]}: column {name!r} holds numbers, and {cells[row]!r} is none; "
            f"correct it, or read the column as categories with categorical=[{name!r}]"
        )
    numbers = np.array(cells, np.float64)
    infinite = np.flatnonzero(~np.isfinite(numbers))
    if len(infinite) > 0:
        row = int(infinite[0])
        raise gn.DataError(
            f"{table.path}, line {table.lines[row]}: {cells[row]!r} in column {name!r} is not finite; correct it"
        )
    return numbers


def _are_classes(numbers: gn.Array) -> bool:
    """Tell whether numbers look like classes: whole, few, and with many samples each."""
    different = len(np.unique(numbers))
    return bool((numbers == np.floor(numbers)).all()) and different <= min(_MOST_CLASSES, math.sqrt(len(numbers)))


def _labelled(table: Table, name: str, values: gn.Array) -> tuple[gn.Array, tuple[str, ...]]:
    different, labels = np.unique(values, return_inverse=True)
    classes = tuple(f"{value:g}" if values.dtype.kind == "f" else str(value) for value in different)
    if len(classes) == 1:
        raise gn.DataError(
            f"{table.path}: the target {name!r} is {classes[0]!r} in every row; a classification needs two classes"
        )
    return labels.astype(np.int64), classes


def _scale(values: gn.Array, scaled: gn.Array) -> tuple[gn.Array, gn.Array]:
    """Return mean and standard deviation of the columns to be scaled; 0 and 1 for the others."""
    deviations = values.std(axis=0)
    # What is the same in all rows is not divided by nothing, nor by the rounding of its mean.
    constant = deviations <= 1e-12 * np.abs(values).max(axis=0)
    return np.where(scaled, values.mean(axis=0), 0.0), np.where(scaled & ~constant, deviations, 1.0)


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
