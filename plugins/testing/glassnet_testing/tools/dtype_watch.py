"""Arrays that notice when float32 becomes float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.types import Array


class TypedArray(np.ndarray):
    """An array that notes each computation whose result has a wider type than its array arguments of this class."""

    found: list[str]

    @classmethod
    def of(cls, array: Array, found: list[str]) -> TypedArray:
        """Return a view of `array` that writes what it notices to `found`."""
        watched = array.view(cls)
        watched.found = found
        return watched

    def __array_finalize__(self, source: Any) -> None:
        self.found = getattr(source, "found", [])

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = (), **named: Any) -> Any:
        plain = [_plain(each) for each in inputs]
        if out:
            named["out"] = tuple(_plain(each) for each in out)
        result = getattr(ufunc, method)(*plain, **named)
        if not out and isinstance(result, np.ndarray) and result.dtype == np.float64 and self.dtype == np.float32:
            self.found.append(f"float64 from {ufunc.__name__} of {', '.join(map(_type, plain))}")
        if out:
            return out[0]
        return TypedArray.of(result, self.found) if isinstance(result, np.ndarray) else result


def _plain(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, TypedArray) else value


def _type(value: Any) -> str:
    return f"{value.dtype} {'array' if value.ndim else 'number'}" if hasattr(value, "dtype") else type(value).__name__
