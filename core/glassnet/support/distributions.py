"""What is installed: distributions, their names and their entry points, read where metadata are damaged too."""

from __future__ import annotations

import email
import importlib
import os
import traceback
import warnings
from collections.abc import Iterable
from typing import Any

import importlib_metadata
from importlib_metadata import EntryPoint, distributions, entry_points

from glassnet.errors import GlassnetWarning

OWN_DISTRIBUTION = "glassnet"


def all_entry_points() -> Iterable[EntryPoint]:
    """Return every entry point; those of distributions with damaged metadata are left out, with a warning."""
    try:
        return entry_points()
    except Exception:
        return _legible_entry_points()


def _legible_entry_points() -> list[EntryPoint]:
    """Return what can be read where one distribution's damaged metadata keep the rest from being read at once."""
    points: dict[str, list[EntryPoint]] = {}
    for distribution in distributions():
        try:
            # The first on the path is the one that Python would import.
            points.setdefault(canonical(distribution.name), list(distribution.entry_points))
        except Exception as error:
            problem = f"the metadata of {_place(distribution)} are damaged ({describe(error)})"
            warnings.warn(f"{problem}; its plugins are left out: install it again", GlassnetWarning, stacklevel=2)
    return [point for of_one in points.values() for point in of_one]


def distributions_in(variable: str) -> list[str]:
    """Return the distributions that an environment variable lists, separated by commas."""
    return [canonical(name) for name in os.environ.get(variable, "").split(",") if name.strip()]


def canonical(distribution: str) -> str:
    """Return a distribution's name as it is compared: ``Glassnet_Swish`` is ``glassnet-swish``."""
    from packaging.utils import canonicalize_name

    return canonicalize_name(distribution.strip())


def name_and_version(distribution: Any) -> tuple[str, str]:
    """Return the name and the version of a distribution."""
    try:
        text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    except (OSError, UnicodeDecodeError):
        text = ""
    # The head alone: behind it is the description, and parsing that takes a millisecond a distribution.
    head = email.message_from_string(text.partition("\n\n")[0])
    return head.get("Name", _place(distribution)), head.get("Version", "of unknown version")


def _place(distribution: Any) -> str:
    """Return the folder of the metadata of a distribution, which its text leaves out before importlib-metadata 10."""
    return str(getattr(distribution, "_path", distribution))


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
