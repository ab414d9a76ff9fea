"""A dataset that is named on the command line, or whose file is."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import glassnet as gn
from glassnet.registry.registry import registry
from glassnet.registry.spec import Spec, parse
from glassnet_names.nearest import did_you_mean


def given_dataset(what: str, **options: Any) -> gn.DataSource:
    """Return a data source.

    Parameters
    ----------
    what
        A name or spec; or a file or folder, for a dataset that reads files with this ending, or folders.
    options
        Options of the dataset that are given apart, such as ``target``.

    Raises
    ------
    FileError
        If `what` looks like a path and there is no such file, or no dataset reads it.
    """
    if "://" in what:
        raise gn.FileError(f"{what} is an address, and glassnet downloads nothing; save the file, and give its path")
    is_name = registry.has("dataset", what)  # then a file or folder of that name is not meant
    if not is_name and (os.path.isfile(what) or (os.path.isdir(what) and has_reader(what))):
        return _reader_of(what).of_file(what, **options)
    if _looks_like_a_path(what) and not is_name:
        if similar := _similar(what):
            raise gn.FileError(f"{what} does not exist{similar} (or name a dataset: {_listed()})")
        problem = "is a folder that no dataset reads" if os.path.isdir(what) else "does not exist"
        raise gn.FileError(f"{what} {problem}; check the path, or name a dataset ({_listed()})")
    spec = parse(what)
    source: gn.DataSource = gn.create("dataset", Spec(spec.name, spec.values, {**spec.named, **options}))
    return source


def has_reader(file: str) -> bool:
    """Tell whether a dataset reads files with this ending, or folders."""
    return bool(_readers(file))


def _reader_of(file: str) -> type[gn.DataSource]:
    readers = _readers(file)
    if not readers:
        raise gn.FileError(f"a dataset for the file {file} is not installed; name a dataset ({_listed()})")
    return readers[0]


def _readers(file: str) -> list[type[gn.DataSource]]:
    ending = "/" if os.path.isdir(file) else Path(file).suffix.lower()
    classes = [registry.resolve("dataset", name) for name in registry.names("dataset")] if ending else []
    return [each for each in classes if ending in each.file_endings]


def _similar(path: str) -> str:
    folder, name = os.path.split(path)
    if os.path.exists(path):
        return ""
    with suppress(OSError):
        return did_you_mean(name, os.listdir(folder or "."))
    return ""


def _looks_like_a_path(what: str) -> bool:
    if "(" in what or ":" in what:
        return False
    return os.path.isdir(what) or "." in what or os.sep in what


def _listed() -> str:
    return ", ".join(registry.names("dataset"))
