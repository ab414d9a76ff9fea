"""What is predicted of an image: a class, or a number."""

from __future__ import annotations

from typing import Any

import glassnet as gn
from glassnet_images.labelled_files import LabelledFiles
from glassnet_tables.column_format import ColumnFormat, format_of, without_missing
from glassnet_tables.fitted_column import fitted_column
from glassnet_tables.frames import as_column
from glassnet_tables.target import Target
from glassnet_tables.task import task_of

TASKS = ("auto", "classification", "regression")


def labels_of(files: LabelledFiles, task: str, where: str) -> tuple[tuple[str, ...], ColumnFormat | None]:
    """Return the classes in alphabetical order, and nothing; or no classes, and how the numbers are written.

    Parameters
    ----------
    files
        The images and their labels. The names of folders are classes.
    task
        One of `TASKS`; ``"auto"`` takes numbers as for the target of a table.
    where
        What to call the data in messages.

    Raises
    ------
    DataError
        If labels that are to be numbers are not, or there is one class alone.
    """
    if files.column:
        column = without_missing(as_column(list(files.labels), files.column))
        form = format_of(column)
        if (task_of(column, form) if task == "auto" else task) == "regression":
            _check_numbers(column, form, where)
            return (), form
    elif task == "regression":
        raise gn.DataError(f"{where} has a folder for each class; for numbers give a table: images('labels.csv')")
    classes = tuple(sorted(set(files.labels)))
    if len(classes) < 2:
        raise gn.DataError(f"{where} has the class {classes[0]!r} in every row; a classification needs two classes")
    return classes, None


def _check_numbers(column: Any, form: ColumnFormat, where: str) -> None:
    known = Target("", form).readable(column) if form.type == "number" else None
    if known is None or not known.all():
        cells = column if known is None else column.filter(~known)
        raise gn.DataError(
            f"{where}: {str(cells[0])!r} is not a number, and each image needs one; "
            "remove such rows, or choose task='classification'"
        )


def target_of(files: LabelledFiles, form: ColumnFormat) -> Target:
    """Return the target of a regression, standardized by the images to train with."""
    column = as_column(list(files.labels), files.column)
    return Target(files.column, form, column=fitted_column(files.column, column, form, "target", "standardize"))
