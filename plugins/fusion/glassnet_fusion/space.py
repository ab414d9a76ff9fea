"""The rows and columns that the arrays of a formula have, and how each of its arrays extends over them."""

from __future__ import annotations

import math
from typing import Any

import attrs

from glassnet_fusion.entries import REDUCE, NotTracedError
from glassnet_fusion.record import Record

Shape = tuple[int, ...]
# Of an array, its shape and the type of its elements.
Kind = tuple[Shape, Any]

# An element for each row and column; one for each row; one for each column; one.
FULL, ROW, COLUMN, SINGLE = "full", "row", "column", "single"


@attrs.frozen
class Space:
    """Rows, each of the elements along the last axis of the largest arrays.

    Where no rows are summed and all arrays are of one size, each element is a row of its own.

    Attributes
    ----------
    vectors
        How an array of one axis extends if there are as many rows as columns.
    """

    rows: int
    columns: int
    vectors: str = COLUMN

    @property
    def size(self) -> int:
        """The number of elements."""
        return self.rows * self.columns

    def form(self, shape: Shape) -> str:
        """Return how an array of the formula extends."""
        size = math.prod(shape)
        if size == self.size and (self.columns == 1 or shape[-1:] == (self.columns,)):
            return FULL
        if self.rows == self.columns == size and len(shape) == 1:
            return self.vectors
        if size == self.rows:
            return ROW
        if size == self.columns and shape[-1] == size:
            return COLUMN
        raise NotTracedError(f"it has an array of shape {shape}")

    def joint_form(self, operands: list[tuple[str, Shape]], shape: Shape) -> str:
        """Return how the result of an operation extends, whose operands have these forms and shapes."""
        forms = {form for form, _ in operands} - {SINGLE}
        if len(forms) <= 1:
            form = forms.pop() if forms else SINGLE
            extent = {FULL: self.size, ROW: self.rows, COLUMN: self.columns, SINGLE: 1}[form]
            if math.prod(shape) == extent:
                return form
        elif math.prod(shape) == self.size and all(self._is_aligned(*each) for each in operands):
            return FULL
        raise NotTracedError(f"it combines arrays to one of shape {shape}")

    def _is_aligned(self, form: str, shape: Shape) -> bool:
        """Tell whether NumPy broadcasts an array over all rows and columns as its form says."""
        return form in (FULL, SINGLE) or (shape[-1] == 1 if form == ROW else shape[-1] == self.columns)


def space_of(record: Record) -> Space:
    """Return the space of a record's arrays.

    Raises
    ------
    NotTracedError
        If it has none.
    """
    shapes = [record.kind(number)[0] for number in range(len(record.entries))]
    largest: Any = max(shapes, key=math.prod)
    size = math.prod(largest)
    is_flat = all(entry[0] != REDUCE for entry in record.entries) and {*map(math.prod, shapes)} == {size}
    if is_flat or not largest:
        return Space(size, 1)
    return Space(math.prod(largest[:-1]), largest[-1])
