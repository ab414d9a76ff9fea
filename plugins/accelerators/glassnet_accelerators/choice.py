"""Acceleration: which accelerators stand in for the components of a run."""

from __future__ import annotations

import operator
import os
import warnings
from collections.abc import Iterator
from functools import cache
from time import perf_counter
from typing import Any, TypeVar

from glassnet.components.component import Component
from glassnet.errors import GlassnetWarning, OptionError, ResumeError
from glassnet.registry.entry_points import Entry
from glassnet.registry.explained import explained
from glassnet.registry.registry import registry
from glassnet_accelerators.accelerator import Accelerator

AnyComponent = TypeVar("AnyComponent", bound=Component)

_VARIABLE = "GLASSNET_ACCELERATORS"
# Data of which nobody knows how many there are tend to be many.
_STEPS_WHERE_UNKNOWN = 10_000
_switched: bool | None = None


@explained
def use_accelerators(wanted: bool | None) -> None:
    """Say whether accelerators are used from now on; None leaves it to ``GLASSNET_ACCELERATORS`` again."""
    global _switched
    _switched = wanted


def are_wanted() -> bool:
    """Tell whether accelerators are used.

    Raises
    ------
    OptionError
        When ``GLASSNET_ACCELERATORS`` is neither ``on`` nor ``off``.
    """
    if _switched is not None:
        return _switched
    word = os.environ.get(_VARIABLE, "on").lower()
    if word not in ("on", "off"):
        raise OptionError(f"{_VARIABLE} is on or off, got {word!r}; correct it or unset it")
    return word == "on"


def described(accelerator: type[Accelerator]) -> str:
    """Return the component that an accelerator speeds up, as its entry point names it: ``optimizer.glassnet.adam``."""
    return f"{accelerator.of_kind}.{accelerator.speeds_up.replace(':', '.')}"


def _usable(entry: Entry) -> Accelerator | None:
    """Import an accelerator and return it; one that is broken is warned of, and None is returned."""
    try:
        accelerator: Accelerator = registry.load(entry)()
        return accelerator if accelerator.why_not() is None else None
    except Exception as error:  # somebody's accelerator must not end everybody's training
        _warn(registry.name_for(entry), f"{type(error).__name__}: {error}")
        return None


class Acceleration:
    """The accelerators of one run.

    Attributes
    ----------
    used
        The names of those that stand in for something.
    start_seconds
        What it took to import and compile them.

    Parameters
    ----------
    steps
        How many steps the run has, or None where nobody knows.
    recorded
        The names of those that the run was started with, where it is continued.
    products
        How many multiplications a step has: parameters times samples.

    Raises
    ------
    ResumeError
        When one of these is not here, and without it the results would be others.
    """

    def __init__(self, steps: int | None, recorded: list[str] | None = None, products: int = 0) -> None:
        self._steps = _STEPS_WHERE_UNKNOWN if steps is None else steps
        self._recorded = recorded
        self._products = products
        self._entries: dict[str, list[Entry]] = {}
        for entry in registry.entries("accelerator") if are_wanted() else ():
            meant_for = described(entry.given) if entry.is_by_hand else entry.bracketed
            self._entries.setdefault(meant_for, []).append(entry)
        self._available: dict[str, Accelerator] = {}
        self.used: list[str] = []
        self.start_seconds = 0.0
        for entry in (each for entries in self._entries.values() for each in entries if recorded):
            if registry.name_for(entry) in (recorded or ()):
                self._import(entry)
        for name in recorded or ():
            # A run records those alone that have to be there.
            if name not in self._available:
                raise ResumeError(
                    f"the saved run was computed with the accelerator {name}, which is switched off or cannot be used "
                    f"here; install what it needs (see glassnet plugins show accelerator:{name})"
                )

    def stand_in(self, component: AnyComponent, numbers: int) -> AnyComponent:
        """Return what to compute with in place of `component`, which may be itself.

        Parameters
        ----------
        component
            An optimizer, loss, layer or activation; what it holds is replaced too.
        numbers
            How many numbers it goes through in a step.
        """
        replaced = {
            name: changed
            for name, value in component.options.items()
            if (changed := self._in_place_of_held(value, numbers)) is not value
        }
        if replaced:
            component = component.replace(**replaced)
        for name, accelerator in self._for(component):
            if self._is_to_be_used(name, accelerator, numbers):
                started_at = perf_counter()
                try:
                    faster = accelerator.stand_in(component)
                except Exception as error:  # a compiler that fails must not end a training
                    _warn(name, f"{type(error).__name__}: {error}")
                    continue
                finally:
                    self.start_seconds += perf_counter() - started_at
                if faster is component:  # not with these options
                    continue
                if name not in self.used:
                    self.used.append(name)
                return faster  # type: ignore[return-value]  # it is of the same kind
        return component

    def _in_place_of_held(self, value: Any, numbers: int) -> Any:
        """Return the value of an option with components in it replaced, or the value itself."""
        if isinstance(value, Component):
            return self.stand_in(value, numbers)
        if isinstance(value, tuple):
            changed = tuple(self._in_place_of_held(each, numbers) for each in value)
            return value if all(map(operator.is_, changed, value)) else changed
        return value

    def _for(self, component: Component) -> Iterator[tuple[str, Accelerator]]:
        """Import what is for a component, and nothing else; iterate over what can be used, with its name."""
        entry = registry.entry_of(type(component)) if self._entries else None
        if entry is None:
            return
        meant_for = f"{component.kind}.{entry.distribution}.{entry.name}"
        for each in self._entries.get(meant_for, ()):
            name = self._import(each)
            if name is not None and described(type(self._available[name])) == meant_for:
                yield name, self._available[name]

    def _import(self, entry: Entry) -> str | None:
        """Return the name of an accelerator that can be used, or None."""
        name = registry.name_for(entry)
        if name not in self._available:
            accelerator = _usable(entry)
            if accelerator is None:
                return None
            self._available[name] = accelerator
        return name

    def _is_to_be_used(self, name: str, accelerator: Accelerator, numbers: int) -> bool:
        if self._recorded is not None and not accelerator.same_bytes:
            return name in self._recorded
        if numbers > accelerator.most_numbers or self._products < accelerator.least_products_a_step:
            return False
        if accelerator.same_bytes and accelerator.has_started():
            return True
        return (
            numbers * self._steps >= accelerator.least_numbers
            or self._products * self._steps >= accelerator.least_products
            or self._steps >= accelerator.least_steps
        )

    @property
    def to_record(self) -> list[str]:
        """The names of those that have to be there when the run is continued."""
        return sorted({name for name in self.used if not self._available[name].same_bytes})


@cache
def _warn(name: str, cause: str) -> None:
    """Warn once of an accelerator that does not work."""
    problem = f"the accelerator {name} does not work here, training goes on without it: {' '.join(cause.split())}"
    warnings.warn(f"{problem}; {_VARIABLE}=off turns all off", GlassnetWarning, stacklevel=4)
