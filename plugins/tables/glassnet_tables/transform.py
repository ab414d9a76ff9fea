"""The base class of transforms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from glassnet.components.component import Component
from glassnet.errors import OptionError
from glassnet.types import Array

State = dict[str, Any]
"""What a transform has learnt of the training rows: arrays of numbers, and plain values that JSON holds, by name."""


class Transform(Component):
    """Makes numbers of values. A chain of them makes the inputs of a network of one column of a table.

    A transform is fitted to the training rows alone. Its state is saved in the model file, so that new rows are
    transformed with the same numbers.

    Attributes
    ----------
    takes
        What the values are. ``"numbers"``: ``(rows, columns)`` float64, NaN where a value is missing. ``"text"``:
        ``(rows,)`` of `str`, None where it is missing. ``"dates"``: ``(rows,)`` of datetime64, NaT where it is missing.
        ``"any"`` takes numbers or text. ``"images"``: opened images of Pillow, which become uint8
        ``(images, height, width, channels)``; such a transform is not for columns of a table.
    """

    kind = "transform"
    takes: ClassVar[str] = "numbers"

    def fit(self, values: Array) -> State:
        """Return what there is to know of the training rows; by default nothing."""
        return {}

    def transform(self, values: Array, state: State) -> Array:
        """Return numbers ``(rows, outputs)``, or text for a transform that fills gaps in text."""
        raise NotImplementedError(f"{type(self).__name__} needs transform()")

    def inverse(self, values: Array, state: State) -> Array:
        """Return the values that `transform` made into these numbers.

        Raises
        ------
        OptionError
            If there is no way back.
        """
        raise OptionError(f"the transform {self.title()} has no inverse; use it for columns that are not the target")

    def output_names(self, names: Sequence[str], state: State) -> list[str]:
        """Return the names of the outputs for columns with these names."""
        return list(names)

    def unknown(self, values: Array, state: State) -> int:
        """Return how many of the values are categories that the training did not have."""
        return 0
