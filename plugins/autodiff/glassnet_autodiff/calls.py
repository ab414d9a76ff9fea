"""Calls of NumPy functions in one form: arrays by position, options by NumPy's name, and the rule that fits them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from inspect import Parameter, Signature, signature
from typing import Any

import numpy as np

from glassnet_autodiff.derivatives import VJP, name_of, of_plugins, tree_leaves
from glassnet_autodiff.tracing_error import untraceable

# These decide the type and the memory layout of a result, not its values.
_OF_THE_RESULT = ("casting", "subok", "device", "dtype")
_OF_THE_LAYOUT = ("order", "copy")
_ALIASES: dict[Any, dict[str, str]] = {np.clip: {"min": "a_min", "max": "a_max"}}


@cache
def _parameters(function: Callable[..., Any]) -> Signature | None:
    """Return the signature of a function; None if it is not readable, or the arrays are a list of any length."""
    try:
        found = signature(function)
    except (TypeError, ValueError):  # older versions of NumPy do not tell those of compiled functions
        return None
    several = any(one.kind is Parameter.VAR_POSITIONAL for one in found.parameters.values())
    return None if several or isinstance(function, np.ufunc) else found


def bind(
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    named: Mapping[str, Any],
    is_traced: Callable[[Any], bool],
) -> tuple[tuple[Any, ...], dict[str, Any], Any]:
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
    arguments, named, out
        An equal call, without the options that have their default; and where the result is to be put, or None.

    Raises
    ------
    TracingError
        If a traced array is given to an option that NumPy takes by name alone.
    """
    aliases = _ALIASES.get(function, {})
    named = {aliases.get(name, name): value for name, value in named.items()}
    found = _parameters(function)
    if found is not None:
        arguments, named = _in_order(found, found.bind(*arguments, **named).arguments, is_traced)
    out = named.pop("out", None)
    if any(map(is_traced, named.values())):
        raise untraceable(f"{name_of(function)} takes traced arrays by position and as out= alone")
    return arguments, named, out


def _in_order(
    found: Signature, given: dict[str, Any], is_traced: Callable[[Any], bool]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return what is given by name as `bind` does, all up to the last argument that belongs there by position."""
    named = dict(given.pop("kwargs", {}))
    last = 0
    for place, one in enumerate(found.parameters.values(), 1):
        by_position = one.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD) and one.name != "out"
        only = one.kind is Parameter.POSITIONAL_ONLY and one.name in given
        if by_position and (one.default is Parameter.empty or only or is_traced(given.get(one.name))):
            last = place
    parameters = list(found.parameters.values())
    bound = tuple(given.pop(one.name, one.default) for one in parameters[:last])
    return bound, named | {name: value for name, value in given.items() if value is not found.parameters[name].default}


def rule_for(
    function: Callable[..., Any], table: Mapping[Any, VJP], values: tuple[Any, ...], named: Mapping[str, Any]
) -> tuple[VJP, tuple[Any, ...], dict[str, Any]]:
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
            f"{name_of(function)} has no derivative: the tape has no rule for it, and no plugin brings one "
            "by the hook glassnet_derivatives"
        )
    kept, problem = _fit(rule, len(values), tuple(named))
    if problem:
        raise untraceable(f"{name_of(function)} has no derivative with these arguments: {problem}")
    values = tuple(None if value is np._NoValue else value for value in values)
    return rule, values, {name: named[name] for name in kept}


@cache
def _fit(rule: VJP, count: int, names: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
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
        for leaf in tree_leaves(result)
    )


_PLAIN = (int, str, type, np.dtype)
