"""The numbers that a formula calls by name, such as ``beta1 = 0.9``: options of the component."""

from __future__ import annotations

import re
from collections.abc import Iterator

import glassnet as gn
from glassnet_explanations.step_numbers import NamedPart

_WORD = re.compile(r"[A-Za-z]\w*")


def settings_of(component: gn.Component) -> dict[str, float]:
    """Return the options of a component that are numbers."""
    return {
        name: value
        for name, value in component.options.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }


def settings_in_formula(component: gn.Component) -> dict[str, float]:
    """Return those of them that its formula names."""
    words = set(_WORD.findall(component.formula))
    return {name: value for name, value in settings_of(component).items() if name in words}


def named_part(component: gn.Component, value: float = 0.0, **further: float) -> NamedPart:
    """Return what a page says of a component; `further` are numbers that its formula is given."""
    return NamedPart(repr(component), component.formula, value, {**settings_of(component), **further})


def rules_of(optimizer: gn.Optimizer, step: int) -> tuple[NamedPart, ...]:
    """Return what a page says of an optimizer, and of those within it; `step` is the number of steps before."""
    first, *within = _all_within(optimizer)
    settings = {name: value for name, value in settings_of(first).items() if name != "lr"}
    if "t" in {word for rule in (first, *within) for word in _WORD.findall(rule.formula)}:
        settings["t"] = step + 1
    return NamedPart(repr(first), first.formula, settings=settings), *map(named_part, within)


def _all_within(optimizer: gn.Optimizer) -> Iterator[gn.Optimizer]:
    yield optimizer
    for value in optimizer.options.values():
        if isinstance(value, gn.Optimizer):
            yield from _all_within(value)
