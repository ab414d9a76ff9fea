"""Samples as the first layer reads them: floating point, pixels from 0 to 1, indices as they are."""

from __future__ import annotations

import numpy as np

from glassnet.types import Array
from glassnet_inputs.finite import refuse_too_large


class InputCaster:
    """Turns a batch of inputs into what the first layer reads, in one buffer that is used again."""

    def __init__(self, dtype: np.dtype[np.floating], keep_integers: bool, scales_bytes: bool) -> None:
        self.dtype = dtype
        self.keep_integers = keep_integers
        self.scales_bytes = scales_bytes
        self._buffer: Array | None = None

    def __call__(self, x: Array) -> Array:
        if x.dtype == self.dtype or (self.keep_integers and x.dtype.kind in "iu"):
            return x
        if self._buffer is None or self._buffer.size < x.size:
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
