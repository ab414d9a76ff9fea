"""Files and folders that components read and write, named by their options."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from glassnet.components.component import Component, components_in
from glassnet.errors import FileError
from glassnet.options.declaration import options_of


def paths_in(described: Any) -> list[str]:
    """Return the absolute path of every file and folder that the components in `described` read, sorted."""
    named = {path for component in components_in(described) for path in _paths(component, "path").values()}
    return sorted(os.path.abspath(os.path.expanduser(path)) for path in named)


def with_paths(component: Component, change: Callable[[str], str]) -> Component:
    """Return a component that reads ``change(path)`` instead of each path, and so do the components within."""
    return _changed(component, "path", change)


def with_written(value: Any, change: Callable[[str], str]) -> Any:
    """Return a component that writes ``change(path)`` instead of each path; or such components, or a plain value."""
    if isinstance(value, Component):
        return _changed(value, "written", change)
    return tuple(with_written(each, change) for each in value) if isinstance(value, (list, tuple)) else value


def inside(folder: Path, path: str, advice: str = "name a file in that folder") -> str:
    """Return a path that starts from `folder` and stays in there, also behind links.

    Raises
    ------
    FileError
        If the path leads out of the folder.
    """
    if not (folder / path).resolve().is_relative_to(folder.resolve()):
        raise FileError(
            f"the path {path!r} comes from a file and leads out of {folder}, so nothing is written there; {advice}"
        )
    return str(folder / path)


def check_written_inside(described: Any, folder: Path) -> None:
    """Raise `FileError` if components that come from a file in `folder` write to a path that leads out of it."""
    for component in components_in(described):
        for path in _paths(component, "written").values():
            inside(folder, path)


def _changed(component: Component, what: str, change: Callable[[str], str]) -> Component:
    changes: dict[str, Any] = {name: change(path) for name, path in _paths(component, what).items()}
    for name, value in component.options.items():
        if isinstance(value, Component):
            changes[name] = _changed(value, what, change)
        elif isinstance(value, tuple):
            changes[name] = tuple(
                _changed(each, what, change) if isinstance(each, Component) else each for each in value
            )
    return component.replace(**changes) if changes else component


def _paths(component: Component, what: str) -> dict[str, str]:
    """Return the options of a component that name what is read or written, but for those that are not given."""
    declared = options_of(type(component))
    named = {
        name: getattr(component, name) for name, field in declared.items() if getattr(field.metadata["option"], what)
    }
    return {name: path for name, path in named.items() if path is not None}
