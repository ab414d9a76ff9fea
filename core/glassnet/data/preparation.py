"""What checked data are made into: what the first layer reads, and what the loss takes."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np

from glassnet.data.validation import Expected, refuse_too_large
from glassnet.data.weights import ClassWeights
from glassnet.types import Array


class InputCaster:
    """Turns a batch of inputs into what the first layer reads, in one buffer that is used again."""

    def __init__(self, dtype: np.dtype[np.floating], keep_integers: bool, scales_bytes: bool) -> None:
        self.dtype = dtype
        self.keep_integers = keep_integers
        self.scales_bytes = scales_bytes
        self._buffer: Array = np.empty(0, dtype)

    def __call__(self, x: Array) -> Array:
        if x.dtype == self.dtype or (self.keep_integers and x.dtype.kind in "iu"):
            return x
        if self._buffer.size < x.size:
            self._buffer = np.empty(x.size, self.dtype)
        converted = self._buffer[: x.size].reshape(x.shape)
        if self.scales_bytes and x.dtype == np.uint8:
            np.multiply(x, self.dtype.type(1 / 255), out=converted)
        else:
            self._convert(x, converted)
        return converted

    def _convert(self, x: Array, converted: Array) -> None:
        """Fill `converted` with the numbers of `x`, or raise `DataError` if one of them is too large for its type."""
        try:
            with np.errstate(over="raise"):
                converted[...] = x
        except FloatingPointError:
            refuse_too_large(x, self.dtype, "x", None)


@attrs.frozen
class Preparation:
    """How samples and targets get ready for one network and one loss.

    Attributes
    ----------
    expected
        What they have to be like.
    convert
        Turns a batch of samples into what the first layer reads.
    targets
        Turns checked targets into what the loss takes; raises `DataError` or `ShapeError` if it cannot take them.
    class_weights
        How much the samples of each class count in the loss, or None.
    """

    expected: Expected
    convert: InputCaster
    targets: Callable[[Array], Array]
    class_weights: ClassWeights | None = None
