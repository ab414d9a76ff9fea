"""Options of components as nested parameters: ``optimizer__lr`` is the option `lr` of the optimizer."""

from __future__ import annotations

from typing import Any

import glassnet as gn

# The parameters of an estimator that hold one component, and the kind of each.
COMPONENTS = {"loss": "loss", "optimizer": "optimizer", "regularizer": "regularizer", "schedule": "schedule"}


def nested_options(name: str, value: Any) -> dict[str, Any]:
    """Return the options of a component under names such as ``optimizer__lr``, those of held components too.

    Parameters
    ----------
    name
        The name of the parameter.
    value
        Its value: a name, a spec or an instance. Values without a component have no options.
    """
    try:
        component = gn.create(COMPONENTS[name], value)
    except (gn.GlassnetError, TypeError, ValueError):
        return {}  # fit() raises the error
    return _options_under(name, component)


def _options_under(prefix: str, component: gn.Component) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in component.options.items():
        found[f"{prefix}__{name}"] = value
        if isinstance(value, gn.Component):
            found |= _options_under(f"{prefix}__{name}", value)
    return found


def with_option(name: str, value: Any, path: str, option: Any) -> Any:
    """Return a component with one option changed: as a spec if `value` is text, else as an instance.

    Parameters
    ----------
    name, value
        The parameter of the estimator and its present value.
    path
        The option, such as ``"lr"``, or ``"optimizer__lr"`` for one of a component that it holds.
    option
        The new value of the option.

    Raises
    ------
    OptionError
        If the parameter is None or ``"auto"``, or its component has no such option.
    """
    if value is None or value == "auto":
        raise gn.OptionError(f"{name} is {value!r}, so {name}__{path} cannot be set; set {name} to a component first")
    changed = _replaced(gn.create(COMPONENTS[name], value), path, option)
    return repr(changed) if isinstance(value, str) else changed


def _replaced(component: gn.Component, path: str, option: Any) -> gn.Component:
    name, _, rest = path.partition("__")
    held = component.options.get(name)
    if rest and isinstance(held, gn.Component):
        option = _replaced(held, rest, option)
    elif rest:
        raise gn.OptionError(f"{component!r} holds no component called {name!r}, so {path!r} cannot be set")
    return component.replace(**{name: option})
