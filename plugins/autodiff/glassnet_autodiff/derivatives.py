"""What the tape and the rules of derivatives share: nested arguments, names of functions, and the rules of plugins."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pluggy

from glassnet.registry.entry_points import Unusable, describe, read_entries
from glassnet.registry.hookspecs import PluginHooks
from glassnet.registry.kinds import Kind
from glassnet.types import Array, Shape

Rule = Callable[..., tuple[Any, ...]]


def fit(gradient: Array, shape: Shape) -> Any:
    """Sum over the axes along which an array of `shape` was stretched."""
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    axes = tuple(axis for axis in range(-gradient.ndim, 0) if shape[axis] == 1)
    return gradient.sum(axis=axes, keepdims=True)


def each(change: Callable[[Any], Any], value: Any) -> Any:
    """Change each leaf of nested lists and tuples."""
    if not isinstance(value, (list, tuple)):
        return change(value)
    changed = [each(change, one) for one in value]
    return type(value)(*changed) if hasattr(value, "_fields") else type(value)(changed)  # as of np.linalg.slogdet


def leaves(value: Any) -> list[Any]:
    """Return the leaves of nested lists and tuples, in order."""
    return [leaf for one in value for leaf in leaves(one)] if isinstance(value, (list, tuple)) else [value]


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
def of_plugins() -> dict[Any, Rule]:
    """Return the rules that plugins bring; read when the first function is met that has none here.

    Raises
    ------
    PluginLoadError
        When a plugin cannot be imported or does not give a mapping.
    """
    rules: dict[Any, Rule] = {}
    for entry in read_entries([Kind("derivatives", "builtins:object", "derivatives", instances=True)])[0]:
        try:
            manager = pluggy.PluginManager("glassnet")
            manager.add_hookspecs(PluginHooks)
            manager.register(entry.imported())
            given = manager.hook.glassnet_derivatives()
            if not given:
                raise Unusable("no glassnet_derivatives() marked with @gn.hookimpl that returns a mapping")
            rules |= given[0]
        except Unusable as cause:
            raise entry.broken(str(cause)) from cause.__cause__
        except Exception as error:
            raise entry.broken(describe(error)) from error
    return rules
