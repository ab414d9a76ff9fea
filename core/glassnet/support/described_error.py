"""An exception in one line, with the place where it was raised."""

from __future__ import annotations

import importlib
import os
import traceback

import importlib_metadata

# Folders whose frames in a traceback say only that something was imported.
_IMPORTERS = tuple(
    os.path.join(folder, "")
    for folder in (
        os.path.dirname(importlib.__file__),
        os.path.dirname(importlib_metadata.__file__),
        os.path.join(os.path.dirname(os.path.dirname(__file__)), "registry"),
    )
)


def describe(error: BaseException) -> str:
    """Return an exception in one line, with the place where it was raised."""
    text = " ".join(f"{type(error).__name__}: {error}".rstrip(": ").split())
    frames = traceback.extract_tb(error.__traceback__)
    passed = [frame for frame in frames if not frame.filename.startswith(("<frozen ", *_IMPORTERS))]
    if not passed or isinstance(error, SyntaxError):  # which says its place itself
        return text
    return f"{text} ({os.path.basename(passed[-1].filename)}, line {passed[-1].lineno})"
