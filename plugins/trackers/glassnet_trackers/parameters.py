"""What a run was given, as names and plain values."""

from __future__ import annotations

from typing import Any

import glassnet as gn

# Callbacks watch, they are not what runs are compared by.
_LEFT_OUT = ("callbacks",)


def parameters_of(run: gn.Run) -> dict[str, float | str | bool]:
    """Return the options of a run, those of its components too, such as ``optimizer`` and ``optimizer.lr``.

    Layers are one text of specs. Numbers are numbers, and everything else is text.
    """
    options = {name: value for name, value in run.options.options.items() if name not in _LEFT_OUT}
    given = {
        "layers": " ".join(map(repr, run.network.layers)),
        "parameters": run.network.layout.size,
        "dtype": str(run.network.dtype),
        **options,
    }
    found: dict[str, float | str | bool] = {}
    for name, value in given.items():
        found |= _plain(name, value)
    return found


def _plain(name: str, value: Any) -> dict[str, float | str | bool]:
    if isinstance(value, (bool, int, float, str)):
        return {name: value}
    if isinstance(value, (list, tuple)):
        return {name: " ".join(map(_text, value))} if value else {}
    found: dict[str, float | str | bool] = {} if value is None else {name: _text(value)}
    for option, inner in getattr(value, "options", {}).items():
        if isinstance(inner, (bool, int, float, str)):
            found[f"{name}.{option}"] = inner
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)
