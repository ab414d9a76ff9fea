"""The rows of a table that the samples of a step were made of, as the table has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet.types import Array
from glassnet_tables.preprocessing import TablePreprocessing

Cell = str | float | None


@attrs.frozen
class TableColumn:
    """A column of a table.

    Attributes
    ----------
    name
        Its name.
    cells
        What it has for each sample; None where a cell is empty.
    inputs
        The names of the inputs that its transforms made of it.
    """

    name: str
    cells: tuple[Cell, ...]
    inputs: tuple[str, ...]


@attrs.frozen
class TableTarget:
    """The column to predict.

    Attributes
    ----------
    name, unit
        Its name; and the currency or the percent sign that its numbers are written with, or an empty text.
    cells
        What it has for each sample.
    predictions
        What the network predicts, as the column has it: an amount, or the name of a class.
    """

    name: str
    unit: str
    cells: tuple[Cell, ...]
    predictions: tuple[Cell, ...]


@attrs.frozen
class TableRows:
    """The rows of the samples: the columns that are inputs, and the target."""

    columns: tuple[TableColumn, ...]
    target: TableTarget


def table_rows(network: gn.Network, x: Any, y: Any, outputs: Array) -> TableRows | None:
    """Return the rows of samples, or None if they were not made of rows, or the table has changed since.

    Parameters
    ----------
    network
        The network, which may have been trained on a table.
    x, y
        As `explain` takes them: rows, or a split of a table.
    outputs
        What the network gives for the samples.
    """
    made = network.preprocessing
    if not isinstance(made, TablePreprocessing):
        return None
    frame = _frame(made, x, y)
    if frame is None:
        return None
    columns = tuple(TableColumn(each.name, _cells(frame[each.name]), each.outputs) for each in made.features)
    target = made.target
    cells = _cells(frame[target.name])
    return TableRows(columns, TableTarget(target.name, target.format.unit, cells, _predictions(made, outputs)))


def _frame(made: TablePreprocessing, x: Any, y: Any) -> Any:
    """Return the rows as a frame of polars, or None."""
    if not isinstance(x, gn.Split):
        return made.with_target(made.frame_of(x, y)) if made.is_for(x) else None
    if x.cells is None:
        return None
    try:
        frame = x.cells.frame()
        samples, _ = made.read(frame)
    except (gn.GlassnetError, IndexError, OSError):  # the file is another one now, or is gone
        return None
    return frame if np.array_equal(samples, x.x) else None


def _cells(column: Any) -> tuple[Cell, ...]:
    return tuple(map(_cell, column.to_list()))


def _cell(value: Any) -> Cell:
    if value is None or value != value or (isinstance(value, str) and not value.strip()):
        return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _predictions(made: TablePreprocessing, outputs: Array) -> tuple[Cell, ...]:
    answers: Array = made.answers(outputs.reshape(len(outputs), -1))
    if not made.classes:
        return tuple(answers.tolist())
    return tuple(_named(made.classes, label) for label in answers.argmax(axis=1).tolist())


def _named(classes: Sequence[str], label: int) -> Cell:
    # A network with more outputs than classes may prefer one without a name.
    return classes[label] if label < len(classes) else label
