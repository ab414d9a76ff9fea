"""What is computed row by row, such as one row of scores for each sample."""

from __future__ import annotations

import numpy as np

import glassnet as gn

# NumPy goes through a few long rows several times faster than through many short ones. With more columns than these,
# or fewer rows, turning them first takes longer than it saves.
_FEW_COLUMNS = 32
_MANY_ROWS = 64


def row_max(x: gn.Array) -> gn.Array:
    """Return the largest number of each row, ``(…, columns)``, as ``(…, 1)``."""
    columns = x.shape[-1]
    largest: gn.Array
    if columns > _FEW_COLUMNS or x.size < _MANY_ROWS * columns:
        largest = np.maximum.reduce(x, axis=-1, keepdims=True)  # sooner called than the method, which is in Python
    else:
        turned = x.reshape(-1, columns).T.copy()
        largest = turned.max(axis=0).reshape(*x.shape[:-1], 1)
    return largest
