"""Whether each option has an effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from glassnet.components.component import Component
from glassnet.components.declaration import options_of
from glassnet.components.layer import Layer
from glassnet_testing.check import Failure
from glassnet_testing.compare import same_bytes
from glassnet_testing.draws import drawn, is_tiny

# Options of every layer: the framework applies them.
_OF_EVERY_LAYER = frozenset(options_of(Layer))


def with_other_options(component: Component) -> Iterator[tuple[str, Any]]:
    """Return the component with one option at a time set to another value of its range, with the option's name."""
    for name, field in options_of(type(component)).items():
        if name in _OF_EVERY_LAYER:
            continue
        for value in drawn(field.metadata["option"], getattr(component, name)):
            try:
                yield name, component.replace(**{name: value})
            except Exception:  # two options may have to fit each other
                continue


def compare_options(components: Sequence[Component], computed: Callable[[Any], list[Any]]) -> None:
    """Raise `Failure` if an option changes nothing of what is computed, at any of several values, in any example."""
    tried: dict[str, list[bool]] = {}
    for component in components:
        expected = computed(component)
        for name, other in with_other_options(component):
            if is_tiny(getattr(component, name)):
                continue
            try:
                results = computed(other)
            except Exception:  # a combination of options that cannot be used
                continue
            tried.setdefault(name, []).append(_same(results, expected))
    for name, same in tried.items():
        if len(same) > 1 and all(same):
            value = getattr(components[0], name)
            raise Failure(f"{components[0]!r} with other values of {name} than {value!r}", "other results", "the same")


def _same(results: list[Any], others: list[Any]) -> bool:
    pairs = zip(results, others, strict=False)
    return len(results) == len(others) and all(same_bytes(np.asarray(one), np.asarray(two)) for one, two in pairs)
