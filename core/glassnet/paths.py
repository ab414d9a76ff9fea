"""Files and folders that components read, named by their options."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from glassnet.component import Component, components_in
from glassnet.declaration import options_of


def paths_in(described: Any) -> list[str]:
    """Return the absolute path of every file and folder that the components in `described` read, sorted."""
    named = {path for component in components_in(described) for path in _paths(component).values()}
    return sorted(os.path.abspath(os.path.expanduser(path)) for path in named)


def with_paths(component: Component, change: Callable[[str], str]) -> Component:
    """Return a component that reads ``change(path)`` instead of each path, and so do the components within."""
    changes: dict[str, Any] = {name: change(path) for name, path in _paths(component).items()}
    for name, value in component.options.items():
        if isinstance(value, Component):
            changes[name] = with_paths(value, change)
        elif isinstance(value, tuple):
            changes[name] = tuple(with_paths(each, change) if isinstance(each, Component) else each for each in value)
    return component.replace(**changes) if changes else component


def _paths(component: Component) -> dict[str, str]:
    """Return the options of a component that name a file or folder, but for those that are not given."""
    declared = options_of(type(component))
    named = {name: getattr(component, name) for name, field in declared.items() if field.metadata["option"].path}
    return {name: path for name, path in named.items() if path is not None}
