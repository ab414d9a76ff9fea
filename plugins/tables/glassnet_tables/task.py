"""The task: whether the target is a class or a number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from glassnet.errors import DataError
from glassnet.types import Array
from glassnet_tables.column_format import ColumnFormat, values_of

# Whole numbers are read as classes up to this number of different values, unless each has only a few samples.
_MOST_CLASSES = 20
_MOST_LISTED = 8


def task_of(column: Any, form: ColumnFormat) -> str:
    """Return ``"classification"`` or ``"regression"``: numbers are classes if they are whole, few, and frequent."""
    if form.type in ("text", "boolean"):
        return "classification"
    if form.type == "date":
        return "regression"
    values, _ = values_of(column, form)
    known = values[~np.isnan(values)]
    different = len(np.unique(known))
    whole = bool((known == np.floor(known)).all()) and not form.unit
    few = different == 2 or different <= min(_MOST_CLASSES, math.sqrt(len(known)))
    return "classification" if whole and few else "regression"


def class_names_of(column: Any, form: ColumnFormat) -> list[str | None]:
    """Return the name of the class of each row; None where it is missing."""
    if form.type == "number":
        values, _ = values_of(column, form)
        different, places = np.unique(values[:, 0], return_inverse=True)
        named = [None if math.isnan(value) else np.format_float_positional(value, trim="-") for value in different]
        return [named[place] for place in places]
    values, _ = values_of(column, ColumnFormat("text"))
    return list(values)


def sorted_classes(names: list[str | None], form: ColumnFormat, where: str) -> tuple[str, ...]:
    """Return the classes in order: numbers by their size, text alphabetically.

    Raises
    ------
    DataError
        If there is one class alone, or almost each row has its own.
    """
    found = {name for name in names if name is not None}
    classes = tuple(sorted(found, key=float if form.type == "number" else str))
    if len(classes) == 1:
        raise DataError(f"{where} is {classes[0]!r} in every row; a classification needs two classes")
    if len(classes) > max(_MOST_CLASSES, len(names) / 3) and form.type == "text":
        raise DataError(
            f"{where} has {len(classes)} different texts in {len(names)} rows, too many for classes; "
            "choose another column to predict"
        )
    return classes


def labels_of(names: list[str | None], classes: tuple[str, ...], where: str) -> Array:
    """Return the label of each class.

    Raises
    ------
    DataError
        If a class is not among those of the training.
    """
    places = {name: place for place, name in enumerate(classes)}
    unknown = sorted({str(name) for name in names} - set(classes))
    if unknown:
        raise DataError(
            f"{where} has the classes {', '.join(unknown[:_MOST_LISTED])}, and the network was trained on "
            f"{', '.join(classes[:_MOST_LISTED])}; give data with the same classes"
        )
    return np.array([places[str(name)] for name in names], np.int64)
