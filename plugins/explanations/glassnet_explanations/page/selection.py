"""Which elements of an array a page shows, and which lines."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import numpy as np

from glassnet.types import Array
from glassnet_explanations.arithmetic.line import Line
from glassnet_explanations.step_numbers import StepNumbers

# A step with at most this number of values and parameters is shown whole.
_SMALL = 150
# Of a larger step, the elements of an array are all shown up to this number, else those that matter most.
_WHOLE, _FEW = 9, 2
# Of more lines than these that lead to one element, the last ones are shown: in a small step, and in a larger one.
_MOST_LINES_OF_SMALL, _MOST_LINES = 40, 12


@attrs.frozen
class Selection:
    """How much a page shows.

    Attributes
    ----------
    is_everything
        Whether the step is so small that nothing is left out.
    """

    is_everything: bool

    @classmethod
    def of(cls, e: StepNumbers) -> Selection:
        """Return how much the page of a step shows."""
        values = sum(layer.values["output"].size for layer in e.layers) + e.layers[0].values["input"].size
        return cls(values + sum(array.size for array in e.parameters.values()) <= _SMALL)

    def elements(self, size: int, *importance: Array | None) -> list[int]:
        """Return the flat indices of the elements to show: all of a small array, else those that matter most.

        Parameters
        ----------
        size
            The number of elements.
        importance
            Arrays of that size, or None: the first that is not all 0 decides, by magnitude.
        """
        if self.is_everything or size <= _WHOLE:
            return list(range(size))
        for values in importance:
            if values is not None and values.size == size and np.any(values):
                flat = np.nan_to_num(np.abs(np.real(values)).ravel(), nan=np.inf)
                return sorted(np.argsort(-flat, kind="stable")[:_FEW].tolist())
        return list(range(_FEW))

    def lines(self, found: Iterable[list[Line]]) -> tuple[tuple[Line, ...], int]:
        """Return the lines of several elements, each line once, and the number of lines that are left out."""
        every: dict[str, Line] = {}
        shown: dict[str, Line] = {}
        for each in found:
            every.update({line.label: line for line in each})
            most = _MOST_LINES_OF_SMALL if self.is_everything else _MOST_LINES
            shown.update({line.label: line for line in (each if len(each) <= most else each[-_MOST_LINES:])})
        return tuple(shown.values()), len(every) - len(shown)


def remark(shown: int, size: int, why: str) -> str:
    """Return what is left out of an array, or an empty text."""
    return "" if shown == size else f"{shown} of {size:,} elements: {why}."


def with_cut(left_out: str, cut: int) -> str:
    """Return a remark on elements, with one on the number of lines that are left out."""
    return f"{left_out} {cut:,} lines that come before are left out.".strip() if cut else left_out
