"""The target of a table: from its cells to what the loss takes, and from outputs back to classes and units."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from glassnet.components.component import Component
from glassnet.errors import DataError
from glassnet.types import Array
from glassnet_tables.column_format import ColumnFormat, values_of, without_missing
from glassnet_tables.fitted_column import FittedColumn
from glassnet_tables.task import class_names_of, labels_of


@attrs.frozen(eq=False)
class Target:
    """The column to predict.

    Attributes
    ----------
    name, format
        The column, and what its cells are.
    classes
        The names of the classes in the order of their labels; empty for a regression.
    column
        The transforms of a regression, of which each has an inverse; None for a classification.
    """

    name: str
    format: ColumnFormat
    classes: tuple[str, ...] = ()
    column: FittedColumn | None = None

    @property
    def task(self) -> str:
        """``"classification"`` or ``"regression"``."""
        return "classification" if self.classes else "regression"

    def targets(self, column: Any, missing: tuple[str, ...] = ()) -> Array:
        """Return labels ``(rows,)``, or transformed numbers ``(rows, 1)``, for cells of which none is missing."""
        if self.column is not None:
            return self.column.transformed(column, missing)[0]
        names = class_names_of(without_missing(column, missing), self.format)
        return labels_of(names, self.classes, f"column {self.name!r}")

    def known(self, column: Any, missing: tuple[str, ...] = ()) -> Array:
        """Return which rows have a target, ``(rows,)``.

        Raises
        ------
        DataError
            If no row has one.
        """
        known = self.readable(column, missing)
        if not known.any():
            raise DataError(f"column {self.name!r} has no value that can be read; give rows with a target")
        return known

    def readable(self, column: Any, missing: tuple[str, ...] = ()) -> Array:
        """Return which cells are a class or a number, ``(rows,)``."""
        clean = without_missing(column, missing)
        if self.classes:
            return np.array([name is not None for name in class_names_of(clean, self.format)])
        values, _ = values_of(clean, self.format)
        known: Array = ~np.isnan(values[:, 0])
        return known

    def in_units(self, values: Array) -> Array:
        """Return transformed numbers ``(rows, 1)`` in the units of the column; labels and probabilities as they are."""
        if self.column is None:
            return values
        original = np.asarray(values, np.float64)
        for transform, state in zip(self.column.chain[::-1], self.column.states[::-1], strict=True):
            original = transform.inverse(original, state)
        return original

    def components(self) -> tuple[Component, ...]:
        """Return the transforms of a regression."""
        return () if self.column is None else self.column.chain
