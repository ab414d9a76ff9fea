"""Values as reports show them: short enough to be read."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.types import Array

_MOST_CHARACTERS = 400


def shown(value: Any) -> str:
    """Return a value as text: numbers with six digits, arrays with their type and shape, errors with their name."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, np.ndarray):
        text = array_text(value)
    elif isinstance(value, (float, np.floating)):
        text = f"{value:.6g}"
    elif isinstance(value, BaseException):
        text = f"{type(value).__name__}: {value}"
    else:
        text = str(value)
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"


def array_text(array: Array) -> str:
    """Return the values of an array, in one line where they are few, with type and shape."""
    values = np.array2string(array, precision=6, threshold=24, edgeitems=2, separator=", ")
    joined = " ".join(values.split())
    shape = ", ".join(map(str, array.shape)) + ("," if array.ndim == 1 else "")
    return f"{joined if len(joined) <= 80 else values} {array.dtype} ({shape})"
