"""The libraries of other frameworks, which are imported when they are used."""

from __future__ import annotations

import importlib
from typing import Any

import glassnet as gn

_NAMES = {"torch": "PyTorch", "keras": "Keras"}


def library(name: str, asked_by: str) -> Any:
    """Return a library.

    Raises
    ------
    MissingExtraError
        If it is not installed, or cannot start.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        if error.name != name:
            backend = "; set KERAS_BACKEND=torch, or to another backend that is installed" if name == "keras" else ""
            raise gn.MissingExtraError(
                f"{asked_by} needs {_NAMES[name]}, which cannot start: {error}{backend}"
            ) from None
        raise gn.MissingExtraError(
            f'{asked_by} needs {_NAMES[name]}, which is not installed: pip install "glassnet[{name}]"'
        ) from None
