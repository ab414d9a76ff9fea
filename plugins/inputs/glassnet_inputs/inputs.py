"""What a network remembers of the inputs that it was trained on: their scale, and the names of their columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from glassnet.data.arrays import row_blocks
from glassnet.errors import DataError, warn
from glassnet.types import Shape
from glassnet_inputs.scale import Scale

# A look takes 5 to 20 µs, up to a fifth of a small prediction, so it is given up where those are made by the thousand.
_LOOKS = 500


def is_image(shape: Shape) -> bool:
    """Return whether samples of `shape` have the shape of images.

    Such samples have two axes or more: ``(height, width)``, ``(height, width, channels)``, or a series of images. A
    sample of one axis is the row of a table.
    """
    return len(shape) >= 2


def _as_tuple(names: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)


@attrs.frozen
class Inputs:
    """What the inputs of a network's first training were like. Later inputs have to be on the same scale.

    Bytes (uint8) with the shape of images are pixels, read from 0..255 as 0..1. Bytes without a value above 1 are not:
    they are masks or one-hot rows, and read as they are. Bytes in tables are numbers like all others.

    Attributes
    ----------
    dtype
        The element type, such as ``"uint8"``.
    pixels
        Whether bytes were read as 0..1; None if the samples do not have the shape of images, or are indices.
    columns
        The names of the columns of the data frame; None if an array was given.
    scale
        How large the numbers were; None if they are pixels or indices, whose range is known, or all 0.
    looks
        How often the scale of samples will yet be compared with that of the training; 0 after a warning.
    """

    dtype: str
    pixels: bool | None = None
    columns: tuple[str, ...] | None = attrs.field(default=None, converter=_as_tuple)
    scale: Scale | None = attrs.field(default=None, eq=False)
    looks: int = attrs.field(init=False, default=_LOOKS, eq=False, repr=False)

    @classmethod
    def of(cls, x: Any, columns: tuple[str, ...] | None, integer_input: bool) -> Inputs:
        """Return what the samples of a training are like.

        Parameters
        ----------
        x, columns
            Checked samples, or the first batch of them, and the names of their columns.
        integer_input
            Whether the network's first layer reads integers as they are.
        """
        pixels = None
        if is_image(x.shape[1:]) and not integer_input:
            pixels = x.dtype == np.uint8 and exceeds_one(x)
        return cls(str(x.dtype), pixels, columns, None if pixels or integer_input else Scale.of(x))

    def check_scale(self, x: Any, name: str) -> None:
        """Warn, once for a network, of samples on another scale than those of the training."""
        if self.scale is None or self.looks == 0:
            return
        difference = self.scale.difference(x)
        object.__setattr__(self, "looks", self.looks - 1 if difference is None else 0)
        if difference is None:
            return
        warn(
            f"{name} has numbers {difference}, and the network was trained on numbers from {self.scale.lowest:.4g} to "
            f"{self.scale.highest:.4g}; scale {name} as the samples of the training"
        )

    def widen_scale(self, x: Any) -> None:
        """Remember further samples of the training."""
        if self.scale is not None:
            object.__setattr__(self, "scale", self.scale.with_further(x))

    def check_columns(self, columns: tuple[str, ...] | None, name: str) -> None:
        """Check the names of columns, where both they and those of the training are known.

        Raises
        ------
        DataError
            If they are others, or in another order.
        """
        if columns is not None and self.columns is not None and columns != self.columns:
            raise DataError(f"{name} {_difference(columns, self.columns)}")


def _difference(columns: tuple[str, ...], known: tuple[str, ...]) -> str:
    """Return how columns differ from those of the training."""
    for missing in known:
        if missing not in columns:
            return f"has no column {missing!r}, with which the network was trained; give the columns {list(known)}"
    for unknown in columns:
        if unknown not in known:
            return f"has the column {unknown!r}, which the training did not have; give the columns {list(known)}"
    return (
        f"has its columns in another order than the training (got {list(columns)}); "
        "sort them: frame[list(network.inputs.columns)]"
    )


def exceeds_one(x: Any) -> bool:
    """Return whether one of the numbers is larger than 1."""
    return any(np.max(x[block], initial=0) > 1 for block in row_blocks(x))
