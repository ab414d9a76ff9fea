"""The operators of the symbols that stand for arrays while a formula is recorded."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet_fusion.entries import WRITE

# What NumPy computes with a scalar exponent.
_POWERS = {2: np.square, 0.5: np.sqrt, 1: np.positive, -1: np.reciprocal}


class Operators:
    """Notes the operation of each operator in the record of a symbol."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]
    record: Any

    def __add__(self, other: Any) -> Any:
        return self.record.add(np.add, self, other)

    def __radd__(self, other: Any) -> Any:
        return self.record.add(np.add, other, self)

    def __iadd__(self, other: Any) -> Any:
        return self._become(self.record.add(np.add, self, other))

    def __sub__(self, other: Any) -> Any:
        return self.record.add(np.subtract, self, other)

    def __rsub__(self, other: Any) -> Any:
        return self.record.add(np.subtract, other, self)

    def __isub__(self, other: Any) -> Any:
        return self._become(self.record.add(np.subtract, self, other))

    def __mul__(self, other: Any) -> Any:
        return self.record.add(np.multiply, self, other)

    def __rmul__(self, other: Any) -> Any:
        return self.record.add(np.multiply, other, self)

    def __imul__(self, other: Any) -> Any:
        return self._become(self.record.add(np.multiply, self, other))

    def __truediv__(self, other: Any) -> Any:
        return self.record.add(np.divide, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self.record.add(np.divide, other, self)

    def __itruediv__(self, other: Any) -> Any:
        return self._become(self.record.add(np.divide, self, other))

    def __pow__(self, exponent: Any) -> Any:
        return power(self, exponent)

    def __ipow__(self, exponent: Any) -> Any:
        return self._become(power(self, exponent))

    def __rpow__(self, base: Any) -> Any:
        return self.record.add(np.power, base, self)

    def __floordiv__(self, other: Any) -> Any:
        return self.record.add(np.floor_divide, self, other)

    def __mod__(self, other: Any) -> Any:
        return self.record.add(np.remainder, self, other)

    def __pos__(self) -> Any:
        return self.record.add(np.positive, self)

    def __neg__(self) -> Any:
        return self.record.add(np.negative, self)

    def __abs__(self) -> Any:
        return self.record.add(np.absolute, self)

    def __lt__(self, other: Any) -> Any:
        return self.record.add(np.less, self, other)

    def __le__(self, other: Any) -> Any:
        return self.record.add(np.less_equal, self, other)

    def __gt__(self, other: Any) -> Any:
        return self.record.add(np.greater, self, other)

    def __ge__(self, other: Any) -> Any:
        return self.record.add(np.greater_equal, self, other)

    def __eq__(self, other: Any) -> Any:
        return self.record.add(np.equal, self, other)

    def __ne__(self, other: Any) -> Any:
        return self.record.add(np.not_equal, self, other)

    def __and__(self, other: Any) -> Any:
        return self.record.add(np.bitwise_and, self, other)

    def __or__(self, other: Any) -> Any:
        return self.record.add(np.bitwise_or, self, other)

    def __invert__(self) -> Any:
        return self.record.add(np.invert, self)

    def _become(self, result: Any) -> Any:
        self.record.add(WRITE, self, result)
        return self


def power(base: Any, exponent: Any) -> Any:
    """Return a power as the operator computes it: by a simpler function if the exponent is one of a few scalars."""
    if type(exponent) in (int, float) and exponent in _POWERS:
        return base.record.add(_POWERS[exponent], base)
    return base.record.add(np.power, base, exponent)
