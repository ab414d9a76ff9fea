"""An operation as one would write it: ``v1 + bias``, ``max(v7[:, ::2], 0)``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet_autodiff.derivatives import name_of
from glassnet_autodiff.statement import TapeEntry
from glassnet_autodiff.traced_array import TracedArray

_SIGNS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "/", "matmul": "@", "power": "^"}
_SIGNS |= {"greater": ">", "greater_equal": "≥", "less": "<", "less_equal": "≤", "equal": "="}
_WRITTEN = {
    "negative": "−{}",
    "absolute": "|{}|",
    "square": "{}²",
    "maximum": "max({}, {})",
    "minimum": "min({}, {})",
    "setitem": "{0} with {2} in places",
    "copyto": "{1}",
}
_MOST_PLACES = 4


def text_of(statement: TapeEntry, names: Mapping[int, str]) -> str:
    """Return an operation with the names of its arguments, which are found by the id of the array."""

    def word(argument: Any) -> str:
        if isinstance(argument, (list, tuple)):
            return f"[{', '.join(map(word, argument))}]"
        if isinstance(argument, TracedArray):
            return names.get(id(argument), "new")
        if isinstance(argument, np.ndarray) and argument.size == 1:
            argument = argument.item()
        if isinstance(argument, (int, float, np.number)):
            return f"{argument:.4g}"
        if isinstance(argument, slice):
            return ":".join("" if one is None else str(one) for one in (argument.start, argument.stop))
        if isinstance(argument, np.ndarray) and argument.ndim == 1 and argument.size <= _MOST_PLACES:
            return f"[{', '.join(f'{one:.4g}' for one in argument.tolist())}]" if argument.dtype.kind in "iuf" else "…"
        return argument if isinstance(argument, str) else "…"

    name = name_of(statement.function).rpartition(".")[2]
    if name == "getitem":
        key = statement.arguments[1]
        index = ", ".join(map(word, key if isinstance(key, tuple) else (key,)))
        return word(statement.arguments[0]) + (f"[{index}]" if index else "")
    if name == "sliding_window_view":
        array, size = statement.arguments[:2]
        return f"windows({word(array)}, {' × '.join(map(word, size if np.ndim(size) else (size,)))})"
    words = [word(argument) for argument in statement.arguments]
    if name in _SIGNS and len(words) == 2:
        return f"{words[0]} {_SIGNS[name]} {words[1]}"
    if name == "copyto" and "where" in statement.named:
        words, name = [words[0], "", words[1]], "setitem"
    if name in _WRITTEN:
        return _WRITTEN[name].format(*words)
    named = [f"{key}={value}" for key, value in statement.named.items() if np.ndim(value) < 2]
    return f"{name}({', '.join([*words, *named])})"
