"""The choice of accelerators that replace the components of a run."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from glassnet.components.component import Component
from glassnet.errors import GlassnetWarning, ResumeError
from glassnet.options.declaration import options_of
from glassnet.registry.entry_points import Entry
from glassnet.registry.registry import registry
from glassnet_accelerators.accelerator import Accelerator, bracketed
from glassnet_accelerators.switch import are_wanted
from glassnet_accelerators.workload import Workload

AnyComponent = TypeVar("AnyComponent", bound=Component)

# Data of unknown length tend to be long.
_STEPS_WHERE_UNKNOWN = 10_000
# They hold what they replace, which is not to be replaced again. Each has the component whose bytes it gives, or None.
_replacements: WeakKeyDictionary[Component, Component | None] = WeakKeyDictionary()


def _usable(entry: Entry) -> Accelerator | None:
    """Import an accelerator and return it if it can be used here."""
    accelerator = _imported(entry)
    return accelerator if accelerator is not None and accelerator.unavailable_reason() is None else None


def _imported(entry: Entry) -> Accelerator | None:
    """Import an accelerator and return it; one that is broken is warned of, and None is returned."""
    try:
        accelerator: Accelerator = registry.load(entry)()
        accelerator.unavailable_reason()
        return accelerator
    except Exception as error:  # somebody's accelerator must not end everybody's training
        _warn(registry.name_for(entry), f"{type(error).__name__}: {error}")
        return None


class Acceleration:
    """The accelerators of one run.

    Parameters
    ----------
    steps
        How many steps the run has, or None if it is unknown.
    recorded
        The names of those that the run was started with, where it is continued.
    products
        How many multiplications a step has: parameters times samples.
    is_old
        Whether the run was saved when components did what accelerators with NumPy alone do now.

    Raises
    ------
    ResumeError
        When one of these is not here, and without it the results would be others.
    """

    def __init__(
        self, steps: int | None, recorded: list[str] | None = None, products: int = 0, *, is_old: bool = False
    ) -> None:
        self._steps = _STEPS_WHERE_UNKNOWN if steps is None else steps
        self._recorded = recorded
        self._is_old = is_old
        self._products = products
        self._are_wanted = are_wanted()
        self._used: dict[Accelerator, Entry] = {}
        self._required: set[str] = set()
        self._workload = lru_cache(Workload)  # most layers of a network have the same
        self._is_to_be_used = lru_cache(self._decide)  # a network has many layers of one kind
        if recorded:
            self._require(recorded)

    def _require(self, recorded: list[str]) -> None:
        """Import the accelerators that a run was started with; it records those alone that have to be there."""
        by_name = {registry.name_for(entry): entry for entry in registry.entries("accelerator")}
        if not self._are_wanted:
            raise ResumeError(
                f"the saved run was computed with the accelerator {recorded[0]}, which is switched off; "
                "unset GLASSNET_ACCELERATORS, or leave out use_accelerators(False)"
            )
        for name in recorded:
            if not (name in by_name and _usable(by_name[name]) is not None):
                raise ResumeError(
                    f"the saved run was computed with the accelerator {name}, which is switched off or cannot be used "
                    f"here; install what it needs (see glassnet plugins show accelerator:{name})"
                )
            self._required.add(by_name[name].target)

    def replacement(self, component: AnyComponent, elements: int) -> AnyComponent:
        """Return a faster replacement for `component`, or `component` itself.

        Parameters
        ----------
        component
            An optimizer, loss, layer or activation; what it holds is replaced too.
        elements
            The number of elements that it computes in a step.
        """
        if not self._are_wanted:
            return component
        kind: Any = type(component)
        if _options_that_hold(kind) and component not in _replacements:
            component = with_held(component, lambda held: self.replacement(held, elements))
        for entry, accelerator in sorted(_accelerators_for(kind, registry.version), key=self._rank):
            if (accelerator.always and self._recorded is None) or self._is_to_be_used(accelerator, elements):
                make = _kept_replacement if accelerator.always else _replacement
                faster: Any = make(accelerator, component)
                if faster is not component:
                    self._used[accelerator] = entry
                    return faster  # type: ignore[no-any-return]  # it is of the same kind
        return component

    def _rank(self, candidate: tuple[Entry, Accelerator]) -> tuple[bool, bool]:
        """Return the place of an accelerator among those of a component: first the one that a run began with."""
        entry, accelerator = candidate
        return entry.target not in self._required, self._is_old and not accelerator.always

    def _decide(self, accelerator: Accelerator, elements: int) -> bool:
        """Tell whether an accelerator is used for components with this number of elements."""
        model = accelerator.bit_identical_to
        rounds_as_saved = accelerator.bit_identical or (self._is_old and (accelerator.always or model is not None))
        if self._recorded is not None and not rounds_as_saved:
            is_required = _target(type(accelerator)) in self._required
            if model is None or is_required:
                return is_required
            if _target(model) not in self._required:
                return False
        # A start that costs nothing is worth it after the first step, as another would be after endless ones.
        is_free = (accelerator.bit_identical or model is not None) and accelerator.has_started()
        return accelerator.is_worthwhile(self._workload(math.inf if is_free else self._steps, elements, self._products))

    @property
    def used(self) -> list[str]:
        """The names of the accelerators in use."""
        return [registry.name_for(entry) for entry in self._used.values()]

    @property
    def to_record(self) -> list[str]:
        """The names of those that have to be there when the run is continued."""
        rounding = {accelerator: entry for accelerator, entry in self._used.items() if not accelerator.bit_identical}
        return sorted({_recorded_name(entry, accelerator) for accelerator, entry in rounding.items()})


def preparation() -> Callable[[Component], Component] | None:
    """Return the function that replaces components where nothing is trained; None if accelerators are switched off."""
    return _preparation(registry.version) if are_wanted() else None


@lru_cache(maxsize=1)
def _preparation(version: int) -> Callable[[Component], Component]:
    return partial(always_faster, version=version)


@lru_cache(maxsize=2048)
def always_faster(component: Component, version: int) -> Component:
    """Return the replacement by an accelerator that is always used, or the component.

    The `version` of the registry is that of which the answer holds.
    """
    if component in _replacements:
        return component
    kind: Any = type(component)
    component = with_held(component, lambda held: always_faster(held, version))
    for _, accelerator in _accelerators_for(kind, version):
        if accelerator.always:
            return _kept_replacement(accelerator, component)
    return component


def with_held(component: AnyComponent, replace: Callable[[Component], Component]) -> AnyComponent:
    """Return a component that holds replacements of what it holds, or the component if nothing is replaced."""

    def replaced(value: Any) -> Any:
        if isinstance(value, Component):
            return replace(value)
        return tuple(map(replaced, value)) if isinstance(value, tuple) else value

    kind: Any = type(component)
    names = _options_that_hold(kind)
    values = tuple(getattr(component, name) for name in names)
    changed = tuple(map(replaced, values))
    return component if changed == values else _with(component, tuple(zip(names, changed, strict=True)))


@lru_cache(maxsize=512)
def _with(component: AnyComponent, changes: tuple[tuple[str, Any], ...]) -> AnyComponent:
    # Kept, since each fit asks, and components are checked when they are made.
    return component.replace(**dict(changes))


def _replacement(accelerator: Accelerator, component: Component) -> Component:
    """Return what an accelerator replaces a component by: itself if it cannot; then there is a warning."""
    try:
        # Asked each time: a fork or a library that fails can end its use.
        faster = accelerator.replacement(component) if accelerator.unavailable_reason() is None else component
    except Exception as error:  # a compiler that fails must not end a training
        entry = registry.entry_of(type(accelerator))
        assert entry is not None
        _warn(registry.name_for(entry), f"{type(error).__name__}: {error}")
        return component
    if faster is not component:
        _replacements[faster] = component if accelerator.bit_identical else None
    return faster


def replaced_exactly(component: AnyComponent) -> AnyComponent | None:
    """Return the component that an accelerator has replaced by `component` without changing a bit; else None."""
    replaced: AnyComponent | None = _replacements.get(component)  # type: ignore[assignment]  # it is of the same kind
    return replaced


def is_replacement(component: Component) -> bool:
    """Tell whether a component is what an accelerator has made of another one."""
    return component in _replacements


_kept_replacement = lru_cache(maxsize=2048)(_replacement)


def _recorded_name(entry: Entry, accelerator: Accelerator) -> str:
    """Return the name of the accelerator by which a continued run computes the same bytes."""
    model = accelerator.bit_identical_to
    return registry.name_for((model and registry.entry_of(model)) or entry)


def _target(accelerator: type[Accelerator]) -> str:
    entry = registry.entry_of(accelerator)
    return entry.target if entry else ""


@lru_cache(maxsize=512)
def _accelerators_for(component: Any, version: int) -> tuple[tuple[Entry, Accelerator], ...]:
    """Import the accelerators of a component of this class, and nothing else; return them with their entries.

    The `version` of the registry is that of which the answer holds.
    """
    entry = registry.entry_of(component)
    if entry is None:
        return ()
    meant_for = f"{component.kind}.{entry.distribution}.{entry.name}"
    found = []
    for each in registry.entries("accelerator"):
        if (each.given.replaces if each.is_by_hand else bracketed(each)) == meant_for:
            accelerator = _imported(each)
            if accelerator is not None and accelerator.replaces == meant_for:
                found.append((each, accelerator))
    return tuple(sorted(found, key=lambda each: each[1].always))


_ACCELERATED = ("activation", "layer", "loss", "optimizer")


@lru_cache(maxsize=512)
def _options_that_hold(component: Any) -> list[str]:
    """Return the options of a class that hold components which may have accelerators."""
    return [name for name, field in options_of(component).items() if field.metadata["option"].kind in _ACCELERATED]


@cache
def _warn(name: str, cause: str) -> None:
    """Warn once of an accelerator that does not work."""
    problem = f"the accelerator {name} does not work here, training goes on without it: {' '.join(cause.split())}"
    warnings.warn(f"{problem}; GLASSNET_ACCELERATORS=off turns all off", GlassnetWarning, stacklevel=4)
