"""What the tape and the rules of derivatives share: nested arguments, names of functions, and the rules of plugins."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from glassnet.errors import PluginLoadError, warn
from glassnet.registry.registry import registry
from glassnet.support.distributions import describe
from glassnet.types import Array, Shape

VJP = Callable[..., tuple[Any, ...]]


def unbroadcast(gradient: Array, shape: Shape) -> Any:
    """Sum over the axes along which an array of `shape` was stretched."""
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    axes = tuple(axis for axis in range(-gradient.ndim, 0) if shape[axis] == 1)
    return gradient.sum(axis=axes, keepdims=True)


def tree_map(change: Callable[[Any], Any], value: Any) -> Any:
    """Change each leaf of nested lists and tuples."""
    if not isinstance(value, (list, tuple)):
        return change(value)
    changed = [tree_map(change, one) for one in value]
    return type(value)(*changed) if hasattr(value, "_fields") else type(value)(changed)  # as of np.linalg.slogdet


def tree_leaves(value: Any) -> list[Any]:
    """Return the leaves of nested lists and tuples, in order."""
    return [leaf for one in value for leaf in tree_leaves(one)] if isinstance(value, (list, tuple)) else [value]


def name_of(function: Callable[..., Any]) -> str:
    """Return an operation as one writes it, such as ``np.exp`` or ``np.add.at``."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"{name_of(owner)}.{function.__name__}"
    if isinstance(function, np.ufunc):
        of_numpy = getattr(np, function.__name__, None) is function
        return f"np.{function.__name__}" if of_numpy else function.__name__
    name = f"{getattr(function, '__module__', None) or 'np'}.{getattr(function, '__qualname__', function.__name__)}"
    return name.replace("numpy.", "np.").removeprefix("_operator.")


@cache
def of_plugins() -> dict[Any, VJP]:
    """Return the rules that plugins bring; read when the first function is met that has none here.

    A plugin that is broken is named in a warning, and the rules of the others are used.
    """
    rules: dict[Any, VJP] = {}
    for entry in (*registry.entries("plugin"), *registry.entries("derivative")):
        try:
            for given in registry.plugins.ask(registry.load(entry), "glassnet_derivatives"):
                rules |= given
        except PluginLoadError as error:
            warn(str(error))
        except Exception as error:
            warn(str(entry.broken(describe(error))))
    return rules
