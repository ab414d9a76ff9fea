"""The rows of a table that samples were made of: read again when they are asked for, so they take no memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from glassnet.types import Array
from glassnet_splits.split import Split


@attrs.frozen(eq=False)
class TableCells:
    """Rows of a table, one for each sample.

    Attributes
    ----------
    read
        Reads the rows that have a target, as a frame of polars.
    rows
        The number of the row of each sample.
    """

    read: Callable[[], Any]
    rows: Array

    def __getitem__(self, chosen: Any) -> TableCells:
        return attrs.evolve(self, rows=self.rows[chosen])

    def frame(self) -> Any:
        """Return the rows as a frame of polars."""
        return self.read()[self.rows]


def batch_of(train: Any, x: Array, y: Array) -> Split:
    """Return a batch of a training as a split, with the rows of the table that it was made of if these are known.

    Parameters
    ----------
    train
        What the network was trained on.
    x, y
        The batch.
    """
    if not isinstance(train, Split) or train.cells is None or x.shape[1:] != train.x.shape[1:]:
        return Split(x, y)
    found = [_row_of(train, sample, target) for sample, target in zip(x, y, strict=True)]
    known = [row for row in found if row is not None]
    return Split(x, y, columns=train.columns, cells=train.cells[np.array(known)] if len(known) == len(found) else None)


def _row_of(train: Split, sample: Array, target: Array) -> int | None:
    """Return the first training sample that is this one; of several, the first with its target."""
    same = np.flatnonzero((train.x == sample).all(axis=1))
    with_target = [row for row in same if np.array_equal(np.ravel(train.y[row]), np.ravel(target))]
    return int([*with_target, *same][0]) if same.size else None
