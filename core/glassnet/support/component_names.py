"""How components are called: lower-case letters, digits and underscores, so that a spec can hold a name."""

from __future__ import annotations

import re

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def is_name(name: str) -> bool:
    """Tell whether a component may be called `name`."""
    return _NAME.fullmatch(name) is not None


def bad_name(name: str) -> str:
    """Return what is wrong with a name, and a better one."""
    return f"a component's name is lower-case letters, digits and underscores (got {name!r}); call it {better(name)!r}"


def better(name: str) -> str:
    """Return the name that a component with a bad name should have."""
    return re.sub(r"[^a-z0-9_]+", "_", snake_case(name)).lstrip("_0123456789").rstrip("_") or "component"


def snake_case(name: str) -> str:
    """Return a class name as a component's name: ``MeanSquaredError`` as ``mean_squared_error``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
