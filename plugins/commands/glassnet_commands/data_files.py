"""Files and folders with data: how an experiment file names them, and where they are when it is read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import glassnet as gn
from glassnet_persistence.file_schema import Schema, entry, read_json, structured
from glassnet_persistence.paths import with_paths
from glassnet_persistence.run_files import ENVIRONMENT

_ADVICE = "restore it, or remove it to do without"


class _Environment(Schema):
    """What ``environment.json`` says about the files that a run read."""

    files: tuple[str, ...] = entry(())


def as_recorded(source: gn.DataSource, folder: Path) -> gn.DataSource:
    """Return a source whose paths start from `folder`, where its experiment file is: both can be moved together."""
    return _with_paths(source, lambda path: _relative(os.path.expanduser(path), folder))


def as_found(source: gn.DataSource, folder: Path) -> gn.DataSource:
    """Return a source of an experiment file in `folder` with the paths at which its files are now.

    A path starts from `folder`. If nothing is there, the file is looked for in `folder` itself, then where it was when
    the run recorded its absolute path, and last from the current folder.
    """
    recorded = [Path(path) for path in _recorded_files(folder / ENVIRONMENT)]

    def found(path: str) -> str:
        name = Path(path).name
        before = [each for each in recorded if each.name == name]
        places = [folder / path, folder / name, *before, Path(os.path.expanduser(path))]
        missing = [*before, folder / path][0]
        return _shown(next((place for place in places if place.exists()), missing))

    return _with_paths(source, found)


def _with_paths(source: gn.DataSource, change: Callable[[str], str]) -> gn.DataSource:
    changed: Any = with_paths(source, change)
    return changed  # type: ignore[no-any-return]


def _recorded_files(environment: Path) -> list[str]:
    """Return what a run recorded; nothing for an experiment file that no run wrote."""
    try:
        text = gn.read_whole(environment)
    except OSError:
        return []
    content = read_json(text, str(environment), gn.FileError, _ADVICE)
    return list(structured(_Environment, content, str(environment), gn.FileError, _ADVICE).files)


def _relative(path: str, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive of Windows
        return os.path.abspath(path)


def _shown(place: Path) -> str:
    """Return a path below the current folder as it is typed there, any other one in full."""
    absolute, here = Path(os.path.abspath(place)), Path.cwd()
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute)
