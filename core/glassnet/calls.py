"""Calls of NumPy functions in one form: arrays by position, options by NumPy's name, and the rule that fits them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from inspect import Parameter, Signature, signature
from typing import Any

import numpy as np

from glassnet.derivatives import Rule, leaves, name_of, of_plugins
from glassnet.tracing_error import untraceable

# These decide in which type a result is computed and how it lies in memory, not what it is.
_OF_THE_RESULT = ("casting", "subok", "device", "dtype")
_OF_THE_LAYOUT = ("order", "copy")
_ALIASES = {np.clip: {"min": "a_min", "max": "a_max"}}


@cache
def _parameters(function: Callable[..., Any]) -> Signature | None:
    """Return the signature of a function; None if it is not readable, or the arrays are a list of any length."""
    try:
        found = signature(function)
    except (TypeError, ValueError):  # older versions of NumPy do not tell those of compiled functions
        return None
    several = any(one.kind is Parameter.VAR_POSITIONAL for one in found.parameters.values())
    return None if several else found


def bind(
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    named: Mapping[str, Any],
    is_traced: Callable[[Any], bool],
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of a call with all that is required or traced by position, and the rest by NumPy's name.

    Parameters
    ----------
    function
        A function of NumPy.
    arguments, named
        What it is called with.
    is_traced
        Whether an argument holds a traced array.

    Returns
    -------
    arguments, named
        An equal call. Options that have their default are left out.

    Raises
    ------
    TracingError
        If a traced array is given to an option that NumPy takes by name alone.
    """
    named = {_ALIASES.get(function, {}).get(name, name): value for name, value in named.items()}  # type: ignore[call-overload]
    found = None if isinstance(function, np.ufunc) else _parameters(function)
    if found is None:
        by_name = {name: value for name, value in named.items() if name != "out"}
        bound = list(arguments)
    else:
        given = found.bind(*arguments, **named).arguments
        by_name = dict(given.pop("kwargs", {}))
        by_position = [one for one in found.parameters.values() if one.kind is not Parameter.KEYWORD_ONLY]
        last = max(
            (
                place
                for place, one in enumerate(by_position)
                if one.default is Parameter.empty
                or (one.name in given and (one.kind is Parameter.POSITIONAL_ONLY or is_traced(given[one.name])))
                if one.name != "out" and one.kind is not Parameter.VAR_KEYWORD
            ),
            default=-1,
        )
        bound = [given.pop(one.name, one.default) for one in by_position[: last + 1]]
        defaults = {one.name: one.default for one in found.parameters.values()}
        by_name |= {name: value for name, value in given.items() if value is not defaults[name] and name != "out"}
        named = {**named, **given}
    if any(map(is_traced, by_name.values())):
        raise untraceable(f"{name_of(function)} takes traced arrays by position and as out= alone")
    if named.get("out") is not None:
        by_name["out"] = named["out"]
    return tuple(bound), by_name


def rule_for(
    function: Callable[..., Any], table: Mapping[Any, Rule], values: tuple[Any, ...], named: Mapping[str, Any]
) -> tuple[Rule, tuple[Any, ...], dict[str, Any]]:
    """Return the rule of an operation from `table` or from a plugin, and what the rule is called with.

    A method such as ``x.sum`` has the rule of ``np.sum``.

    Raises
    ------
    TracingError
        If there is no rule, or the rule does not know one of the arguments.
    """
    rule = table.get(function) or of_plugins().get(function)
    name = getattr(function, "__name__", "")
    if rule is None and getattr(np.ndarray, name, None) is function:
        rule = table.get(getattr(np, name, None))
    if rule is None:
        raise untraceable(
            f"{name_of(function)} has no derivative: glassnet.autodiff has no rule for it, and no plugin brings one "
            "by the hook glassnet_derivatives"
        )
    kept, problem = _fit(rule, len(values), tuple(named))
    if problem:
        raise untraceable(f"{name_of(function)} has no derivative with these arguments: {problem}")
    values = tuple(None if value is np._NoValue else value for value in values)  # type: ignore[attr-defined]
    return rule, values, {name: named[name] for name in kept}


@cache
def _fit(rule: Rule, count: int, names: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Return which options a rule is told, and what is wrong with a call of it; empty where nothing is."""
    takes = signature(rule)
    known = takes.parameters
    open_ended = any(one.kind is Parameter.VAR_KEYWORD for one in known.values())
    kept = tuple(
        name
        for name in names
        if name in known or not (name in _OF_THE_RESULT or (name in _OF_THE_LAYOUT and not open_ended))
    )
    try:
        takes.bind(None, None, *(None,) * count, **dict.fromkeys(kept))
    except TypeError as error:
        return kept, str(error)
    return kept, ""


def is_constant(result: Any) -> bool:
    """Tell whether a result is without numbers that could have a slope: integers, truth values, texts and types."""
    return all(
        leaf.dtype.kind in "biu" if isinstance(leaf, np.ndarray | np.generic) else isinstance(leaf, _PLAIN)
        for leaf in leaves(result)
    )


_PLAIN = (int, str, type, np.dtype)
