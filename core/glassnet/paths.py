"""Files and folders that components read, named by their options."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
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
    changes |= {
        name: with_paths(value, change) for name, value in component.options.items() if isinstance(value, Component)
    }
    return component.replace(**changes) if changes else component


def _paths(component: Component) -> dict[str, str]:
    return dict(_paths_of(component))


def _paths_of(component: Component) -> Iterator[tuple[str, str]]:
    for name, field in options_of(type(component)).items():
        value = getattr(component, name)
        if field.metadata["option"].path and value is not None:
            yield name, value
