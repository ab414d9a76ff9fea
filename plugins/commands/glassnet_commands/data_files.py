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
    """What ``environment.json`` says about the files that a run read, and what it computed with."""

    files: tuple[str, ...] = entry(())
    python: str | None = entry(None)
    system: str | None = entry(None)
    distributions: dict[str, str] | None = entry(None)
    blas: tuple[str, ...] = entry(())
    instructions: tuple[str, ...] = entry(())
    accelerators: tuple[str, ...] = entry(())
    threads: int | None = entry(None, ge=1)
    mode: str | None = entry(None)


def as_recorded(source: gn.DataSource, folder: Path) -> gn.DataSource:
    """Return a source whose paths start from `folder`, where its experiment file is: both can be moved together."""
    return _with_paths(source, lambda path: _relative(os.path.expanduser(path), folder))


def as_found(source: gn.DataSource, folder: Path) -> gn.DataSource:
    """Return a source of an experiment file in `folder` with the paths at which its files are now.

    A path starts from `folder`. If nothing is there, the file is looked for in `folder` itself, then where it was when
    the run recorded its absolute path, and last from the current folder.
    """
    recorded = [Path(path) for path in read_environment(folder / ENVIRONMENT).get("files", ())]

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


def read_environment(path: Path) -> dict[str, Any]:
    """Return the contents of ``environment.json``; nothing if there is none, as for an experiment that no run wrote.

    Raises
    ------
    FileError
        If it is damaged.
    """
    try:
        text = gn.read_whole(path)
    except OSError:
        return {}
    content = read_json(text, str(path), gn.FileError, _ADVICE)
    structured(_Environment, content, str(path), gn.FileError, _ADVICE)
    return content


def _relative(path: str, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive of Windows
        return os.path.abspath(path)


def _shown(place: Path) -> str:
    """Return a path below the current folder as it is typed there, any other one in full."""
    absolute, here = Path(os.path.abspath(place)), Path.cwd()
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute)
