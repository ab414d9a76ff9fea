"""Which elements of an array a page shows, and which lines."""

from __future__ import annotations

import numpy as np

from glassnet.types import Array
from glassnet_explanations.arithmetic.line import Line

# An array of at most this number of elements is shown whole.
WHOLE = 9
# Of a larger one, the arithmetic of this number of elements is shown.
FEW = 2
# The number of lines that lead to one element.
MOST_LINES = 12


def chosen(size: int, *importance: Array | None) -> list[int]:
    """Return the flat indices of the elements to show: all of a small array, else those that matter most.

    Parameters
    ----------
    size
        The number of elements.
    importance
        Arrays of that size, or None: the first that is not all 0 decides, by magnitude.
    """
    if size <= WHOLE:
        return list(range(size))
    for values in importance:
        if values is not None and values.size == size and np.any(values):
            flat = np.nan_to_num(np.abs(np.real(values)).ravel(), nan=np.inf)
            return sorted(np.argsort(-flat, kind="stable")[:FEW].tolist())
    return list(range(FEW))


def remark(shown: int, size: int, why: str) -> str:
    """Return what is left out of an array, or an empty text."""
    return "" if shown == size else f"{shown} of {size:,} elements: {why}."


def last_lines(lines: list[Line]) -> tuple[list[Line], int]:
    """Return the last lines that lead to an element, and the number of lines that are left out before them."""
    return lines[-MOST_LINES:], max(0, len(lines) - MOST_LINES)
