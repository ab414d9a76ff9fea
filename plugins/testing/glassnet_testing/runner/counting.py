"""Whether each option has an effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from glassnet.components.component import Component
from glassnet.components.layer import Layer
from glassnet.components.parameter import Regularizer
from glassnet.options.declaration import options_of
from glassnet_testing.cases.draws import drawn, is_tiny
from glassnet_testing.runner.check import Failure
from glassnet_testing.tools.compare import same_bytes

# Options that the framework applies.
_OF_THE_FRAMEWORK = frozenset(options_of(Layer)) | frozenset(options_of(Regularizer))


def with_other_options(component: Component) -> Iterator[tuple[str, Any]]:
    """Return the component with one option at a time set to another value of its range, with the option's name."""
    for name, field in options_of(type(component)).items():
        if name in _OF_THE_FRAMEWORK:
            continue
        for value in drawn(field.metadata["option"], getattr(component, name)):
            try:
                yield name, component.replace(**{name: value})
            except Exception:  # two options may have to fit each other
                continue


def compare_options(components: Sequence[Component], computed: Callable[[Any], list[Any]]) -> None:
    """Raise `Failure` if an option changes nothing of what is computed, at any of several values, in any example.

    An option may count only beside another one, as `nesterov` does where there is a momentum. So an option without an
    effect is tried again with each other option changed.
    """
    tried: dict[str, list[bool]] = {}
    for component in components:
        for name, same in _effects(component, computed):
            tried.setdefault(name, []).append(same)
    for name, found in tried.items():
        # One other number may be like the first by chance; of a switch there is no more than one.
        enough = len(found) > 1 or _is_switch(components[0], name)
        if enough and all(found) and not _counts(name, components, computed):
            value = getattr(components[0], name)
            raise Failure(f"{components[0]!r} with other values of {name} than {value!r}", "other results", "the same")


def _effects(component: Component, computed: Callable[[Any], list[Any]]) -> Iterator[tuple[str, bool]]:
    """Yield the name of an option and whether another value of it gives the same results, for each value."""
    expected = computed(component)
    for name, other in with_other_options(component):
        if is_tiny(getattr(component, name)) or name in component.checks.counts_elsewhere:
            continue
        try:
            yield name, _same(computed(other), expected)
        except Exception:  # a combination of options that cannot be used
            continue


def _counts(name: str, components: Sequence[Component], computed: Callable[[Any], list[Any]]) -> bool:
    """Tell whether an option has an effect where some other option has another value."""
    for component in components:
        for changed, other in with_other_options(component):
            if changed == name:
                continue
            try:
                if not all(same for option, same in _effects(other, computed) if option == name):
                    return True
            except Exception:  # with this option it takes other inputs
                continue
    return False


def _is_switch(component: Component, name: str) -> bool:
    return isinstance(getattr(component, name), bool)


def _same(results: list[Any], others: list[Any]) -> bool:
    pairs = zip(results, others, strict=False)
    return len(results) == len(others) and all(same_bytes(np.asarray(one), np.asarray(two)) for one, two in pairs)
