"""Values as reports show them: short enough to be read."""

from __future__ import annotations

from typing import Any

import numpy as np

_MOST_CHARACTERS = 400


def shown(value: Any) -> str:
    """Return a value as text: numbers with six digits, arrays with their type and shape, errors with their name."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, np.ndarray):
        numbers = np.array2string(value, precision=6, threshold=24, edgeitems=2, separator=", ")
        text = f"{value.dtype} {value.shape}: {numbers}"
    elif isinstance(value, (float, np.floating)):
        text = f"{value:.6g}"
    elif isinstance(value, BaseException):
        text = f"{type(value).__name__}: {value}"
    else:
        text = str(value)
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"
